import { type Answerer, type HttpRequest, type HttpResponse } from "../core/http";
import { type Match, Router } from "../core/router";
import { authenticate } from "./access/login";
import { type BackupServer } from "./backup-server";
import { NOT_IMPLEMENTED } from "./not-implemented";
import { Call, type Operation, rejectUnentitled, type Reply } from "./operation";
import { readParameters } from "./parameters";
import { messageOf, Refusal } from "./refusal";

/** `/api2/json` answers plainly, `/api2/extjs` always with 200 and says inside whether it went well. */
const BASE = /^\/api2\/(?<format>json|extjs)(?<path>\/.*)?$/;
const JSON_TYPE = { "content-type": "application/json;charset=UTF-8" };

/** Answers the API of a backup server. What is not below the API goes to `otherwise`. */
export function apiAnswerer(
  server: BackupServer,
  operations: readonly Operation[],
  otherwise: (request: HttpRequest) => Promise<HttpResponse | undefined>,
): Answerer {
  const router = new Router([...operations, ...NOT_IMPLEMENTED.map((name) => ({ name }))]);
  const find = ({ verb, path }: HttpRequest) => router.find(verb, BASE.exec(path)?.groups?.["path"] ?? "");
  return {
    operationOf: (request) =>
      (BASE.test(request.path) ? find(request)?.operation.name : undefined) ?? `${request.verb} ${request.path}`,
    answer: async (request) => {
      const format = BASE.exec(request.path)?.groups?.["format"];
      if (format === undefined) return (await otherwise(request)) ?? notFound(request);
      try {
        return success(await carryOut(server, request, find(request)), format);
      } catch (error) {
        return failure(error, format);
      }
    },
  };
}

type Found = Match<Operation | { readonly name: string }> | undefined;

async function carryOut(server: BackupServer, request: HttpRequest, found: Found): Promise<Reply> {
  const world = found !== undefined && "run" in found.operation && isOpen(found.operation);
  const authId = world ? "" : await authenticate(server, request);
  if (found === undefined) throw new Refusal(`Path '${request.path}' not found.`, 404);
  const { operation, parameters: path } = found;
  if (!("run" in operation)) throw new Refusal(`'${operation.name}' is not implemented in the lab`, 501);
  rejectUnentitled(server, authId, operation.permission, path);
  const values = readParameters(request, path, operation.parameters);
  rejectWithoutDaemon(server, operation);
  return operation.run(new Call(server, authId, values));
}

function isOpen({ permission }: Operation): boolean {
  return "user" in permission && permission.user === "world";
}

/** Observed on PBS 4.2.3: reads go on, and what the privileged daemon does looks like a client's error. */
function rejectWithoutDaemon({ machine }: BackupServer, { name, privileged }: Operation): void {
  if (privileged === true && machine.site.faults.strikes(machine.name, name, "daemon-down")) {
    throw new Refusal("client error (Connect)");
  }
}

function success({ data, beside, cookies }: Reply, format: string): HttpResponse {
  const body = JSON.stringify({ data, ...beside, ...(format === "extjs" && { success: true }) });
  return { status: 200, headers: { ...JSON_TYPE, ...(cookies && { "set-cookie": [...cookies] }) }, body };
}

function failure(error: unknown, format: string): HttpResponse {
  if (error instanceof TypeError || error instanceof ReferenceError) throw error;
  const { status, message, errors } = error instanceof Refusal ? error : new Refusal(messageOf(error));
  if (status === 401) return { status, body: message };
  if (format === "json") return { status, headers: JSON_TYPE, body: message };
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ success: false, status, message, errors }) };
}

function notFound({ path }: HttpRequest): HttpResponse {
  return { status: 404, headers: { "content-type": "text/plain" }, body: `Path '${path}' not found.` };
}
