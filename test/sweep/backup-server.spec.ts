import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { parse, stringify } from "yaml";
import * as z from "zod";

import { type Observation } from "../../estate/observation";
import { type PveClient } from "../../provider/clients/pve-client";
import { readKeyFile } from "../../provider/keys/key-file";
import { askLab } from "../../tools/lab-site/lab";
import { REPOSITORY } from "../../tools/lab-site/places";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { type Ran } from "../../tools/lab-site/run";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onSite, onNode, pveOf, runBackups } from "../engine/support/lab-site";

const NAME = "test-backup-server";
const PREFIX = "127.0.52";
const URL = "https://cloud.debian.org/images/cloud/trixie/20261101/debian-13-genericcloud-amd64-20261101.qcow2";
const KEY = "tappaas-resilience:settings";
const NODE = "/nodes/tappaas1";
const GUESTS = [110, 130, 140, 312, 610];

/** Steps inside the machine, each with the command by which it shows in the lab's events. */
const STEPS = [
  ["while it makes the machine of the disk", "qmcreate:911"],
  ["while it makes the server's machine", "qmcreate:910"],
  ["while it installs the server", "apt-get install"],
  ["while it makes the token, whose secret is lost with it", "generate-token"],
] as const;

/** The program makes the backup server too: a machine from Debian's image, and a disk that is another machine's. */
describe("a backup server that the program makes", function () {
  inOrder(this);
  let site: LabSite;
  let pve: PveClient;

  before(async () => {
    site = await freshLabSite(NAME, PREFIX);
    pve = pveOf(site.sheet, "tappaas1");
    await pve.updateStorage("local", { content: "backup,iso,vztmpl,import,snippets" });
    changeSettings(site, (settings) => ({ ...settings, backupServer: madeServer(site, 910) }));
  });
  after(() => {
    forgetLabSite(NAME);
  });

  it("is planned before anything of it is there", async () => {
    const { code, stdout, stderr } = await onSite(site, "preview");
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(await ownMachines(pve), []);
  });

  it("stops before a machine is made where a guest came under its number since the look, and leaves that one alone", async () => {
    await taskOf(pve, "POST", `${NODE}/qemu`, { vmid: 910, name: "webshop", memory: 512 });
    const webshop = await configOf(pve, 910);
    const { code, stdout, stderr } = await run(site, "up", "--yes");
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /PVE has a guest 910 that is not ours, backup-910; take a free number/);
    assert.deepEqual(await configOf(pve, 910), webshop);
    assert.deepEqual(
      (await ownMachines(pve)).map(({ name, status }) => [name, status]),
      [["webshop", "stopped"]],
    );
    await taskOf(pve, "DELETE", `${NODE}/qemu/910`);
  });

  for (const [when, sign] of STEPS)
    it(`goes on where it was after a run that was killed ${when}`, async () => {
      await killedAt(site, sign);
    });

  it("serves after the next run, in a machine that runs, with the disk of one that never does", async () => {
    await applied(site);
    assert.deepEqual(await ownMachines(pve), [
      { vmid: 910, name: "backup-910", status: "running", protection: 1 },
      { vmid: 911, name: "backup-data-911", status: "stopped", protection: 1 },
    ]);
  });

  it("has nothing left to do, and nothing to replace, in the run after", async () => {
    assert.match((await run(site, "up", "--yes", "--json")).stdout, /"end": ?"nothing"/);
  });

  it("has nothing left to do either once it was looked at, its own machines among what is there", async () => {
    assert.equal(await observeLabSite(site, true), 0);
    const { guests } = JSON.parse(readFileSync(join(site.places.site, "observed.json"), "utf8")) as Observation;
    assert.deepEqual(
      guests.items.map(({ vmid }) => vmid).filter((vmid) => vmid > 900),
      [910, 911],
    );
    assert.match((await run(site, "up", "--yes", "--json")).stdout, /"end": ?"nothing"/);
  });

  it("takes every guest's backup but its own, encrypted, and gives it back byte by byte", async () => {
    runBackups(site);
    const backups = await backupsOn(pve);
    assert.deepEqual([...new Set(backups.map(({ vmid }) => vmid))].sort(), GUESTS);
    assert.ok(backups.every(({ encrypted }) => encrypted !== undefined));
    await restoredAlike(site, pve, backups);
  });

  it("has its own configuration kept by the node, which alone has the key", async () => {
    await onNode(site.sheet, "tappaas1", "systemctl start tappaas-host-config-910.service");
    const here = join(site.places.root, "read-back");
    const words = ["--of", "backup-server", "--file", "/etc/proxmox-backup/proxy.pem", "--here", here];
    const { code, stderr } = await run(site, "restore-config", ...words);
    assert.equal(code, 0, stderr);
    assert.match(
      readFileSync(join(here, "config/etc/proxmox-backup/proxy.pem"), "utf8"),
      /^-----BEGIN CERTIFICATE-----/,
    );
    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    const { data } = JSON.parse(key.json) as { data: string };
    const machines = readdirSync(join(site.places.lab, "machines"), { recursive: true, withFileTypes: true });
    const inside = machines.filter((one) => one.isFile() && one.parentPath.includes("/vm910-"));
    assert.ok(inside.length > 0);
    for (const { parentPath, name } of inside)
      assert.equal(readFileSync(join(parentPath, name)).includes(data), false, name);
  });

  it("can get a new system on the old disk: every backup, the same key and logins, and the next night adds only what changed", async () => {
    const [before, key, logins] = [await backupsOn(pve), await keyOf(pve), await loginsOf(site)];
    await taskOf(pve, "POST", `${NODE}/qemu/910/status/stop`);
    changeSettings(site, (settings) => ({ ...settings, backupServer: madeServer(site, 920) }));
    await released(site, "backup-910");
    await applied(site);

    assert.deepEqual(await backupsOn(pve), before);
    assert.deepEqual([await keyOf(pve), await loginsOf(site)], [key, logins]);
    const chunks = chunksOf(site);
    runBackups(site);
    assert.equal(chunksOf(site), chunks);
    const after = await backupsOn(pve);
    assert.equal(after.length, 2 * before.length);
    await restoredAlike(site, pve, after);
  });
});

