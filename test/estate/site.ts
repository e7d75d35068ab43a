import { type Inventory } from "../../estate/inventory";
import { type Observation } from "../../estate/observation";
import { problemLine, problemsOf, valueOf, type Parsed } from "../../estate/problem";
import { parseSettings, type Settings } from "../../estate/settings";
import { parseTappaas, type TappaasFile } from "../../estate/tappaas-inventory";

/** Settings as they stand in a stack file, before they are parsed. */
export const writtenSettings = {
  site: "sites/single-node",
  nodes: { tappaas1: { api: "https://10.0.0.10:8006", ssh: { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA" } } },
  pools: [{ node: "tappaas1", name: "tanka1", raidlevel: "mirror", disks: ["ata-one", "ata-two"] }],
  backupServer: { address: "backup.mgmt.internal" },
  key: { fingerprint: "0e".repeat(32) },
};

/** The pool of these settings, as it stands on the node. */
export const seenPool = {
  node: "tappaas1",
  name: "tanka1",
  health: "ONLINE",
  vdevs: [{ type: "mirror" as const, disks: ["ata-one", "ata-two"] }],
  disks: ["ata-one", "ata-two"],
  size: 1,
  properties: {},
};

/** A backup server that the program makes in a machine, as a stack file names it. */
export const writtenMachine = {
  node: "tappaas1",
  vmid: 131,
  dataVmid: 132,
  systemStorage: "tanka1",
  dataStorage: "tankb1",
  dataSize: "2 TiB",
  gateway: "10.0.0.1",
  image: { url: "https://example.org/one.qcow2", sha512: "ab".repeat(64) },
  timeZone: "Europe/Amsterdam",
};

export function settingsWith(changes: Record<string, unknown> = {}): Settings {
  return valueOf(parseSettings({ ...writtenSettings, ...changes }), "settings");
}

export const configuration: TappaasFile = {
  file: "configuration.json",
  json: { tappaas: { domain: "example.org" }, "tappaas-nodes": [{ hostname: "tappaas1", ip: "10.0.0.10" }] },
};

export const threeNodes: TappaasFile = {
  file: "configuration.json",
  json: {
    tappaas: { variants: { "": {} } },
    "tappaas-nodes": [10, 11, 12].map((ip, index) => ({ hostname: `tappaas${index + 1}`, ip: `10.0.0.${ip}` })),
  },
};

export function module(name: string, json: Record<string, unknown>): TappaasFile {
  return { file: `modules/${name}.json`, json };
}

export const identity = {
  vmid: 140,
  dependsOn: ["cluster:vm", "cluster:ha", "backup:vm"],
  memory: "4096",
  diskSize: "32G",
};

export function inventoryOf(modules: readonly TappaasFile[], site = configuration): Inventory {
  return valueOf(parseTappaas(site, modules), "inventory");
}

/** Problems as a person reads them. */
export function lines(parsed: Parsed<unknown>): string[] {
  return problemsOf(parsed).map((problem) => problemLine(problem).trim());
}

export function observationWith(changes: Partial<Observation> = {}): Observation {
  const nothing = { complete: true, items: [] };
  return {
    version: 2,
    takenAt: "2026-11-20T04:00:00Z",
    site: "sites/single-node",
    pools: nothing,
    storages: nothing,
    guests: nothing,
    ...changes,
  };
}
