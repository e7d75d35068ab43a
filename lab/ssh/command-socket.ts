import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { type CommandResult, type Variables } from "../core/program";

/** Runs one command of a node: the program's name, then its arguments. */
export type NodeCommand = (argv: readonly string[], variables: Variables) => CommandResult | Promise<CommandResult>;

/** The script that stands on PATH for each of the lab's commands; it passes its arguments on and prints the answer. */
const NODE_COMMAND = resolve(__dirname, "node-command.js");

/**
 * The lab's own programs on a node's PATH: small executables that ask the lab over a socket. The socket lies in the
 * system's temporary directory because its path must stay below 108 bytes.
 */
export class CommandSocket {
  private constructor(
    /** Directory to put first on PATH. */
    readonly programs: string,
    private readonly directory: string,
    private readonly server: Server,
  ) {}

  /** Listens, and writes one executable a name. */
  static async open(names: readonly string[], run: NodeCommand): Promise<CommandSocket> {
    const directory = mkdtempSync(join(tmpdir(), "lab-node-"));
    const programs = join(directory, "bin");
    const path = join(directory, "commands.sock");
    mkdirSync(programs);
    for (const name of names) writeProgram(join(programs, name), name, path);
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      serve(socket, run);
    });
    await new Promise<void>((listening, failed) => server.once("error", failed).listen(path, listening));
    return new CommandSocket(programs, directory, server);
  }

  /** Stops listening and removes the executables. */
  async stop(): Promise<void> {
    await new Promise((closed) => this.server.close(closed));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function writeProgram(file: string, name: string, socket: string): void {
  const words = [process.execPath, NODE_COMMAND, socket, name].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`, { mode: 0o755 });
}

function serve(socket: Socket, run: NodeCommand): void {
  const parts: Buffer[] = [];
  socket.on("error", () => socket.destroy());
  socket.on("data", (part: Buffer) => parts.push(part));
  socket.on("end", () => {
    void answer(Buffer.concat(parts).toString("utf8"), run).then((result) => socket.end(JSON.stringify(result)));
  });
}

async function answer(request: string, run: NodeCommand): Promise<CommandResult> {
  try {
    const { argv, variables } = JSON.parse(request) as { argv: string[]; variables: Variables };
    return await run(argv, variables);
  } catch (error) {
    return {
      status: 1,
      stdout: "",
      stderr: `the lab failed: ${error instanceof Error ? error.message : String(error)}\n`,
    };
  }
}
