import { flag, list, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NotifyRefusal, type EndpointType, type Fields } from "../../notify/notification";
import { holders, type Call, type Operation, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { COMMENT, deletable, DIGEST } from "../schema";
import { HTTP_URL } from "./http-url";

const ROOT = "/config/notifications";
const AUDIT = holders("Sys.Audit", "system", "notifications");
const MODIFY = holders("Sys.Modify", "system", "notifications");

const ID = text({ minLength: 2, maxLength: 32, pattern: "/^(?:[A-Za-z0-9_][A-Za-z0-9._\\-]*)$/" });
const NAMED: Parameters = { name: ID };
const COMMON: Parameters = { ...NAMED, comment: optional(COMMENT), disable: optional(flag()) };
const ORIGIN: Parameters = { origin: optional(oneOf("user-created", "builtin", "modified-builtin")) };
const PAIRS = optional(list(text({ format: { name: text(), value: optional(text()) } })));
const MATCHER: Parameters = {
  ...COMMON,
  "invert-match": optional(flag()),
  "match-calendar": optional(list(text())),
  "match-field": optional(list(text())),
  "match-severity": optional(list(text())),
  mode: optional(oneOf("all", "any")),
  target: optional(list(ID)),
};

/** One kind of target: what a new one needs, what a change may say, what a change may clear. */
interface Kind {
  readonly type: EndpointType;
  readonly made: Parameters;
  readonly changed: Parameters;
  readonly clearable: readonly string[];
}

const GOTIFY: Kind = {
  type: "gotify",
  made: { filter: optional(text()), server: text(), token: text() },
  changed: { server: optional(text()), token: optional(text()) },
  clearable: ["comment", "disable"],
};
const HOW: Parameters = { body: optional(text()), header: PAIRS, secret: PAIRS };
const METHOD = oneOf("post", "put", "get");
const URL_TEXT = text({ pattern: HTTP_URL });
const WEBHOOK: Kind = {
  type: "webhook",
  made: { ...HOW, method: METHOD, url: URL_TEXT },
  changed: { ...HOW, method: optional(METHOD), url: optional(URL_TEXT) },
  clearable: ["comment", "disable", "header", "body", "secret"],
};
const MATCHER_CLEARABLE = [
  "comment",
  "disable",
  "invert-match",
  "match-calendar",
  "match-field",
  "match-severity",
  "mode",
  "target",
];

/** Where PBS sends messages, and which. */
export const NOTIFICATION_OPERATIONS: readonly Operation[] = [
  operation(`GET ${ROOT}/targets`, AUDIT, {}, ({ server }) => server.notifications.targets()),
  operation(`POST ${ROOT}/targets/{name}/test`, MODIFY, NAMED, test),
  ...endpoints(GOTIFY),
  ...endpoints(WEBHOOK),
  operation(`GET ${ROOT}/matchers`, AUDIT, {}, ({ server }) => server.notifications.matchers()),
  operation(`POST ${ROOT}/matchers`, MODIFY, { ...MATCHER, ...ORIGIN }, (call) => {
    call.server.notifications.createMatcher(call.text("name"), given(call));
  }),
  operation(`GET ${ROOT}/matchers/{name}`, AUDIT, NAMED, (call) =>
    call.server.notifications.matcher(call.text("name")),
  ),
  operation(`PUT ${ROOT}/matchers/{name}`, MODIFY, { ...MATCHER, ...changes(MATCHER_CLEARABLE) }, (call) => {
    const { notifications } = call.server;
    notifications.updateMatcher(call.text("name"), given(call), call.list("delete"), call.maybe("digest"));
  }),
  operation(`DELETE ${ROOT}/matchers/{name}`, MODIFY, NAMED, (call) => {
    call.server.notifications.deleteMatcher(call.text("name"));
  }),
];

function endpoints({ type, made, changed, clearable }: Kind): Operation[] {
  const at = `${ROOT}/endpoints/${type}`;
  return [
    operation(`GET ${at}`, AUDIT, {}, ({ server }) => server.notifications.endpoints(type)),
    operation(`POST ${at}`, MODIFY, { ...COMMON, ...ORIGIN, ...made }, (call) => {
      call.server.notifications.createEndpoint(type, call.text("name"), given(call));
    }),
    operation(`GET ${at}/{name}`, AUDIT, NAMED, (call) => call.server.notifications.endpoint(type, call.text("name"))),
    operation(`PUT ${at}/{name}`, MODIFY, { ...COMMON, ...changed, ...changes(clearable) }, (call) => {
      const { notifications } = call.server;
      notifications.updateEndpoint(type, call.text("name"), given(call), call.list("delete"), call.maybe("digest"));
    }),
    operation(`DELETE ${at}/{name}`, MODIFY, NAMED, (call) => {
      call.server.notifications.deleteEndpoint(type, call.text("name"));
    }),
  ];
}

function changes(clearable: readonly string[]): Parameters {
  return { delete: deletable(...clearable), digest: optional(DIGEST) };
}

async function test(call: Call): Promise<void> {
  const [title, message] = ["Test notification", "This is a test of the notification target"];
  const timestamp = call.server.machine.site.clock.seconds();
  const about = { severity: "info", title, message, timestamp, fields: {} } as const;
  await call.server.notifications.send(call.text("name"), about);
}

function given(call: Call): Fields {
  return call.except("name", "delete", "digest", "origin");
}

function operation(
  name: string,
  permission: Operation["permission"],
  parameters: Parameters,
  work: (call: Call) => unknown,
): Operation {
  const run = async (call: Call): Promise<Reply> => {
    try {
      const beside = { digest: call.server.notifications.digest };
      const data = (await work(call)) ?? null;
      return name.startsWith("GET ") && !name.endsWith("/targets") ? { data, beside } : { data };
    } catch (error) {
      throw error instanceof NotifyRefusal ? new Refusal(error.message, error.status) : error;
    }
  };
  return { name, permission, parameters, run };
}
