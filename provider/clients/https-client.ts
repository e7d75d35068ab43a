import { setTimeout as sleep } from "node:timers/promises";
import { Agent, type Dispatcher, request as send } from "undici";
import * as z from "zod";

import { ApiError, NotPermitted, Unreachable, Untrusted } from "./api-error";
import { type Login } from "./login";
import { CONNECT_TIMEOUT, trustedConnector, type Trust } from "./trust";

/**
 * A value of a parameter; undefined ones are not sent. A list goes as the product writes lists; `each` names its items one by one,
 * for the few parameters that PVE takes so.
 */
export type Parameter =
  string | number | boolean | readonly string[] | { readonly each: readonly string[] } | undefined;

/** Parameters of a request by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** One request to a PVE or PBS. */
export interface ApiRequest {
  /** Verb; it decides whether a request that was cut is repeated. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path below /api2/json, its variable parts encoded. */
  readonly path: string;
  /** In the query for GET and DELETE, else in the body. */
  readonly parameters?: Parameters;
}

/** Where a server is, how it proves who it is, and who asks. */
export interface Server {
  /** `https://host:port`. */
  readonly endpoint: string;
  /** How it proves who it is, before a login is sent. */
  readonly trust: Trust;
  /** Who asks. */
  readonly login: Login;
}

/** How the two products differ in speech. */
export interface Dialect {
  /** As it stands in messages. */
  readonly product: "PVE" | "PBS";
  /** Value of the Authorization header for a token. */
  authorization(tokenId: string, secret: string): string;
  /** Name of the cookie that holds a ticket. */
  readonly cookie: string;
  encode(parameters: Parameters): { readonly contentType: string; readonly body: string };
  query(parameters: Parameters): URLSearchParams;
  /** The server's words in the body of an answer that is no success. */
  complaint(body: string): { readonly answer: string; readonly fields: Readonly<Record<string, string>> };
}

/** Pauses between tries, in milliseconds; as many tries follow the first. */
const PAUSES: readonly number[] = [200, 500, 1_500, 3_000];
const ANSWER_TIMEOUT = 60_000;
/** A ticket lasts two hours; it is renewed after one. */
const TICKET_AGE = 3_600_000;

/**
 * HTTPS to one server: trust first, then login, timeouts, and repetition where repeating is safe.
 *
 * GET and PUT are repeated after a cut, because the same content twice is the same. POST and DELETE are repeated only when
 * they cannot have been carried out; whoever sends one looks first what became of it.
 */
export class HttpsClient {
  readonly #agent: Agent;
  #ticket: { value: string; token: string; taken: number } | undefined;

  constructor(
    public readonly server: Server,
    private readonly dialect: Dialect,
    private readonly pauses: readonly number[] = PAUSES,
  ) {
    const timeouts = { headersTimeout: ANSWER_TIMEOUT, bodyTimeout: ANSWER_TIMEOUT, connectTimeout: CONNECT_TIMEOUT };
    this.#agent = new Agent({ connect: trustedConnector(server.trust), ...timeouts, pipelining: 1 });
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /**
   * The `data` of the answer, held against `shape`.
   * @throws {ApiError} When the server refuses or answers something else than `shape`.
   * @throws {NotPermitted} On 401 and 403.
   * @throws {Unreachable} When no answer comes, or the service behind the interface is down.
   * @throws {Untrusted} When the server does not prove who it is.
   */
  async ask<T>(shape: z.ZodType<T>, request: ApiRequest): Promise<T> {
    const body = await this.#repeatedly(request);
    const parsed = z.object({ data: shape }).safeParse(body === "" ? { data: null } : fromJson(body));
    if (parsed.success) return parsed.data.data;
    const unexpected = z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new ApiError(this.#subject(request), 200, `an answer that this version does not understand: ${unexpected}`);
  }

  async #repeatedly(request: ApiRequest): Promise<string> {
    for (const pause of this.pauses) {
      try {
        return await this.#once(request);
      } catch (error) {
        const harmless = request.method === "GET" || request.method === "PUT";
        if (!(error instanceof Unreachable) || (error.mayBeDone && !harmless)) throw error;
      }
      await sleep(pause);
    }
    return this.#once(request);
  }

  async #once(request: ApiRequest): Promise<string> {
    const headers = await this.#identify(request.method);
    const { status, text } = await this.#exchange(request, headers);
    if (status >= 200 && status < 300) return text;
    throw this.#refusal(request, status, text);
  }

  async #exchange(request: ApiRequest, headers: Record<string, string>): Promise<{ status: number; text: string }> {
    const { method, path, parameters = {} } = request;
    const url = new URL(`${this.server.endpoint}/api2/json${path}`);
    const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
    const options: Omit<Dispatcher.RequestOptions, "origin" | "path"> = { method, headers };
    if (method === "GET" || method === "DELETE") url.search = this.dialect.query(given).toString();
    else {
      const { contentType, body } = this.dialect.encode(given);
      headers["content-type"] = contentType;
      options.body = body;
    }
    try {
      const answer = await send(url, { ...options, dispatcher: this.#agent });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      throw this.#silence(request, error);
    }
  }

  /** Headers that say who asks; with a password, the ticket comes first. */
  async #identify(method: string): Promise<Record<string, string>> {
    const { login } = this.server;
    if ("tokenId" in login) return { authorization: this.dialect.authorization(login.tokenId, login.secret) };
    const { value, token } = await this.#validTicket(login.username, login.password);
    const cookie = `${this.dialect.cookie}=${encodeURIComponent(value)}`;
    return method === "GET" ? { cookie } : { cookie, CSRFPreventionToken: token };
  }

  async #validTicket(username: string, password: string) {
    if (this.#ticket !== undefined && Date.now() - this.#ticket.taken < TICKET_AGE) return this.#ticket;
    const request = { method: "POST", path: "/access/ticket", parameters: { username, password } } as const;
    const { status, text } = await this.#exchange(request, {});
    if (status !== 200) throw this.#refusal(request, status, text);
    const { data } = TICKET.parse(fromJson(text));
    this.#ticket = { value: data.ticket, token: data.CSRFPreventionToken, taken: Date.now() };
    return this.#ticket;
  }

  #refusal(request: ApiRequest, status: number, text: string): Error {
    const subject = this.#subject(request);
    const { answer, fields } = this.dialect.complaint(text);
    if (status === 401 || status === 403) return new NotPermitted(subject, status, answer);
    // PBS answers 400 when the daemon behind its proxy is down (observed on PBS 4.2.3): nothing was done.
    if (status === 400 && answer.startsWith("client error (Connect)")) return new Unreachable(subject, answer, false);
    if (status === 502 || status === 503) return new Unreachable(subject, `${status} ${answer}`.trim(), true);
    return new ApiError(subject, status, answer, fields);
  }

  #silence(request: ApiRequest, error: unknown): Error {
    const subject = this.#subject(request);
    if (error instanceof Untrusted) return new Untrusted(`${this.dialect.product} ${error.message}`);
    if (error instanceof Unreachable) return new Unreachable(subject, reasonOf(error), error.mayBeDone);
    return new Unreachable(subject, reasonOf(error), true);
  }

  #subject({ method, path }: ApiRequest): string {
    return `${this.dialect.product} ${this.server.endpoint}, ${method} ${path}`;
  }
}

const TICKET = z.object({ data: z.object({ ticket: z.string(), CSRFPreventionToken: z.string() }) });

function reasonOf(error: unknown): string {
  if (error instanceof Unreachable) return error.reason;
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

/** The value of a JSON text, or undefined where it is none. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
