import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import * as z from "zod";

import { parse, stringify } from "yaml";

import { type PbsClient } from "../../../provider/clients/pbs-client";
import { DR_HOST_PRIVILEGES, PVE_ROLES } from "../../../provider/rights/pve-rights";
import { REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { PROJECT } from "../../../tools/lab-site/stack-settings";
import { pbsOf, pveOf } from "./lab-site";

/** Node of the lab that lends its room. */
export const HOST = "oak1";
/** Name of the stack whose guests are there. */
export const STACK = "dr-host";
/** Server and datastore that keep what serves there. */
export const NIGHTLY = { server: "acorn", datastore: "lent", namespace: "dr-home" } as const;

interface Guest {
  readonly vmid: number;
  readonly config: Record<string, string>;
}
interface Machine {
  readonly name: string;
  readonly guests: Guest[];
}

/**
 * First day of the reference site of one node, with identity in a VLAN, beside another site's node with guests of its own that bear the
 * same numbers, and a backup server that is neither's.
 */
export function dayWithHost(folder: string): string {
  const text = readFileSync(join(REPOSITORY, "lab/sites/single-node.json"), "utf8");
  const day = JSON.parse(text) as { nodes: Machine[]; pbs: object[] };
  const [home, spare] = day.nodes as [Machine, Machine & { disks: object[] }];
  for (const guest of home.guests.filter(({ vmid }) => vmid === 140)) withVlan(guest, 210);
  const theirs = home.guests.filter(({ vmid }) => [110, 130, 140].includes(vmid)).map(ofHost);
  const host = {
    ...spare,
    ...{ name: HOST, host: 60, guests: theirs, bridges: ["lan", "wan"] },
    hardware: { cpu: "Oak Processor 8-Core", threads: 8, memory: 64 * 1024 ** 3 },
    interfaces: [
      { iface: "dr0", type: "bridge", active: 1, bridge_ports: "", bridge_vlan_aware: 1, method: "manual" },
      { iface: "lan.100", type: "vlan", active: 1, "vlan-id": "100", "vlan-raw-device": "lan", method: "manual" },
    ],
  };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "day.json");
  const pbs = [...day.pbs, { name: NIGHTLY.server, host: 61, disks: [] }];
  writeFileSync(file, JSON.stringify({ ...day, nodes: [...day.nodes, host], pbs }));
  return file;
}

function withVlan(guest: Guest, vlan: number): void {
  guest.config["net0"] = `${guest.config["net0"] ?? ""},tag=${vlan}`;
}

/** Guests of the host's owner: the same numbers, other names, addresses and contents. */
function ofHost(guest: Guest): Guest {
  const own = JSON.parse(JSON.stringify(guest)) as Guest & { disks: { contents: string[] }[] };
  const lines = own.config;
  lines["name"] = `oak-${lines["name"] ?? ""}`;
  lines["memory"] = "2048";
  for (const name of Object.keys(lines).filter((line) => /^net\d+$/.test(line)))
    lines[name] = (lines[name] ?? "").replace("BC:24:11:00", "BC:24:11:0A");
  if (own.vmid !== 110) withVlan(own, own.vmid === 130 ? 200 : 610);
  for (const disk of own.disks) disk.contents = disk.contents.map((seed) => (seed === "" ? "" : `oak-${seed}`));
  return own;
}

/** Settings of the stack, as its owner writes them; a test changes what it tries. */
export type DrHostWritten = Record<string, unknown>;

/** What the host's owner, and the owner of the server for the nights, give: a role with a login, a namespace with a login. */
export async function lendRoom({ sheet }: LabSite): Promise<Readonly<Record<"pve" | "backups" | "nightly", string>>> {
  const pve = pveOf(sheet, HOST);
  const ask = (method: "POST" | "PUT", path: string, parameters: Record<string, string | number>) =>
    pve.ask(z.looseObject({ value: z.string() }).nullable(), { method, path, parameters });
  await ask("POST", "/access/roles", { roleid: PVE_ROLES.drHost, privs: DR_HOST_PRIVILEGES.join(" ") });
  await ask("POST", "/access/users", { userid: "home@pve" });
  await ask("PUT", "/access/acl", { path: "/", roles: PVE_ROLES.drHost, users: "home@pve" });
  const token = await ask("POST", "/access/users/home@pve/token/dr", { privsep: 0 });
  await pve.close();
  return { pve: `home@pve!dr=${token?.value ?? ""}`, ...(await lendServers(sheet)) };
}

/** A login that reads home's backups, and one that writes the nights into a namespace of its own. */
export async function lendServers(sheet: LabSite["sheet"]): Promise<Readonly<Record<"backups" | "nightly", string>>> {
  const backups = await pbsLogin(sheet, "backup", "home@pbs!dr", "/datastore/tappaas_backup", "DatastoreReader");
  const { server, datastore, namespace } = NIGHTLY;
  const pbs = pbsOf(sheet, server);
  await pbs.taskEnd(await pbs.createDatastore({ name: datastore, path: `/tankc1/${datastore}` }));
  const parameters = { name: namespace };
  await pbs.ask(z.unknown(), { method: "POST", path: `/admin/datastore/${datastore}/namespace`, parameters });
  await pbs.close();
  const place = `/datastore/${datastore}/${namespace}`;
  const nightly = await pbsLogin(sheet, server, "home@pbs!nightly", place, "DatastoreBackup");
  return { backups, nightly };
}

