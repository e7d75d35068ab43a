import { readFileSync } from "node:fs";

import { type LabNode, type LabBackupServer, type LabSheet } from "../lab-site/lab";
import { type Places } from "../lab-site/places";

/** What one lab says of itself and another says otherwise, by name: addresses, keys, files, logins. */
export type LabValues = ReadonlyMap<string, string>;

/** Values of a running lab that end up in its stack's state. `keyFingerprint` is that of its encryption key. */
export function labValues(places: Places, sheet: LabSheet, keyFingerprint: string): LabValues {
  return new Map([
    ...Object.entries(sheet.nodes).flatMap(([name, node]) => nodeValues(name, node)),
    ...Object.entries(sheet.pbs).flatMap(([name, server]) => serverValues(name, server)),
    ["authority", readFileSync(sheet.ca, "utf8").trim()],
    ["key.fingerprint", keyFingerprint],
    ["file.key", places.keyFile],
    ["file.identity", places.identityFile],
  ]);
}

function nodeValues(name: string, { address, logins, ssh }: LabNode): [string, string][] {
  return [
    [`${name}.address`, address],
    [`${name}.hostKey`, ssh.hostKey],
    [`${name}.privateKey`, readFileSync(ssh.privateKeyFile, "utf8").trim()],
    [`${name}.token`, logins.token.secret],
  ];
}

function serverValues(name: string, { address, fingerprint, logins }: LabBackupServer): [string, string][] {
  return [
    [`${name}.address`, address],
    [`${name}.fingerprint`, fingerprint],
    [`${name}.token`, logins.token.secret],
  ];
}
