import { flag, list, oneOf, optional, text, type Parameters } from "../../core/specification";
import { NotifyRefusal, type EndpointType, type Fields } from "../../notify/notification";
import { type Call, type Check, type Operation } from "../operation";
import { Refusal } from "../refusal";

const ROOT = "/cluster/notifications";
const MAY = (privilege: string) => ["perm", "/mapping/notifications", [privilege]] as const;
const NETWORK = ["or", ["perm", "/", ["Sys.Audit", "Sys.Modify"]], ["perm", "/", ["Sys.AccessNetwork"]]] as const;
const AUDIT = { check: MAY("Mapping.Audit") };
const READ = { check: ["or", MAY("Mapping.Modify"), MAY("Mapping.Audit")] } as const;
const LIST = { check: ["or", MAY("Mapping.Modify"), MAY("Mapping.Audit"), MAY("Mapping.Use")] } as const;
const MODIFY = { check: MAY("Mapping.Modify") };
const WRITE: { check: Check } = { check: ["and", MAY("Mapping.Modify"), NETWORK] };

const NAME: Parameters = { name: text({ format: "pve-configid" }) };
const COMMON: Parameters = { comment: optional(text()), disable: optional(flag()), ...NAME };
const CHANGE: Parameters = {
  delete: optional(list(text({ format: "pve-configid" }))),
  digest: optional(text({ maxLength: 64 })),
};
const GOTIFY: Parameters = { ...COMMON, server: text(), token: text() };
const WEBHOOK: Parameters = {
  ...COMMON,
  body: optional(text()),
  header: optional(list(text())),
  method: oneOf("post", "put", "get"),
  secret: optional(list(text())),
  url: text(),
};
const MATCHER: Parameters = {
  ...COMMON,
  "invert-match": optional(flag()),
  "match-calendar": optional(list(text())),
  "match-field": optional(list(text())),
  "match-severity": optional(list(text())),
  mode: optional(oneOf("all", "any")),
  target: optional(list(text({ format: "pve-configid" }))),
};

/** Where PVE sends messages, and which. Source: pve-manager, PVE/API2/Cluster/Notifications.pm. */
export const NOTIFICATIONS: readonly Operation[] = [
  {
    name: `GET ${ROOT}/targets`,
    parameters: {},
    permissions: LIST,
    handle: ({ cluster }) => shownAll(cluster.notifications.targets()),
  },
  { name: `POST ${ROOT}/targets/{name}/test`, parameters: NAME, permissions: LIST, handle: refusing(sendTest) },
  ...endpoints("gotify", GOTIFY),
  ...endpoints("webhook", WEBHOOK),
  {
    name: `GET ${ROOT}/matchers`,
    parameters: {},
    permissions: LIST,
    handle: ({ cluster }) => shownAll(cluster.notifications.matchers()),
  },
  {
    name: `POST ${ROOT}/matchers`,
    parameters: MATCHER,
    permissions: MODIFY,
    handle: refusing((call) => {
      call.cluster.notifications.createMatcher(call.required("name"), given(call));
    }),
  },
  {
    name: `GET ${ROOT}/matchers/{name}`,
    parameters: NAME,
    permissions: READ,
    handle: refusing((call) => one(call, call.cluster.notifications.matcher(call.required("name")))),
  },
  {
    name: `PUT ${ROOT}/matchers/{name}`,
    parameters: { ...MATCHER, ...CHANGE },
    permissions: MODIFY,
    handle: refusing((call) => {
      call.cluster.notifications.updateMatcher(call.required("name"), given(call), cleared(call), call.text("digest"));
    }),
  },
  {
    name: `DELETE ${ROOT}/matchers/{name}`,
    parameters: NAME,
    permissions: MODIFY,
    handle: refusing((call) => {
      call.cluster.notifications.deleteMatcher(call.required("name"));
    }),
  },
];

function endpoints(type: EndpointType, parameters: Parameters): Operation[] {
  const at = `${ROOT}/endpoints/${type}`;
  return [
    {
      name: `GET ${at}`,
      parameters: {},
      permissions: AUDIT,
      handle: ({ cluster }) => shownAll(cluster.notifications.endpoints(type)),
    },
    {
      name: `POST ${at}`,
      parameters,
      permissions: WRITE,
      handle: refusing((call) => {
        call.cluster.notifications.createEndpoint(type, call.required("name"), given(call));
      }),
    },
    {
      name: `GET ${at}/{name}`,
      parameters: NAME,
      permissions: READ,
      handle: refusing((call) => one(call, call.cluster.notifications.endpoint(type, call.required("name")))),
    },
    {
      name: `PUT ${at}/{name}`,
      parameters: { ...loosened(parameters), ...CHANGE },
      permissions: WRITE,
      handle: refusing((call) => {
        const { notifications } = call.cluster;
        notifications.updateEndpoint(type, call.required("name"), given(call), cleared(call), call.text("digest"));
      }),
    },
    {
      name: `DELETE ${at}/{name}`,
      parameters: NAME,
      permissions: MODIFY,
      handle: refusing((call) => {
        call.cluster.notifications.deleteEndpoint(type, call.required("name"));
      }),
    },
  ];
}

/** A change names what it changes. */
function loosened({ name, ...rest }: Parameters): Parameters {
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, rule]) => [key, optional(rule)])),
    ...(name && { name }),
  };
}

async function sendTest(call: Call): Promise<void> {
  const { notifications, site } = call.cluster;
  const [title, message] = ["Test notification", "This is a test of the notification target"];
  const timestamp = site.clock.seconds();
  await notifications.send(call.required("name"), { severity: "info", title, message, timestamp, fields: {} });
}

/** Parameters as the notification system keeps them: flags true, lists whole. */
function given(call: Call): Fields {
  const entries = Object.entries(call.parameters).filter(([name]) => !["name", "delete", "digest"].includes(name));
  const flags = ["disable", "invert-match"];
  return Object.fromEntries(entries.map(([name, value]) => [name, flags.includes(name) ? value === "1" : value]));
}

function cleared(call: Call): readonly string[] {
  const names = call.parameters["delete"];
  return Array.isArray(names) ? (names as string[]) : [];
}

/** One object has a digest and no origin. */
function one({ cluster }: Call, fields: Fields): Fields {
  const rest = Object.entries(shown(fields)).filter(([name]) => name !== "origin");
  return { ...Object.fromEntries(rest), digest: cluster.notifications.digest };
}

function shownAll(all: readonly Fields[]): Fields[] {
  return all.map(shown);
}

function shown(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "boolean" ? Number(value) : value]),
  );
}

function refusing(handle: (call: Call) => unknown): Operation["handle"] {
  return async (call) => {
    try {
      return await handle(call);
    } catch (error) {
      throw error instanceof NotifyRefusal ? new Refusal(error.status, error.message) : error;
    }
  };
}
