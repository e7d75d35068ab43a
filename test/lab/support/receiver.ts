import { createServer } from "node:http";
import { type AddressInfo } from "node:net";

/** One message that arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Where messages of a lab's site arrive: plain HTTP on loopback, which keeps all it gets. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      this.received.push({ method, path, headers, body: Buffer.concat(parts).toString("utf8") });
      response.end("ok");
    });
  });

  /** Starts one. */
  static async open(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  /** Its address, with `path`. */
  at(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Bodies of what arrived at `path`. */
  bodies(path: string): string[] {
    return this.received.filter((one) => one.path === path).map(({ body }) => body);
  }

  /** Ends it. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
