import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { type Standing } from "../../../tools/lab-site/prepare";
import { REPOSITORY } from "../../../tools/lab-site/places";
import { type Program } from "../../../tools/lab-site/stack";
import { CHECKOUT } from "./checkout";

const STACK = "two-node";

/** Host numbers of the machines beside the nodes. */
export const HOSTS = { server: 30, witness: 40, other: 41 } as const;

interface Day {
  readonly nodes: readonly { readonly name: string; readonly bridges: readonly string[] }[];
}

interface StackFile {
  readonly config: Record<string, Record<string, unknown>>;
}

/**
 * The reference site of three nodes without its third, in a new checkout: the backup server stands apart, the firewall has a cable on
 * both nodes, and beside them are two small computers that could vote. The folder of that checkout is the caller's to remove.
 */
export function twoNodes(): Standing & { readonly program: Program } {
  const root = mkdtempSync(join(tmpdir(), "two-node-"));
  const there = readdirSync(REPOSITORY);
  for (const name of CHECKOUT.filter((one) => there.includes(one)))
    cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  writeSite(root);
  writeStack(root);
  return { program: { repository: root, stack: STACK }, day: writeDay(root) };
}

function writeSite(root: string): void {
  const site = join(root, "sites", STACK);
  cpSync(join(REPOSITORY, "sites/three-node"), site, { recursive: true });
  change(join(site, "configuration.json"), (configuration) => ({
    ...configuration,
    "tappaas-nodes": (configuration["tappaas-nodes"] as { hostname: string }[]).filter(isKept),
    tappaas: { ...(configuration["tappaas"] as object), nodeCount: 2 },
  }));
  change(join(site, "modules/firewall.json"), (firewall) => ({ ...firewall, HANode: "tappaas2" }));
  rmSync(join(site, "modules/backup.json"));
}

function writeStack(root: string): void {
  const file = parse(readFileSync(join(REPOSITORY, "Pulumi.three-node.yaml"), "utf8")) as StackFile;
  const key = "tappaas-resilience:settings";
  const { nodes, pools, ...rest } = file.config[key]!;
  const settings = {
    ...rest,
    site: `sites/${STACK}`,
    nodes: Object.fromEntries(Object.entries(nodes as object).filter(([name]) => name !== LEFT_OUT)),
    pools: (pools as { node: string }[]).filter(({ node }) => node !== LEFT_OUT),
    backupServer: { address: "10.0.0.30" },
  };
  writeFileSync(join(root, `Pulumi.${STACK}.yaml`), stringify({ config: { ...file.config, [key]: settings } }));
}

function writeDay(root: string): string {
  const { nodes, ...rest } = JSON.parse(readFileSync(join(REPOSITORY, "lab/sites/three-node.json"), "utf8")) as Day;
  const kept = nodes.filter(({ name }) => name !== LEFT_OUT).map((node) => ({ ...node, bridges: ["lan", "wan"] }));
  const devices = [
    { name: "witness", host: HOSTS.witness, place: "lan" },
    { name: "other", host: HOSTS.other, place: "lan" },
  ];
  const file = join(root, "day.json");
  const pbs = [{ name: "backup", host: HOSTS.server }];
  writeFileSync(file, JSON.stringify({ ...rest, name: STACK, nodes: kept, pbs, devices }));
  return file;
}

const LEFT_OUT = "tappaas3";

function isKept({ hostname }: { readonly hostname: string }): boolean {
  return hostname !== LEFT_OUT;
}

function change(file: string, how: (written: Record<string, unknown>) => object): void {
  writeFileSync(file, JSON.stringify(how(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)));
}
