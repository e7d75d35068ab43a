import { type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, type Socket } from "node:net";

import { testCertificate, type TestCertificate } from "./certificate";

/** A request as the fake saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly authorization: string;
}

/** What a fake does with a request. */
export type Answer = (seen: Seen) => unknown;

/** An answer other than 200. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(text);
  }
}

/** An HTTPS server on loopback that remembers every request; tests say what it answers and where it fails. */
export class FakeServer {
  readonly seen: Seen[] = [];
  /** Requests, as `POST /config/prune`, after whose work the connection is cut once. */
  readonly cutAfterWork = new Set<string>();
  /** Requests, as `GET /config/prune`, that are answered otherwise for as long as they stand here. */
  readonly refusals = new Map<string, Refused>();
  /** Called before a request that changes something is carried out; what it throws, the client gets as a failure. */
  beforeWrite: (() => void) | undefined;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  certificate!: TestCertificate;

  constructor(
    readonly routes: Readonly<Record<string, Answer>>,
    readonly wrap: (data: unknown) => unknown = (data) => ({ data }),
  ) {}

  async start(certificate?: TestCertificate): Promise<void> {
    this.certificate = certificate ?? testCertificate();
    const { certificate: cert, key } = this.certificate;
    this.#server = createServer({ cert, key }, (request, response) => void this.#handle(request, response));
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
    await new Promise<void>((resolve) => this.#server!.listen(0, "127.0.0.1", resolve));
  }

  get endpoint(): string {
    return `https://127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** Requests that could have changed something. */
  get writes(): string[] {
    return this.seen.filter(isWrite).map(({ method, path }) => `${method} ${path}`);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://fake");
    const path = url.pathname.replace("/api2/json", "");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const parameters = parametersOf(request, Buffer.concat(chunks).toString(), url);
    const { authorization = "" } = request.headers;
    const seen = { method: request.method ?? "", path: decodeURIComponent(path), parameters, authorization };
    this.seen.push(seen);
    this.#respond(seen, response);
  }

  #respond(seen: Seen, response: ServerResponse): void {
    const name = `${seen.method} ${seen.path}`;
    try {
      const refusal = this.refusals.get(name);
      if (refusal !== undefined) throw refusal;
      if (isWrite(seen)) this.beforeWrite?.();
      const data = this.#routeOf(name)(seen);
      if (this.cutAfterWork.delete(name)) response.socket?.destroy();
      else response.end(JSON.stringify(this.wrap(data)));
    } catch (error) {
      const { status, text } = error instanceof Refused ? error : new Refused(500, String(error));
      response.writeHead(status).end(text);
    }
  }

  #routeOf(name: string): Answer {
    const exact = this.routes[name];
    if (exact !== undefined) return exact;
    for (const [pattern, answer] of Object.entries(this.routes)) {
      if (new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(name)) return answer;
    }
    throw new Refused(501, `${name} is not in this fake`);
  }
}

function isWrite({ method, path, parameters }: Seen): boolean {
  return method !== "GET" && path !== "/access/ticket" && parameters["dry-run"] !== true;
}

function parametersOf(request: IncomingMessage, body: string, url: URL): Record<string, unknown> {
  if (body === "") return Object.fromEntries(url.searchParams);
  if (request.headers["content-type"] === "application/json") return JSON.parse(body) as Record<string, unknown>;
  return Object.fromEntries(new URLSearchParams(body));
}
