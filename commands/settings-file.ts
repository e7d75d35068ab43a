import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import { type Document, isCollection, isMap, parseDocument, Scalar, visit } from "yaml";

import { PROJECT } from "./stack-file";
import { writeWhole } from "./whole-file";

/** A stack's settings file that a command writes into: comments and everything else in it stay. */
export class SettingsFile {
  readonly #document: Document;

  /** @throws {Error} When there is no such file, or it is no YAML. */
  constructor(readonly path: string) {
    if (!existsSync(path)) {
      const stack = /^Pulumi\.(.+)\.yaml$/.exec(basename(path))?.[1] ?? "home";
      throw new Error(`There is no ${path}.\nCure: make init SITE=${stack}`);
    }
    this.#document = parseDocument(readFileSync(path, "utf8"));
    const [error] = this.#document.errors;
    if (error !== undefined) throw new Error(`${path} is no YAML: ${error.message}`);
  }

  /** A setting; undefined when there is none. */
  get(...names: readonly string[]): unknown {
    const found: unknown = this.#document.getIn(this.#place(names));
    return isCollection(found) ? (found.toJSON() as unknown) : found;
  }

  /** Sets one; maps on the way to it are made. */
  set(names: readonly string[], value: unknown): void {
    const place = this.#place(names);
    for (let depth = 1; depth < place.length; depth += 1) {
      const above = place.slice(0, depth);
      if (!isMap(this.#document.getIn(above))) this.#document.setIn(above, this.#document.createNode({}));
      const map = this.#document.getIn(above);
      // An empty map is written as {}: what comes into it stands below it, a line each.
      if (isMap(map) && map.items.length === 0) map.flow = false;
    }
    const node = this.#document.createNode(value);
    visit(node, {
      Scalar: (_key, scalar) => {
        quoteWhereNeeded(scalar);
      },
    });
    this.#document.setIn(place, node);
  }

  /** Takes one away; nothing where there is none. */
  remove(...names: readonly string[]): void {
    this.#document.deleteIn(this.#place(names));
  }

  /** Writes the file, whole or not at all. */
  save(): void {
    writeWhole(this.path, this.#document.toString({ lineWidth: 0 }));
  }

  #place(names: readonly string[]): string[] {
    return ["config", `${PROJECT}:settings`, ...names];
  }
}

/** The engine reads older YAML, in which a moment is no text, and `yes` is true: what it would take for another thing is quoted. */
function quoteWhereNeeded(scalar: Scalar): void {
  const { value } = scalar;
  if (typeof value === "string" && /^\d{4}-\d{2}-\d{2}|^(?:y|n|yes|no|on|off)$/i.test(value))
    scalar.type = Scalar.QUOTE_DOUBLE;
}
