import * as z from "zod";

import { type NodeShell } from "../ssh/node-shell";

/** A value of a parameter of `pvesh`. */
export type PveshParameters = Readonly<Record<string, string | number>>;

/** PVE's API as root has it on a node: no login is made or sent for it. */
export class Pvesh {
  constructor(private readonly shell: NodeShell) {}

  /** Reads. */
  get<T>(shape: z.ZodType<T>, path: string, parameters: PveshParameters = {}): Promise<T> {
    return this.#ask(shape, "get", path, parameters);
  }

  /** Makes, and returns what PVE says of it. */
  create<T>(shape: z.ZodType<T>, path: string, parameters: PveshParameters = {}): Promise<T> {
    return this.#ask(shape, "create", path, parameters);
  }

  /** Changes. */
  async set(path: string, parameters: PveshParameters): Promise<void> {
    await this.#ask(z.unknown(), "set", path, parameters);
  }

  /** Removes. */
  async remove(path: string): Promise<void> {
    await this.#ask(z.unknown(), "delete", path, {});
  }

  async #ask<T>(shape: z.ZodType<T>, verb: string, path: string, parameters: PveshParameters): Promise<T> {
    const options = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const command = ["pvesh", verb, path, ...options, "--output-format", "json"].map(quoted).join(" ");
    const { code, stdout, stderr } = await this.shell.run(command);
    if (code !== 0) throw new Error(`\`pvesh ${verb} ${path}\` ended with ${code}: ${stderr.trim()}`);
    const answer = shape.safeParse(stdout.trim() === "" ? null : fromJson(stdout));
    if (answer.success) return answer.data;
    // What it printed may hold a token's secret: only the shape of the fault is told.
    throw new Error(
      `\`pvesh ${verb} ${path}\` printed what this version does not understand: ${z.prettifyError(answer.error)}`,
    );
  }
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
