import { Agent, request } from "undici";

import { type BackupTarget } from "./client-interface";
import { pinnedConnector } from "./pinned-connector";

/** A request of a backup client. */
export interface ClientRequest {
  /** `GET`, `POST`, `PUT` or `DELETE`. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path with encoded parts. */
  readonly path: string;
  /** Query. */
  readonly query?: Readonly<Record<string, string | number>>;
  /** Raw body. */
  readonly body?: Buffer | string;
  /** Headers beside those of the login. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server's refusal; its text is the message. */
export class HttpError extends Error {
  /** Number of the status line, such as 401 for a login that does not hold. */
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** HTTPS to one backup server. The certificate is checked before anything is sent, the login too. */
export class Connection {
  readonly #agent: Agent;
  #login: Promise<Record<string, string>> | undefined;

  constructor(private readonly target: BackupTarget) {
    this.#agent = new Agent({ connect: pinnedConnector(target.fingerprint, target.dial), keepAliveTimeout: 1_000 });
  }

  /**
   * Sends a request and returns the body of a success.
   * @throws {Error} With the server's text.
   */
  async send(order: ClientRequest): Promise<Buffer> {
    this.#login ??= this.#logIn();
    return this.#exchange({ ...order, headers: { ...order.headers, ...(await this.#login) } });
  }

  /** Sends an API request and returns its data. */
  async api(order: ClientRequest): Promise<unknown> {
    const body = await this.send({ ...order, path: `/api2/json${order.path}` });
    return (JSON.parse(body.toString("utf8")) as { data: unknown }).data;
  }

  /** A token goes with every request; a password is changed into a ticket once. */
  async #logIn(): Promise<Record<string, string>> {
    const { authId, secret } = this.target;
    if (authId.includes("!")) return { authorization: `PBSAPIToken=${authId}:${secret}` };
    const body = JSON.stringify({ username: authId, password: secret });
    const headers = { "content-type": "application/json" };
    const answer = await this.#exchange({ method: "POST", path: "/api2/json/access/ticket", body, headers });
    const { data } = JSON.parse(answer.toString("utf8")) as { data: { ticket: string; CSRFPreventionToken: string } };
    return {
      cookie: `PBSAuthCookie=${encodeURIComponent(data.ticket)}`,
      csrfpreventiontoken: data.CSRFPreventionToken,
    };
  }

  async #exchange({ method, path, query, body, headers }: ClientRequest): Promise<Buffer> {
    const { server, port } = this.target;
    const origin = `https://${server}:${port}`;
    const parts = { method, dispatcher: this.#agent, ...(query && { query }), ...(body !== undefined && { body }) };
    const answer = await request(`${origin}${path}`, { ...parts, ...(headers && { headers }) }).catch(
      (error: unknown) => {
        throw new Error(`error trying to connect: error connecting to ${origin}/: ${(error as Error).message}`);
      },
    );
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode === 200) return bytes;
    throw new HttpError(answer.statusCode, bytes.toString("utf8"));
  }
}
