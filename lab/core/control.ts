import { existsSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A command of the control socket: takes the request's fields, returns what is sent back as JSON. */
export type ControlCommand = (request: Readonly<Record<string, unknown>>) => unknown;

/** Linux takes 107 bytes. */
const LONGEST_SOCKET_PATH = 107;

/** The unix socket by which tests and the `lab` program steer a running lab. One JSON line each way. */
export class Control {
  private readonly commands = new Map<string, ControlCommand>();
  private server: Server | undefined;

  constructor(readonly socketPath: string) {}

  /** Takes commands of a machine that is gone away again. */
  forget(name: string): void {
    this.commands.delete(name);
  }

  /** Adds a command. A name that is taken is a defect. */
  register(name: string, command: ControlCommand): void {
    if (this.commands.has(name)) throw new Error(`The control command "${name}" is registered twice.`);
    this.commands.set(name, command);
  }

  /** Runs a command in this process, as the socket would. */
  async run(name: string, request: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const command = this.commands.get(name);
    if (command === undefined) throw new Error(`Unknown command "${name}"; known: ${this.names().join(", ")}.`);
    return await command(request);
  }

  /** Names of all commands, sorted. */
  names(): string[] {
    return [...this.commands.keys()].sort();
  }

  /** Listens. A socket left by a lab that died is taken over. */
  async start(): Promise<void> {
    if (this.socketPath.length > LONGEST_SOCKET_PATH) {
      throw new Error(`The state directory's path is too long for a socket: "${this.socketPath}"; use a shorter one.`);
    }
    if (existsSync(this.socketPath)) {
      if (await isServed(this.socketPath))
        throw new Error(`A lab runs already on "${this.socketPath}"; stop it first.`);
      unlinkSync(this.socketPath);
    }
    const server = createServer((socket) => {
      this.serve(socket);
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.socketPath, resolve);
    });
  }

  /** Stops listening. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server !== undefined)
      await new Promise<void>((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
  }

  private serve(socket: Socket): void {
    let received = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      received += data.toString("utf8");
      if (received.endsWith("\n")) void this.reply(received).then((line) => socket.end(line));
    });
  }

  private async reply(line: string): Promise<string> {
    try {
      const { command, ...request } = JSON.parse(line) as { command: string } & Record<string, unknown>;
      return `${JSON.stringify({ result: (await this.run(command, request)) ?? null })}\n`;
    } catch (error) {
      return `${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`;
    }
  }
}

/**
 * Asks a running lab.
 * @throws {Error} With the lab's own sentence, or when no lab listens on the socket.
 */
export async function askLab(socketPath: string, command: string, request: object = {}): Promise<unknown> {
  const line = await exchange(socketPath, `${JSON.stringify({ command, ...request })}\n`);
  const { result, error } = JSON.parse(line) as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(error);
  return result;
}

function exchange(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(socketPath, () => socket.write(line));
    socket.on("data", (data) => (received += data.toString("utf8")));
    socket.on("end", () => {
      resolve(received);
    });
    socket.on("error", () => {
      reject(new Error(`No lab runs on "${socketPath}"; start it with \`make lab\`.`));
    });
  });
}

/** Whether a lab listens on the socket. */
export function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => {
      socket.end();
      resolve(true);
    });
    socket.on("error", () => {
      resolve(false);
    });
  });
}