/** A token of a user of a backup server with one right, which acts once this has returned. @returns Its secret. */
export async function pbsLogin(sheet: LabSite["sheet"], server: string, authId: string, path: string, role: string) {
  const pbs = pbsOf(sheet, server);
  const [user = "", name = ""] = authId.split("!");
  await pbs.createUser({ userid: user });
  const secret = await pbs.createToken(user, name, {});
  for (const who of [user, authId]) await pbs.grant(path, role, who, true);
  await grantActs(pbs, authId, path);
  await pbs.close();
  return secret;
}

/** Waits until a grant acts: it takes up to 5 s (observed on PBS 4.2.3). */
async function grantActs(pbs: PbsClient, authId: string, path: string): Promise<void> {
  const held = () =>
    pbs.ask(z.record(z.string(), z.unknown()), {
      method: "GET",
      path: "/access/permissions",
      parameters: { "auth-id": authId, path },
    });
  for (let tries = 0; Object.keys(await held()).length === 0; tries += 1) {
    assert.ok(tries < 20, `${authId} may nothing at ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** A stack of role dr-host beside the site's own. */
export class DrHostStack {
  readonly file: string;
  readonly folder: string;

  constructor(
    protected readonly site: LabSite,
    protected readonly name: string = STACK,
  ) {
    this.file = join(site.places.root, `Pulumi.${name}.yaml`);
    this.folder = join(site.places.root, "oak");
  }

  /** Makes it, with the logins that were lent. */
  async make(lent: Readonly<Record<"backups" | "nightly", string> & { pve?: string; aws?: string }>): Promise<void> {
    const { stack, places } = this.site;
    mkdirSync(this.folder, { recursive: true });
    const project = join(places.root, "Pulumi.yaml");
    writeFileSync(project, `name: ${PROJECT}\nruntime: nodejs\n`);
    const made = await stack.pulumi(["stack", "init", this.name], { quiet: true, cwd: places.root });
    rmSync(project);
    assert.equal(made.code, 0, made.stderr);
    this.write();
    const { pve, aws, backups, nightly } = lent;
    const secrets = { pveApiToken: pve, awsSecretKey: aws, backupsSecret: backups, nightlySecret: nightly };
    for (const [key, input] of Object.entries(secrets)) if (input !== undefined) await this.keep(key, input);
  }

  /** Writes a secret into the stack. */
  async keep(key: string, input: string): Promise<void> {
    const words = ["config", "set", "--secret", key, "--stack", this.name, "--config-file", this.file];
    const { code, stderr } = await this.site.stack.pulumi(words, { quiet: true, input });
    assert.equal(code, 0, stderr);
  }

  /** Takes a secret out of the stack. */
  async forget(key: string): Promise<void> {
    const words = ["config", "rm", key, "--stack", this.name, "--config-file", this.file];
    const { code, stderr } = await this.site.stack.pulumi(words, { quiet: true });
    assert.equal(code, 0, stderr);
  }

  /** Writes the settings, with what a test changes of them; secrets stay. */
  write(changes: DrHostWritten = {}): void {
    const written = parse(readFileSync(this.file, "utf8")) as { config?: Record<string, unknown> };
    const config = { ...written.config, [`${PROJECT}:settings`]: { ...this.settings(), ...changes } };
    writeFileSync(this.file, stringify({ ...written, config }));
  }

  settings(): DrHostWritten {
    const { sheet, places } = this.site;
    const { fingerprint } = keyOf(places.stackFile);
    return {
      ...{ role: this.name, site: relative(REPOSITORY, this.folder), home: this.site.stack.program.stack },
      host: { node: HOST, api: sheet.nodes[HOST]?.api, vlans: [200, 610] },
      caCertificate: readFileSync(sheet.ca, "utf8"),
      guests: { offset: 3000, without: { "312": "its graphics card is at home" } },
      networks: { lan: "dr0", "lan/210": "lan/3210", wan: "lan/3001" },
      size: { cpuType: "x86-64-v2-AES", guests: { "130": { memory: "4 GiB", cores: 2 } } },
      ...{ backups: this.backups(), nightly: this.nightly() },
      exposure: { who: "the owner", why: "home burnt down", until: "2099-12-31" },
      key: { fingerprint, file: join(this.folder, "key.age"), identityFile: join(this.folder, "identity.txt") },
    };
  }

  /** Where home's backups are read. */
  protected backups(): object {
    const { address, fingerprint } = this.site.sheet.pbs["backup"]!;
    return { address, fingerprint, datastore: "tappaas_backup", authId: "home@pbs!dr", overInternet: false };
  }

  /** Where the nights of what serves there go. */
  protected nightly(): object {
    const { address, fingerprint } = this.site.sheet.pbs[NIGHTLY.server]!;
    const { datastore, namespace } = NIGHTLY;
    return { address, fingerprint, datastore, namespace, authId: "home@pbs!nightly" };
  }
}

function keyOf(stackFile: string): { readonly fingerprint: string } {
  const file = parse(readFileSync(stackFile, "utf8")) as { config: Record<string, { key: { fingerprint: string } }> };
  return file.config[`${PROJECT}:settings`]!.key;
}
