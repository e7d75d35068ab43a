import { createHash } from "node:crypto";

import { type Document } from "../../core/state";
import { Refusal } from "../refusal";

/** Fields of one configured object. Only those that are set are there, under the names of the API. */
export type Fields = Readonly<Record<string, unknown>>;

/** Objects of one configuration file by id. */
export interface Sections {
  /** Fields without the id. */
  sections: Record<string, Fields>;
}

/** One configuration file of the server, such as `prune.cfg`: objects by id under one digest. */
export class ConfigFile {
  constructor(private readonly document: Document<Sections>) {}

  /** SHA-256 of the file: it changes with any object in it. */
  get digest(): string {
    const sorted = Object.entries(this.document.value.sections).sort(([a], [b]) => (a < b ? -1 : 1));
    return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
  }

  /** Ids of all objects. */
  ids(): string[] {
    return Object.keys(this.document.value.sections);
  }

  /** Fields of an object; undefined when it is not there. */
  find(id: string): Fields | undefined {
    return this.document.value.sections[id];
  }

  /** Writes an object, new or not. */
  write(id: string, fields: Fields): void {
    this.document.change(({ sections }) => (sections[id] = fields));
  }

  /** Removes an object. */
  remove(id: string): void {
    this.document.change(({ sections }) => Reflect.deleteProperty(sections, id));
  }

  /**
   * Stops a change by who has seen another version of the file.
   * @throws {Refusal} With the text observed on PBS 4.2.3.
   */
  rejectStale(digest: string | undefined): void {
    if (digest === undefined || digest === this.digest) return;
    throw new Refusal("detected modified configuration - file changed by other user? Try again.");
  }
}

/** Applies an update: `cleared` fields go first, so that a field both cleared and set is set (observed on PBS 4.2.3). */
export function updated(fields: Fields, set: Fields, cleared: readonly string[]): Fields {
  return { ...Object.fromEntries(Object.entries(fields).filter(([name]) => !cleared.includes(name))), ...set };
}

/** Fields that stand for a value, without those at which the file stays silent, and with comments trimmed. */
export function stored(fields: Fields, silent: Fields = {}): Fields {
  const trimmed = Object.entries(fields).map(
    ([name, value]) => [name, name === "comment" ? trim(value) : value] as const,
  );
  return Object.fromEntries(
    trimmed.filter(([name, value]) => value !== undefined && !(name in silent && silent[name] === value)),
  );
}

function trim(value: unknown): unknown {
  return typeof value === "string" ? value.trim() : value;
}
