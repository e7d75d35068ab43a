import * as z from "zod";

import { quoted } from "../ssh/quoted";
import { type NodeShell } from "../ssh/node-shell";

/** A value of a parameter. */
export type ApiParameters = Readonly<Record<string, string | number>>;

/**
 * A machine's own API as root has it there: no login is made or sent for it. A call takes about a second on a real machine, so what
 * was read is kept until something is written.
 */
export class LocalApi {
  readonly #read = new Map<string, Promise<string>>();

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
    const printed = await (verb === "get" ? this.#once(words) : this.#written(words));
    const answer = shape.safeParse(printed.trim() === "" ? null : fromJson(printed));
    if (answer.success) return answer.data;
    // What it printed may hold a token's secret: only the shape of the fault is told.
    const fault = z.prettifyError(answer.error);
    throw new Error(`\`${this.program} ${verb} ${path}\` printed what this version does not understand: ${fault}`);
  }

  #once(words: string): Promise<string> {
    const before = this.#read.get(words);
    if (before !== undefined) return before;
    const now = this.#run(words);
    this.#read.set(words, now);
    return now;
  }

  #written(words: string): Promise<string> {
    this.#read.clear();
    return this.#run(words);
  }

  async #run(words: string): Promise<string> {
    const { code, stdout, stderr } = await this.shell.run(`${this.program} ${words}`);
    if (code === 0) return stdout;
    const [verb, path] = words.split(" ");
    throw new Error(`\`${this.program} ${verb ?? ""} ${path ?? ""}\` ended with ${code}: ${stderr.trim()}`);
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

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
