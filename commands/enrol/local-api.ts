import * as z from "zod";

import { type NodeShell } from "../ssh/node-shell";

/** A value of a parameter. */
export type ApiParameters = Readonly<Record<string, string | number>>;

/** A machine's own API as root has it there: no login is made or sent for it. */
export class LocalApi {
  constructor(
    private readonly shell: NodeShell,
    /** Words before the verb: `pvesh`, or `proxmox-backup-debug api`. */
    private readonly program: string,
  ) {}

  /** Reads. */
  get<T>(shape: z.ZodType<T>, path: string, parameters: ApiParameters = {}): Promise<T> {
    return this.#ask(shape, "get", path, parameters);
  }

  /** Makes, and returns what the machine says of it. */
  create<T>(shape: z.ZodType<T>, path: string, parameters: ApiParameters = {}): Promise<T> {
    return this.#ask(shape, "create", path, parameters);
  }

  /** Changes. */
  async set(path: string, parameters: ApiParameters): Promise<void> {
    await this.#ask(z.unknown(), "set", path, parameters);
  }

  /** Removes. */
  async remove(path: string): Promise<void> {
    await this.#ask(z.unknown(), "delete", path, {});
  }

  async #ask<T>(shape: z.ZodType<T>, verb: string, path: string, parameters: ApiParameters): Promise<T> {
    const options = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const words = [verb, path, ...options, "--output-format", "json"].map(quoted).join(" ");
    const { code, stdout, stderr } = await this.shell.run(`${this.program} ${words}`);
    const said = `\`${this.program} ${verb} ${path}\``;
    if (code !== 0) throw new Error(`${said} ended with ${code}: ${stderr.trim()}`);
    const answer = shape.safeParse(stdout.trim() === "" ? null : fromJson(stdout));
    if (answer.success) return answer.data;
    // What it printed may hold a token's secret: only the shape of the fault is told.
    throw new Error(`${said} printed what this version does not understand: ${z.prettifyError(answer.error)}`);
  }
}

/** PVE's API on a node. */
export function pvesh(shell: NodeShell): LocalApi {
  return new LocalApi(shell, "pvesh");
}

/** PBS's API on a backup server. */
export function pbsApi(shell: NodeShell): LocalApi {
  return new LocalApi(shell, "proxmox-backup-debug api");
}

/** A word as the shell takes it, whatever stands in it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
