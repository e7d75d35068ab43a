import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A JSON value of the lab that survives a restart: what has been changed is on disk before `change` returns. */
export class Document<T extends object> {
  private current: T;

  constructor(
    private readonly file: string,
    initial: () => T,
  ) {
    this.current = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : initial();
    if (!existsSync(file)) writeAtomically(file, this.current);
  }

  /** What is stored now. Read only: only `change` writes. */
  get value(): DeepReadonly<T> {
    return this.current as DeepReadonly<T>;
  }

  /** Applies `edit` to a copy, stores it and returns what `edit` returned. When `edit` throws, nothing has changed. */
  change<R>(edit: (draft: T) => R): R {
    const draft = structuredClone(this.current);
    const result = edit(draft);
    writeAtomically(this.file, draft);
    this.current = draft;
    return result;
  }
}

/** `T` without any way to write to it. */
export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The directory that holds everything the lab knows: one JSON document a concern, and files for large contents. */
export class StateDirectory {
  private readonly documents = new Map<string, Document<object>>();

  constructor(readonly root: string) {
    mkdirSync(root, { recursive: true, mode: 0o700 });
  }

  /** Absolute path below the state directory; its parent exists afterwards. */
  path(...names: readonly string[]): string {
    const path = join(this.root, ...names);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  }

  /** Document `<name>.json`, made by `initial` the first time. The same name gives the same object. */
  document<T extends object>(name: string, initial: () => T): Document<T> {
    const known = this.documents.get(name) as Document<T> | undefined;
    if (known !== undefined) return known;
    const document = new Document(this.path(`${name}.json`), initial);
    this.documents.set(name, document);
    return document;
  }

  /** Forgets the documents and files below `name`, as the disk of a machine that is gone. */
  forget(name: string): void {
    for (const known of this.documents.keys()) if (known.startsWith(`${name}/`)) this.documents.delete(known);
    rmSync(join(this.root, name), { recursive: true, force: true });
  }

  /** Forgets everything. The next start makes a new site from its description. */
  static erase(root: string): void {
    if (existsSync(join(root, "site.json"))) rmSync(root, { recursive: true });
    else if (existsSync(root))
      throw new Error(`Expected a lab's state in "${root}", found no site.json; left as it is.`);
  }
}

function writeAtomically(file: string, value: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(value, undefined, 1), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
