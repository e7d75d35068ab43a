import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

import { type WgInterface, type WgPeer } from "./interface";
import { proof, publicKeyOf } from "./keys";
import { readLine } from "./line";

/** Where a link ends. */
export interface LinkEnd {
  /** Address of the machine on its own network. */
  readonly address: string;
  /** Its interface. */
  readonly configuration: WgInterface;
  /** Private key of the interface. */
  readonly privateKey: string;
  /** Whether a connection from the other end to that port is let in. */
  readonly admits: (peer: WgPeer, port: number) => boolean;
}

interface Hello {
  readonly from: string;
  readonly nonce: string;
  /** `control` stays open; `to:<port>` and `for:<id>` are one connection each. */
  readonly purpose: string;
  readonly mac: string;
}

/**
 * One end of a WireGuard link. It stands in for UDP by TCP on the same port and for its cipher by nothing; what is kept is who can dial
 * whom, that both ends prove the keys that the other names, and that a side which dials is reached through what it dialled.
 */
export class Link {
  #server: Server | undefined;
  #stopped = false;
  readonly #sockets = new Set<Socket>();
  /** By public key of the peer that dialled. */
  readonly #controls = new Map<string, Socket>();
  readonly #waiting = new Map<string, (socket: Socket) => void>();

  constructor(private readonly end: LinkEnd) {}

  /** Listens where the interface says a port, and dials who has an endpoint, again and again. */
  async start(): Promise<void> {
    const { address, configuration } = this.end;
    if (configuration.listenPort !== undefined) {
      const server = createServer((socket) => void this.#accept(socket).catch(() => socket.destroy()));
      server.listen(configuration.listenPort, address);
      await once(server, "listening");
      this.#server = server;
    }
    for (const peer of configuration.peers) if (peer.endpoint !== undefined) void this.#keep(peer);
  }

  /** Hangs up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    if (server !== undefined) await new Promise((closed) => server.close(closed));
  }

  /** A connection to a port of the machine at the other end. @throws {Error} When it does not answer. */
  async open(peer: WgPeer, port: number): Promise<Socket> {
    if (peer.endpoint !== undefined) return this.#dial(peer, `to:${port}`);
    const control = this.#controls.get(peer.publicKey);
    if (control === undefined) throw new Error("Connection timed out (os error 110)");
    const id = randomBytes(8).toString("hex");
    const answered = new Promise<Socket>((resolve, reject) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => {
        reject(new Error("Connection timed out (os error 110)"));
      }, PATIENCE_MS).unref();
    });
    control.write(`${JSON.stringify({ id, port })}\n`);
    return answered.finally(() => this.#waiting.delete(id));
  }

  async #keep(peer: WgPeer): Promise<void> {
    while (!this.#stopped) {
      try {
        const control = await this.#dial(peer, "control");
        for (;;) {
          const { id, port } = JSON.parse(await readLine(control)) as { id: string; port: number };
          void this.#answer(peer, id, port);
        }
      } catch {
        // Nobody is there now: it is dialled again.
      }
      await new Promise((rested) => setTimeout(rested, KEEPALIVE_MS).unref());
    }
  }

  /** What is not let in gets no answer, and its caller waits in vain. */
  async #answer(peer: WgPeer, id: string, port: number): Promise<void> {
    if (!this.end.admits(peer, port)) return;
    const socket = await this.#dial(peer, `for:${id}`).catch(() => undefined);
    if (socket !== undefined) this.#joined(socket, port);
  }

  async #dial(peer: WgPeer, purpose: string): Promise<Socket> {
    const { privateKey, address: localAddress } = this.end;
    const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(peer.endpoint ?? "") ?? [];
    const socket = connect({ host, port: Number(port), localAddress });
    this.#own(socket);
    await once(socket, "connect");
    const nonce = randomBytes(16).toString("hex");
    const mac = proof(privateKey, peer.publicKey, `hello ${nonce} ${purpose}`);
    const hello: Hello = { from: publicKeyOf(privateKey), nonce, purpose, mac };
    socket.write(`${JSON.stringify(hello)}\n`);
    const answer = await readLine(socket);
    if (answer === proof(privateKey, peer.publicKey, `welcome ${nonce}`)) return socket;
    socket.destroy();
    throw new Error("the other end has another key");
  }

  async #accept(socket: Socket): Promise<void> {
    const { configuration, privateKey, admits } = this.end;
    this.#own(socket);
    const { from, nonce, purpose, mac } = JSON.parse(await readLine(socket)) as Hello;
    const peer = configuration.peers.find(({ publicKey }) => publicKey === from);
    const port = Number(/^to:(\d+)$/.exec(purpose)?.[1] ?? 0);
    const isKnown = peer !== undefined && mac === proof(privateKey, from, `hello ${nonce} ${purpose}`);
    if (!isKnown || (port > 0 && !admits(peer, port))) {
      socket.destroy();
      return;
    }
    socket.write(`${proof(privateKey, from, `welcome ${nonce}`)}\n`);
    if (port > 0) this.#joined(socket, port);
    else if (purpose === "control")
      this.#controls.set(
        from,
        socket.once("close", () => this.#controls.delete(from)),
      );
    else this.#waiting.get(purpose.slice("for:".length))?.(socket);
  }

  #joined(socket: Socket, port: number): void {
    const { address } = this.end;
    const inner = connect({ host: address, port, localAddress: address });
    this.#own(inner);
    socket.pipe(inner).pipe(socket);
    socket.once("close", () => inner.destroy());
    inner.once("close", () => socket.destroy());
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

const PATIENCE_MS = 1_500;
const KEEPALIVE_MS = 200;
