import { type TLSSocket } from "node:tls";

import { Agent, buildConnector, request } from "undici";

import { type BackupTarget } from "./client-interface";

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

/** HTTPS to one backup server. The certificate is checked before anything is sent, the login too. */
export class Connection {
  readonly #agent: Agent;
  #login: Promise<Record<string, string>> | undefined;

  constructor(private readonly target: BackupTarget) {
    this.#agent = new Agent({ connect: pinned(target.fingerprint), keepAliveTimeout: 1_000 });
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
    throw new Error(bytes.toString("utf8") || `HTTP error ${answer.statusCode}`);
  }
}

/** Trusts the one certificate of this fingerprint; without one, what the system's CAs signed. */
function pinned(fingerprint: string | undefined): buildConnector.connector {
  const connect = buildConnector({
    rejectUnauthorized: fingerprint === undefined,
    // A resumed session does not show its certificate again.
    maxCachedSessions: 0,
  });
  if (fingerprint === undefined) return connect;
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const { fingerprint256 } = (socket as TLSSocket).getPeerCertificate() as { readonly fingerprint256?: string };
      const shown = fingerprint256?.toLowerCase() ?? "unknown";
      if (shown === fingerprint.toLowerCase()) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(new Error(`certificate verify failed: fingerprint ${shown} does not match the expected one`), null);
    });
  };
}
