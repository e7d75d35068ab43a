import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";

/** First day of the reference site with its backup server on the node itself, where it is not installed yet. */
export function dayWithServerOnNode(): string {
  const day = JSON.parse(readFileSync(join(REPOSITORY, "lab/sites/single-node.json"), "utf8")) as {
    nodes: { host: number }[];
    pbs: { name: string; host: number }[];
  };
  const file = join(mkdtempSync(join(tmpdir(), "tappaas-site-")), "day.json");
  const pbs = day.pbs.map((server) => ({ ...server, host: day.nodes[0]?.host ?? 0 }));
  writeFileSync(file, JSON.stringify({ ...day, pbs }));
  return file;
}

/** First day of the reference site of three nodes with its backup server apart from them, so that each node can go for good. */
export function dayWithServerApart(): string {
  const day = JSON.parse(readFileSync(join(REPOSITORY, "lab/sites/three-node.json"), "utf8")) as { pbs: object[] };
  const file = join(mkdtempSync(join(tmpdir(), "three-node-")), "day.json");
  writeFileSync(file, JSON.stringify({ ...day, pbs: day.pbs.map((server) => ({ ...server, host: 30 })) }));
  return file;
}

/** Lets the site's program reach that server by its address. */
export function reachServerApart({ places }: LabSite): void {
  const file = parse(readFileSync(places.stackFile, "utf8")) as Written;
  const config = Object.entries(file.config).map(([key, value]) => {
    const server = value["backupServer"] as Record<string, unknown> | undefined;
    if (server === undefined) return [key, value];
    return [key, { ...value, backupServer: { ...server, onNode: undefined } }];
  });
  writeFileSync(places.stackFile, stringify({ ...file, config: Object.fromEntries(config) as unknown }), {
    mode: 0o600,
  });
}

interface Written {
  readonly config: Readonly<Record<string, Record<string, unknown>>>;
}

/** Lets the site's program make its backup server on its node, with a datastore on the pool for bulk data, and a login of its own. */
export function makeServerOnNode({ places, sheet }: LabSite): void {
  const file = parse(readFileSync(places.stackFile, "utf8")) as Written;
  const address = sheet.nodes["tappaas1"]?.ssh.host;
  const backupServer = { address, onNode: "tappaas1", datastore: { path: "/tankb1/tappaas_backup" } };
  const kept = Object.entries(file.config).filter(([key]) => !key.endsWith(":pbsToken"));
  const config = kept.map(([key, value]) => [key, key.endsWith(":settings") ? { ...value, backupServer } : value]);
  writeFileSync(places.stackFile, stringify({ ...file, config: Object.fromEntries(config) as unknown }), {
    mode: 0o600,
  });
}
