import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { writeWholeJson } from "../whole-file";

const FILE = "enrolment.json";

const names = z.array(z.string()).default([]);
const right = z.strictObject({ path: z.string(), role: z.string(), holder: z.string() });

const enrolment = z.strictObject({
  version: z.literal(1),
  /** Nodes by name, and the backup server: where they were enrolled, and the host key that was compared then. */
  nodes: z
    .record(z.string(), z.strictObject({ host: z.string(), port: z.number(), hostKey: z.string(), at: z.string() }))
    .default({}),
  /** What was not there before; nothing else is ever taken away by an undo. */
  made: z
    .strictObject({
      roles: names,
      users: names,
      /** Full names, `user@realm!name`. */
      tokens: names,
      /** Rights: path, role, and user or token. */
      rights: z.array(right).default([]),
      /** Content types by storage. */
      content: z.record(z.string(), z.array(z.string())).default({}),
      /** Lines of root's authorized_keys. */
      sshKeys: names,
      /** On the backup server. */
      backupServer: z.strictObject({ users: names, tokens: names, rights: z.array(right).default([]) }).prefault({}),
    })
    .prefault({}),
});

/** What enrolling did on a site, without any secret, so that it can be repeated and undone. */
export type Enrolment = z.infer<typeof enrolment>;

/** What was done so far; an empty record where nothing was. @throws {Error} When the file is broken. */
export function readEnrolment(siteFolder: string): Enrolment {
  const path = join(siteFolder, FILE);
  const content: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { version: 1 };
  const parsed = enrolment.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new Error(`${path} is not what \`make enrol\` wrote: ${z.prettifyError(parsed.error)}`);
}

/** Writes it down, whole or not at all. */
export function writeEnrolment(siteFolder: string, record: Enrolment): void {
  mkdirSync(siteFolder, { recursive: true });
  const path = join(siteFolder, FILE);
  writeWholeJson(path, record);
}
