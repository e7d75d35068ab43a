import { once } from "node:events";

import { Client, type ConnectConfig } from "ssh2";

/** What a command on a node came to. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Record<string, string>;
  /** Sent once the command has printed something. */
  readonly signal?: string;
}

/** Logs in, or throws what the server said. */
export async function login(config: ConnectConfig): Promise<Client> {
  const client = new Client();
  client.on("connect", () => client.setNoDelay(true));
  const ready = once(client, "ready");
  client.connect(config);
  await ready;
  return client;
}

/** Runs one command on an open connection. */
export function run(client: Client, command: string, options: RunOptions = {}): Promise<Outcome> {
  const { stdin = "", env = {}, signal } = options;
  return new Promise((resolve, reject) => {
    client.on("close", () => {
      reject(new Error("the connection was closed"));
    });
    client.exec(command, { env }, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const out = { stdout: "", stderr: "" };
      let end: Pick<Outcome, "code" | "signal"> = { code: null, signal: undefined };
      channel.on("data", (data: Buffer) => {
        out.stdout += data.toString("utf8");
        if (signal !== undefined) channel.signal(signal);
      });
      channel.stderr.on("data", (data: Buffer) => (out.stderr += data.toString("utf8")));
      channel.on("exit", (code: number | null, name?: string) => (end = { code, signal: name }));
      channel.on("close", () => {
        resolve({ ...end, ...out });
      });
      // A signal cannot follow the end of input.
      if (signal === undefined) channel.end(stdin);
    });
  });
}
