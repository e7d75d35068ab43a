import { type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, type Socket } from "node:net";

import { type Machine } from "./machine";

/** One request as it came, body read whole. */
export interface HttpRequest {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  readonly verb: string;
  /** Path with its percent-encoding, without the query. */
  readonly path: string;
  /** Query string, decoded. */
  readonly query: URLSearchParams;
  /** Headers in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Raw body. */
  readonly body: Buffer;
}

/** An answer. */
export interface HttpResponse {
  /** HTTP status. */
  readonly status: number;
  /** Reason phrase of the status line, where it carries the message as PVE's does. */
  readonly reason?: string;
  /** Headers; the content type is the answerer's business. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Body, UTF-8 when text. */
  readonly body: string | Buffer;
}

/** What answers the requests to one port. */
export interface Answerer {
  /** Name of the operation that a request asks for, `POST /storage`; faults and the log go by it. */
  readonly operationOf: (request: HttpRequest) => string;
  /** Answers; a throw becomes a 500 with its message. */
  readonly answer: (request: HttpRequest) => Promise<HttpResponse>;
}

/** A port that listens. */
export interface Listening {
  /** Port, also where 0 was asked for. */
  readonly port: number;
  /** Stops listening and closes every connection. */
  readonly stop: () => Promise<void>;
}

/** Serves HTTPS on `machine`'s address, TLS 1.2 and above, with the site's certificate for that machine. */
export async function serveHttps(machine: Machine, port: number, answerer: Answerer): Promise<Listening> {
  const { key, certificate } = await machine.site.authority.certificateFor(machine.name, machine.address);
  const server = createServer({ key, cert: certificate }, (request, response) => {
    void exchange(machine, answerer, request, response);
  });
  server.keepAliveTimeout = IDLE_CONNECTION;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    machine.beforeRequest();
    // Without power nobody is there, not even to show a certificate.
    if (machine.isUnplugged) socket.destroy();
    if (!machine.isReachedFrom(socket.remoteAddress)) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await listen(server, machine.address, port);
  return { port: (server.address() as AddressInfo).port, stop: () => close(server, sockets) };
}

/** Milliseconds for which a client may leave a connection unused; longer than clients keep one. */
const IDLE_CONNECTION = 120_000;

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const cure = error.code === "EADDRINUSE" ? "; another lab runs there: stop it or choose another --prefix" : "";
      reject(new Error(`Cannot listen on ${address}:${port}: ${error.message}${cure}`));
    });
    server.listen(port, address, resolve);
  });
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) =>
    server.close(() => {
      resolve();
    }),
  );
}

async function exchange(machine: Machine, answerer: Answerer, incoming: IncomingMessage, response: ServerResponse) {
  const request = await read(incoming);
  if (request === undefined) return;
  const operation = answerer.operationOf(request);
  const { faults, events } = machine.site;
  const strikes = (kind: string): boolean => faults.strikes(machine.name, operation, kind);
  const cut = (when: string): void => {
    events.record(machine.name, "request", `${operation} -> connection cut ${when} the work`);
    incoming.socket.destroy();
  };
  machine.beforeRequest();
  if (machine.isUnplugged) {
    incoming.socket.destroy();
    return;
  }
  if (strikes("down") || strikes("cut-before-work")) {
    cut("before");
    return;
  }
  const answer = strikes("status-500") ? ORDERED_FAILURE : await answerOf(answerer, request);
  if (strikes("cut-after-work")) {
    cut("after");
    return;
  }
  const line = `${operation} -> ${answer.status}${said(answer)}`;
  events.record(machine.name, "request", line, [request.verb, request.path]);
  send(response, answer);
}

const ORDERED_FAILURE: HttpResponse = {
  status: 500,
  reason: "fault ordered in the lab",
  headers: { "content-type": "application/json;charset=UTF-8" },
  body: '{"data":null,"message":"fault ordered in the lab\\n"}',
};

async function answerOf(answerer: Answerer, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await answerer.answer(request);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { status: 500, headers: { "content-type": "text/plain" }, body: `defect of the lab: ${message}` };
  }
}

/** Why a request was refused, for the log. Refusals name parameters and rights; secrets stand in neither. */
function said({ status, reason, body }: HttpResponse): string {
  if (status < 400) return "";
  const text = reason ?? body.toString("utf8");
  return ` ${text.split("\n").slice(0, 2).join(" ").slice(0, 160)}`;
}

async function read(incoming: IncomingMessage): Promise<HttpRequest | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of incoming) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  const url = incoming.url ?? "/";
  const mark = url.indexOf("?");
  const [path, query] = mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
  const { method: verb = "GET", headers } = incoming;
  return { verb, path, query: new URLSearchParams(query), headers, body: Buffer.concat(parts) };
}

function send(response: ServerResponse, { status, reason, headers, body }: HttpResponse): void {
  const phrase = reason?.replace(/[^\x20-\x7e]+/g, " ").trim();
  if (phrase === undefined || phrase === "") response.writeHead(status, headers);
  else response.writeHead(status, phrase, headers);
  response.end(body);
}
