import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { type Site } from "../core/site";
import { type Document } from "../core/state";
import { Refusal } from "./refusal";

/** One version of an object, or the mark that it was deleted. */
export interface Version {
  /** Name of the object. */
  readonly key: string;
  /** Identifier; `null` where the bucket was not versioned then. */
  readonly id: string;
  /** When it was written, in milliseconds since 1970. */
  readonly modified: number;
  /** Length in bytes. */
  readonly size: number;
  /** MD5 of its bytes, in hex. */
  readonly etag: string;
  /** Whether it only says that the object was deleted. */
  readonly isMarker: boolean;
  /** File with the bytes; none for a marker. */
  readonly file: string;
}

/** What is set of a bucket. */
export interface BucketSettings {
  /** Identifier of the account that made it. */
  owner: string;
  /** When, in milliseconds since 1970. */
  created: number;
  /** Absent before it was ever versioned. */
  versioning?: "Enabled" | "Suspended";
  /** Whether it was made with Object Lock. */
  objectLock: boolean;
  /** Other configurations by their name in a query, `lifecycle`, as they were sent. */
  documents: Record<string, string>;
}

type Entry = { readonly add: Version } | { readonly remove: { readonly key: string; readonly id: string } };

/** One bucket: its settings, and all versions of its objects. Each change is on disk when it returns. */
export class Bucket {
  readonly settings: Document<BucketSettings>;
  /** Versions by key, newest first. */
  readonly #versions = new Map<string, Version[]>();
  readonly #journal: string;

  constructor(
    private readonly site: Site,
    readonly name: string,
    initial: () => BucketSettings,
  ) {
    this.settings = site.state.document(`s3/${name}/bucket`, initial);
    this.#journal = site.state.path("s3", name, "objects.jsonl");
    const lines = existsSync(this.#journal) ? readFileSync(this.#journal, "utf8").split("\n") : [];
    for (const line of lines.filter((text) => text !== "")) this.#apply(JSON.parse(line) as Entry);
  }

  /** The object as it is now; undefined where there is none, or where it was deleted. */
  current(key: string): Version | undefined {
    const newest = this.#versions.get(key)?.[0];
    return newest === undefined || newest.isMarker ? undefined : newest;
  }

  /** One version of an object. */
  version(key: string, id: string): Version | undefined {
    return this.#versions.get(key)?.find((one) => one.id === id);
  }

  /** Bytes of a version. */
  bytes({ file }: Version): Buffer {
    return readFileSync(this.site.state.path("s3", this.name, "bytes", file));
  }

  /** Writes an object. @param isNew Whether it must not be there yet. */
  put(key: string, body: Buffer, isNew = false): Version {
    if (isNew && this.current(key) !== undefined) {
      throw new Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    }
    const file = randomBytes(16).toString("hex");
    writeFileSync(this.site.state.path("s3", this.name, "bytes", file), body);
    const etag = createHash("md5").update(body).digest("hex");
    return this.#add({ key, size: body.length, etag, isMarker: false, file });
  }

  /** Deletes an object: with versions it gets a marker, without them it is gone. */
  remove(key: string): Version | undefined {
    const { versioning } = this.settings.value;
    if (versioning !== undefined) return this.#add({ key, size: 0, etag: "", isMarker: true, file: "" });
    for (const { id } of this.#versions.get(key) ?? []) this.removeVersion(key, id);
    return undefined;
  }

  /** Deletes one version for good; the one before it is the object then. */
  removeVersion(key: string, id: string): Version | undefined {
    const version = this.version(key, id);
    if (version !== undefined) this.#record({ remove: { key, id } });
    return version;
  }

  /** Objects as they are now, by key. */
  list(prefix: string): Version[] {
    return this.#keys(prefix).flatMap((key) => this.current(key) ?? []);
  }

  /** All versions and markers, by key and newest first. */
  versions(prefix: string): Version[] {
    return this.#keys(prefix).flatMap((key) => this.#versions.get(key) ?? []);
  }

  #keys(prefix: string): string[] {
    return [...this.#versions.keys()].filter((key) => key.startsWith(prefix)).sort((a, b) => (a < b ? -1 : 1));
  }

  #add(written: Omit<Version, "id" | "modified">): Version {
    const isVersioned = this.settings.value.versioning === "Enabled";
    if (!isVersioned) this.removeVersion(written.key, UNVERSIONED);
    const id = isVersioned ? randomBytes(16).toString("hex") : UNVERSIONED;
    const add = { ...written, id, modified: this.site.clock.now() };
    this.#record({ add });
    return add;
  }

  #record(entry: Entry): void {
    const gone = "remove" in entry ? this.version(entry.remove.key, entry.remove.id)?.file : undefined;
    appendFileSync(this.#journal, `${JSON.stringify(entry)}\n`);
    this.#apply(entry);
    if (gone !== undefined && gone !== "")
      rmSync(this.site.state.path("s3", this.name, "bytes", gone), { force: true });
  }

  #apply(entry: Entry): void {
    const { key } = "add" in entry ? entry.add : entry.remove;
    const there = this.#versions.get(key) ?? [];
    const left = "add" in entry ? [entry.add, ...there] : there.filter(({ id }) => id !== entry.remove.id);
    if (left.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, left);
  }
}

/** Identifier of what was written while the bucket was not versioned. */
const UNVERSIONED = "null";
