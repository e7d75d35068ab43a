import { randomBytes, randomUUID } from "node:crypto";

import { type Answerer, type HttpRequest, type HttpResponse } from "../core/http";
import { Router, type Routed } from "../core/router";
import { type Account, type Holdings, type Ingress, type Kept } from "./account";

/** A request that found its operation. */
interface Call {
  readonly account: Account;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
}

interface Operation extends Routed {
  readonly handle: (call: Call) => unknown;
}

/** An answer with an error of the API. */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

type Shelf = Exclude<keyof Holdings, "configurations">;

/** Identifiers of tunnels are UUIDs, others are 32 hexadecimal digits. */
const MADE: Readonly<Record<Shelf, () => string>> = {
  tunnels: randomUUID,
  applications: randomUUID,
  policies: randomUUID,
  records: () => randomBytes(16).toString("hex"),
  balancers: () => randomBytes(16).toString("hex"),
  pools: () => randomBytes(16).toString("hex"),
  monitors: () => randomBytes(16).toString("hex"),
  notifications: () => randomBytes(16).toString("hex"),
  webhooks: () => randomBytes(16).toString("hex"),
};

/** Operations of one kind of object at `path`; `check` refuses what Cloudflare would. */
function objects(
  path: string,
  shelf: Shelf,
  change: "PUT" | "PATCH",
  check: (call: Call) => void = () => undefined,
): Operation[] {
  const find = ({ account, parameters }: Call): Kept => foundIn(account.holdings.value[shelf], parameters["id"]);
  const create = (call: Call): Kept => {
    check(call);
    const made = { ...call.body, id: MADE[shelf]() };
    call.account.holdings.change((draft) => draft[shelf].push(made));
    return made;
  };
  const update = (call: Call): Kept => {
    find(call);
    check(call);
    return call.account.holdings.change((draft) =>
      Object.assign(foundIn(draft[shelf], call.parameters["id"]), call.body),
    );
  };
  const remove = (call: Call): { id: string } => {
    const { id } = find(call);
    call.account.holdings.change((draft) => (draft[shelf] = draft[shelf].filter((one) => one.id !== id)));
    return { id };
  };
  return [
    { name: `POST ${path}`, handle: create },
    { name: `GET ${path}/{id}`, handle: find },
    { name: `${change} ${path}/{id}`, handle: update },
    { name: `DELETE ${path}/{id}`, handle: remove },
  ];
}

function foundIn(kept: readonly Kept[], id: string | undefined): Kept {
  const found = kept.find((one) => one.id === id);
  if (found === undefined) throw new Refused(404, 1003, "not found");
  return found;
}

const TUNNELS = "/accounts/{account}/cfd_tunnel";

/** What the lab's Cloudflare answers. Source: developers.cloudflare.com/api. */
const OPERATIONS: readonly Operation[] = [
  ...objects(TUNNELS, "tunnels", "PATCH", oneName).map((operation) =>
    operation.name.startsWith("DELETE")
      ? { ...operation, handle: (call: Call) => (idle(call), operation.handle(call)) }
      : operation,
  ),
  {
    name: `GET ${TUNNELS}/{id}/token`,
    handle: ({ account, parameters }) => account.tokenOf(tunnelIn(account, parameters).id),
  },
  { name: `GET ${TUNNELS}/{id}/configurations`, handle: configuration },
  { name: `PUT ${TUNNELS}/{id}/configurations`, handle: configure },
  ...objects("/accounts/{account}/access/apps", "applications", "PUT"),
  ...objects("/accounts/{account}/access/policies", "policies", "PUT"),
  ...objects("/zones/{zone}/dns_records", "records", "PUT", oneRecord),
  { name: "GET /zones/{zone}/dns_records", handle: listRecords },
  ...objects("/zones/{zone}/load_balancers", "balancers", "PUT", knownPools),
  ...objects("/accounts/{account}/load_balancers/pools", "pools", "PUT", knownMonitor).map(inUse("balancers")),
  ...objects("/accounts/{account}/load_balancers/monitors", "monitors", "PUT").map(inUse("pools")),
  ...objects("/accounts/{account}/alerting/v3/policies", "notifications", "PUT", knownAlert),
  ...objects("/accounts/{account}/alerting/v3/destinations/webhooks", "webhooks", "PUT").map(inUse("notifications")),
];

function tunnelIn(account: Account, { id }: Call["parameters"]): Kept {
  return foundIn(account.holdings.value.tunnels, id);
}

function oneName({ account, body, parameters }: Call): void {
  const taken = account.holdings.value.tunnels.some(
    ({ id, ...rest }) => id !== parameters["id"] && rest["name"] === body["name"],
  );
  if (taken) throw new Refused(409, 1013, "You already have a tunnel with this name.");
}

/** A tunnel with connectors is not deleted. */
function idle({ account, parameters }: Call): void {
  const up = account.connectorsOf(tunnelIn(account, parameters).id);
  if (up.length > 0) throw new Refused(400, 1022, "Cannot delete tunnel because it has active connections.");
}

function oneRecord({ account, body, parameters }: Call): void {
  const taken = account.holdings.value.records.some(
    ({ id, ...rest }) => id !== parameters["id"] && rest["name"] === body["name"],
  );
  if (taken) throw new Refused(400, 81_053, "An A, AAAA, or CNAME record with that host already exists.");
}

/** Records of a zone, of a name and a type where the query says so. */
function listRecords({ account, query }: Call): Kept[] {
  const wanted = ["name", "type"].flatMap((field) => {
    const value = query.get(field);
    return value === null ? [] : [[field, value] as const];
  });
  return account.holdings.value.records.filter((one) => wanted.every(([field, value]) => one[field] === value));
}