/** Settings of the server in machine `vmid`, on the disk that stays. */
function madeServer({ places }: LabSite, vmid: number) {
  const { sha512 } = JSON.parse(askLab(places, "published-image", URL)) as { sha512: string };
  const place = { node: "tappaas1", vmid, dataVmid: 911, systemStorage: "tanka1", dataStorage: "tankb1" };
  const network = { gateway: `${PREFIX}.1`, bridge: "lan", timeZone: "Etc/UTC" };
  return { address: `${PREFIX}.91`, machine: { ...place, ...network, dataSize: "4 GiB", image: { url: URL, sha512 } } };
}

type Settings = Record<string, unknown>;

function changeSettings({ places }: LabSite, change: (settings: Settings) => Settings): void {
  const file = parse(readFileSync(places.stackFile, "utf8")) as { config: Record<string, Settings> };
  const config = { ...file.config, [KEY]: change(file.config[KEY] ?? {}) };
  writeFileSync(places.stackFile, stringify({ ...file, config }));
}

function run({ stack, places }: LabSite, ...args: string[]): Promise<Ran> {
  return stack.command([...args, "--settings", places.stackFile], { quiet: true });
}

async function applied(site: LabSite): Promise<string> {
  const { code, stdout, stderr } = await run(site, "up", "--yes");
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** Starts a run, and kills it with all its plugins once `sign` stands in the lab's events. */
async function killedAt({ stack, places }: LabSite, sign: string): Promise<void> {
  const log = join(places.lab, "events.jsonl");
  // What the run before had asked for is done a moment later.
  await wait(1_000);
  const before = statSync(log).size;
  const args = ["--import=tsx", join(REPOSITORY, "commands/main.ts"), "up", "--yes", "--settings", places.stackFile];
  const child = spawn(process.execPath, args, { cwd: REPOSITORY, env: stack.env, detached: true, stdio: "pipe" });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => said.push(part));
  const ended = new Promise<void>((end) => child.once("close", end));
  const life = { over: false };
  void ended.then(() => (life.over = true));
  while (!readFileSync(log).subarray(before).includes(sign)) {
    if (life.over) throw new Error(`the run ended before "${sign}":\n${Buffer.concat(said).toString("utf8")}`);
    await wait(20);
  }
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
}

