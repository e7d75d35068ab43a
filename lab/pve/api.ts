import { type PveNode } from "./node";
import { Call, type Check, type Operation } from "./operation";
import { OPERATIONS } from "./operations";
import { decodeBody, envelope, refusalResponse } from "./envelope";
import { impossible, invalid, notImplemented, Refusal } from "./refusal";
import { ClusterLife } from "./life/cluster-life";
import { authenticate } from "./session";
import { type RawParameters, verify } from "./verify";
import { type Answerer, type HttpRequest, type HttpResponse } from "../core/http";
import { formPairs } from "../core/body";
import { type Match, Router } from "../core/router";

const BASE = "/api2/json";
const ROUTER = new Router<Operation>(OPERATIONS);

/** The API of one node. Order of checks: login, operation, privileges, parameters. */
export function pveApi(node: PveNode): Answerer {
  return {
    operationOf: (request) => find(request)?.operation.name ?? `${request.verb} ${request.path}`,
    answer: (request) => answer(node, request),
  };
}

function find({ verb, path }: HttpRequest): Match<Operation> | undefined {
  return path.startsWith(`${BASE}/`) ? findOperation(verb, path.slice(BASE.length)) : undefined;
}

async function answer(node: PveNode, request: HttpRequest): Promise<HttpResponse> {
  try {
    if (request.path === "/") return INTERFACE;
    return envelope(await work(node, request));
  } catch (error) {
    if (error instanceof Refusal) return refusalResponse(error);
    throw error;
  }
}

/** The interface for people: whoever asks for it without a login sees that the node is there. */
const INTERFACE: HttpResponse = {
  status: 200,
  headers: { "content-type": "text/html" },
  body: "Proxmox Virtual Environment",
};

async function work(node: PveNode, request: HttpRequest): Promise<unknown> {
  const match = find(request);
  const authId = match?.operation.permissions.user === "world" ? "" : authenticate(request, node.loginBook());
  if (match === undefined) throw notImplemented(`${request.verb} ${request.path.replace(BASE, "")}`);
  return perform(node, authId, match, merge(match.parameters, sent(request)));
}

/** Finds an operation by verb and path below the API's base. */
export function findOperation(verb: string, path: string): Match<Operation> | undefined {
  return ROUTER.find(verb, path);
}

/**
 * Carries out an operation for somebody who is logged in.
 * @throws {Refusal} In PVE's words.
 */
export async function perform(
  node: PveNode,
  authId: string,
  { operation, parameters: path }: Match<Operation>,
  given: RawParameters,
): Promise<unknown> {
  const raw = { ...given, ...path };
  if (operation.permissions.check !== undefined) demand(node, authId, operation.permissions.check, raw);
  const parameters = verify(operation.parameters, raw);
  if (typeof raw["node"] === "string" && operation.name.includes("{node}")) requireNode(node, raw["node"]);
  const asked = node.cluster.nodes.get(path["node"] ?? "") ?? node;
  ClusterLife.of(node.cluster)?.catchUp();
  requirePower(node, asked);
  requireQuorum(node, operation.name);
  return await operation.handle(new Call(asked, authId, parameters));
}

function sent({ verb, query, body, headers }: HttpRequest): RawParameters {
  const fromQuery = Object.fromEntries(formPairs(query.toString()));
  if (verb === "GET" || verb === "DELETE") return fromQuery;
  return { ...fromQuery, ...decodeBody(body, headers["content-type"]) };
}

function merge(path: RawParameters, given: RawParameters): RawParameters {
  for (const [name, value] of Object.entries(given)) {
    if (name in path && path[name] !== value) {
      throw invalid({ [name]: "duplicate parameter (already defined in URI) with conflicting values!" });
    }
  }
  return { ...given, ...path };
}

/** Source: pve-http-server, src/PVE/APIServer/AnyEvent.pm, proxy_request. */
function requirePower(node: PveNode, asked: PveNode): void {
  const { machine, name } = asked;
  if (machine.isUnplugged || ClusterLife.of(node.cluster)?.reaches(node.name, name) === false)
    throw new Refusal(595, "No route to host");
}

/** Without quorum everything can be read and nothing of the cluster's written (observed on PVE 9.2). */
function requireQuorum(node: PveNode, operation: string): void {
  if (operation.startsWith("GET ") || ClusterLife.of(node.cluster)?.isQuorate(node.name) !== false) return;
  if (operation.includes(" /cluster/ha/")) throw impossible("cluster not ready - no quorum?");
  if (operation.includes(" /cluster/replication"))
    throw impossible("cfs-lock 'file-replication_cfg' error: no quorum!");
}

function requireNode(node: PveNode, name: string): void {
  if (node.cluster.nodes.has(name)) return;
  const lookup = `failed to get address info for: ${name}: Name or service not known`;
  throw impossible(`hostname lookup '${name}' failed - ${lookup}`);
}

/** Source: pve-access-control, src/PVE/RPCEnvironment.pm `exec_api2_perm_check`. */
function demand(node: PveNode, authId: string, check: Check, raw: RawParameters): void {
  const [kind, ...rest] = check;
  if (kind === "and") for (const part of rest as Check[]) demand(node, authId, part, raw);
  else if (kind === "or") demandOne(node, authId, rest as Check[], raw);
  else if (kind === "perm") {
    const [template, privileges, , any] = rest as [string, readonly string[], string?, number?];
    node.cluster.require(authId, fill(template, raw), privileges, any === 1);
  } else if (kind === "perm-modify") demandModify(node, authId, fill(String(rest[0]), raw));
  else if (kind === "userid-param") demandUser(node, authId, String(rest[0]), raw);
  else node.cluster.require(authId, "/access/groups", rest[0] as readonly string[], true);
}

/** Who may allocate a thing may also give rights on it. Source: the same file, `check_perm_modify`. */
function demandModify(node: PveNode, authId: string, path: string): void {
  const [, kind = ""] = /^\/(storage|vms|pool)\/./.exec(path) ?? [];
  const also = { storage: ["Datastore.Allocate"], vms: ["VM.Allocate"], pool: ["Pool.Allocate"] }[kind] ?? [];
  node.cluster.require(authId, path, ["Permissions.Modify", ...also], true);
}

function demandOne(node: PveNode, authId: string, checks: readonly Check[], raw: RawParameters): void {
  const refusals: unknown[] = [];
  for (const check of checks) {
    try {
      demand(node, authId, check, raw);
      return;
    } catch (refusal) {
      refusals.push(refusal);
    }
  }
  throw refusals[0];
}

function demandUser(node: PveNode, authId: string, what: string, raw: RawParameters): void {
  const user = String(raw["userid"]);
  if (what === "self") {
    if (authId !== user) throw new Refusal(403, "Permission check failed");
  } else {
    const realm = user.slice(user.lastIndexOf("@") + 1);
    node.cluster.require(authId, `/access/realm/${realm}`, ["Realm.AllocateUser"]);
  }
}

function fill(template: string, raw: RawParameters): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(raw[name]));
}