/** A load balancer leads to pools of the account. */
function knownPools({ account, body }: Call): void {
  const wanted = [...(body["default_pools"] as string[]), body["fallback_pool"] as string];
  const known = account.holdings.value.pools.map(({ id }) => id);
  if (wanted.some((id) => !known.includes(id))) throw new Refused(400, 1002, "pool not found");
}

function knownMonitor({ account, body }: Call): void {
  const monitor = body["monitor"];
  if (monitor === undefined || account.holdings.value.monitors.some(({ id }) => id === monitor)) return;
  throw new Refused(400, 1002, "monitor not found");
}

/** Alerts that the lab knows, each with the filters that it takes. Source: GET /accounts/{id}/alerting/v3/available_alerts. */
const ALERTS: Readonly<Record<string, readonly string[]>> = {
  tunnel_health_event: ["new_status", "tunnel_id"],
  load_balancing_health_alert: ["event_source", "new_health", "pool_id"],
};

/** A policy is for an alert that there is, and tells somebody. */
function knownAlert({ account, body }: Call): void {
  const filters = ALERTS[String(body["alert_type"])];
  if (filters === undefined) throw new Refused(400, 17_001, `Invalid alert type ${String(body["alert_type"])}`);
  const strange = Object.keys(body["filters"] ?? {}).filter((name) => !filters.includes(name));
  if (strange.length > 0) throw new Refused(400, 17_003, "Invalid object selections");
  const { email = [], webhooks = [] } = (body["mechanisms"] ?? {}) as Record<string, { id: string }[]>;
  if (email.length + webhooks.length === 0) throw new Refused(400, 17_002, "at least one mechanism is required");
  const known = account.holdings.value.webhooks.map(({ id }) => id);
  if (webhooks.some(({ id }) => !known.includes(id))) throw new Refused(400, 17_004, "webhook not found");
}

/** What something of `shelf` names is not deleted. */
function inUse(shelf: "balancers" | "pools" | "notifications") {
  return (operation: Operation): Operation => {
    if (!operation.name.startsWith("DELETE")) return operation;
    const handle = (call: Call): unknown => {
      const { id = "" } = call.parameters;
      const named = call.account.holdings.value[shelf].some((one) => JSON.stringify(one).includes(`"${id}"`));
      if (named) throw new Refused(412, 1004, "resource is referenced by another resource");
      return operation.handle(call);
    };
    return { ...operation, handle };
  };
}

function configuration({ account, parameters }: Call): unknown {
  const { id } = tunnelIn(account, parameters);
  return { tunnel_id: id, config: account.holdings.value.configurations[id] ?? {} };
}

function configure(call: Call): unknown {
  const { id, ...tunnel } = tunnelIn(call.account, call.parameters);
  if (tunnel["config_src"] !== "cloudflare") throw new Refused(400, 1056, "The tunnel has its configuration locally.");
  const { ingress = [] } = call.body["config"] as { ingress?: Ingress[] };
  const last = ingress.at(-1);
  if (last === undefined || last.hostname !== undefined)
    throw new Refused(400, 1056, "The last ingress rule must match all URLs.");
  call.account.holdings.change(({ configurations }) => (configurations[id] = { ingress }));
  return configuration(call);
}

/** The API below `/client/v4`. */
export function cloudflareApi(account: Account): Answerer {
  const router = new Router(OPERATIONS);
  const found = ({ verb, path }: HttpRequest) => router.find(verb, path.replace(/^\/client\/v4/, ""));
  return {
    operationOf: (request) => found(request)?.operation.name ?? `${request.verb} ${request.path}`,
    answer: (request) => {
      if (request.path === RESOLVER) return Promise.resolve(resolved(account, request));
      try {
        return Promise.resolve(
          envelope(200, { success: true, errors: [], result: resultOf(account, request, found(request)) }),
        );
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const { status, code, message } = error;
        return Promise.resolve(envelope(status, { success: false, errors: [{ code, message }], result: null }));
      }
    },
  };
}

/** Path of DNS over HTTPS, which needs no login. @see https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/ */
const RESOLVER = "/dns-query";
/** Longest string of a TXT record; a longer text stands in several. */
const LONGEST_STRING = 255;

function resolved(account: Account, { query }: HttpRequest): HttpResponse {
  const [name, type] = [query.get("name"), query.get("type")];
  const found = account.holdings.value.records.filter((one) => one["name"] === name && one["type"] === type);
  const answers = found.map(({ content }) => {
    const text = String(content).replace(/^"|"$/g, "");
    const strings = text.match(new RegExp(`.{1,${LONGEST_STRING}}`, "g")) ?? [""];
    return { name, type: 16, TTL: 60, data: strings.map((part) => `"${part}"`).join(" ") };
  });
  const content = { Status: answers.length === 0 ? 3 : 0, ...(answers.length > 0 && { Answer: answers }) };
  return { status: 200, headers: { "content-type": "application/dns-json" }, body: JSON.stringify(content) };
}

function resultOf(account: Account, request: HttpRequest, match: ReturnType<Router<Operation>["find"]>): unknown {
  if (request.headers["authorization"] !== `Bearer ${account.apiToken}`)
    throw new Refused(403, 10_000, "Authentication error");
  if (match === undefined) throw new Refused(404, 7003, `Could not route to ${request.path}`);
  const { operation, parameters } = match;
  const { account: named, zone } = parameters;
  if (named !== undefined && named !== account.id) throw new Refused(403, 10_000, "Authentication error");
  if (zone !== undefined && !Object.values(account.zones).includes(zone))
    throw new Refused(403, 10_000, "Authentication error");
  const text = request.body.toString("utf8");
  const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return operation.handle({ account, parameters, body, query: request.query });
}

function envelope(status: number, content: object): HttpResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(content) };
}