const MACHINES = z.array(z.object({ vmid: z.number(), name: z.string(), status: z.string() }));

/** Machines that the program made. */
async function ownMachines(pve: PveClient) {
  const all = await pve.ask(MACHINES, { method: "GET", path: `${NODE}/qemu` });
  const own = all.filter(({ vmid }) => vmid > 900).sort((a, b) => a.vmid - b.vmid);
  const shape = z.object({ protection: z.number().optional() });
  return Promise.all(
    own.map(async (one) => ({
      ...one,
      ...(await pve.ask(shape, { method: "GET", path: `${NODE}/qemu/${one.vmid}/config` })),
    })),
  );
}

const BACKUPS = z.array(z.object({ volid: z.string(), vmid: z.number(), encrypted: z.string().optional() }));

async function backupsOn(pve: PveClient) {
  const path = `${NODE}/storage/tappaas_backup/content`;
  const all = await pve.ask(BACKUPS, { method: "GET", path, parameters: { content: "backup" } });
  return all.sort((a, b) => a.volid.localeCompare(b.volid));
}

/** How many blocks of backups lie on the data disk. Nothing changed in the guests between the two nights. */
function chunksOf({ places }: LabSite): number {
  const disk = join(places.lab, "machines/tappaas1/filesystems/tankb1/vm-911-disk-0");
  const files = readdirSync(disk, { recursive: true, encoding: "utf8" });
  const chunks = files.filter((file) => /\.chunks\/[0-9a-f]{4}\/[0-9a-f]{64}$/.test(file)).length;
  assert.ok(chunks > 0);
  return chunks;
}

async function keyOf(pve: PveClient) {
  return (await pve.storages()).find(({ storage }) => storage === "tappaas_backup")?.["encryption-key"];
}

function configOf(pve: PveClient, vmid: number): Promise<Record<string, unknown>> {
  return pve.ask(z.record(z.string(), z.unknown()), { method: "GET", path: `${NODE}/qemu/${vmid}/config` });
}

async function taskOf(pve: PveClient, method: "POST" | "DELETE", path: string, parameters = {}): Promise<void> {
  await pve.taskEnd("tappaas1", await pve.ask(z.string(), { method, path, parameters }));
}

/** Restores the newest backup of a guest beside it, and compares every disk. */
async function restoredAlike({ places }: LabSite, pve: PveClient, backups: readonly { volid: string; vmid: number }[]) {
  const { volid: archive } = backups.filter(({ vmid }) => vmid === 140).at(-1)!;
  await taskOf(pve, "POST", `${NODE}/qemu`, { vmid: 9140, archive, storage: "tanka1", force: true });
  const disksOf = (vmid: number) =>
    (JSON.parse(askLab(places, "content", "tappaas1", String(vmid))) as { disks: unknown }).disks;
  assert.deepEqual(disksOf(9140), disksOf(140));
}

const STATE = z.object({
  deployment: z.object({
    resources: z.array(
      z.object({ urn: z.string(), type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }),
    ),
  }),
});

async function stateOf({ stack }: LabSite) {
  const { stdout } = await stack.pulumi(["stack", "export", "--stack", stack.program.stack], { quiet: true });
  return STATE.parse(JSON.parse(stdout)).deployment.resources;
}

/** Names of the users and tokens of the server. */
async function loginsOf(site: LabSite): Promise<string[]> {
  const own = (await stateOf(site)).filter(({ type }) => /^resilience:pbs:(?:User|Token)$/.test(type));
  return own.map(({ outputs = {} }) => String(outputs["tokenId"] ?? outputs["userId"])).sort();
}

async function released(site: LabSite, resource: string): Promise<void> {
  const who = ["--who", "test", "--why", "another system takes its place"];
  const { code, stdout, stderr } = await run(site, "release", "--yes", ...who, resource);
  assert.equal(code, 0, stdout + stderr);
}
