import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";
import * as z from "zod";

import { type Observation } from "../../estate/observation";
import { askLab as askControl } from "../../lab/core/control";
import { askLab } from "../../tools/lab-site/lab";
import { type LabSite } from "../../tools/lab-site/prepare";
import { restoreOnLab } from "../../tools/lab-site/restore";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups, up } from "./support/lab-site";

/** Looks at the site as its owner does; extra environment stands for another login. */
async function look({ stack, places }: LabSite, env: NodeJS.ProcessEnv = {}) {
  const { code, stderr } = await stack.command(["observe", "--settings", places.stackFile], { quiet: true, env });
  const file = join(places.site, "observed.json");
  return { code, stderr, seen: JSON.parse(readFileSync(file, "utf8")) as Observation };
}

function run({ stack, places }: LabSite, ...args: string[]) {
  return stack.command([...args, "--settings", places.stackFile], { quiet: true });
}

function resources({ stack }: LabSite): Promise<string[]> {
  return stack.pulumi(["stack", "export", "--stack", "single-node"], { quiet: true }).then(({ stdout }) => {
    const state = JSON.parse(stdout) as { deployment: { resources: { urn: string }[] } };
    return state.deployment.resources.map(({ urn }) => urn).sort();
  });
}

describe("a site that is looked at while parts of it are hidden", function () {
  inOrder(this);
  let site: LabSite;
  let known: string[];

  before(async () => {
    site = await freshLabSite("test-observe", "127.0.49");
    await up(site);
    runBackups(site);
    known = await resources(site);
  });

  after(() => {
    forgetLabSite("test-observe");
  });

  it("is written down whole: machines, disks, guests, jobs, logins and what lies on the backup server", async () => {
    const { code, stderr, seen } = await look(site);
    assert.equal(code, 0, stderr);
    for (const [name, part] of Object.entries(seen)) {
      if (typeof part === "object") assert.equal((part as { complete: boolean }).complete, true, name);
    }
    assert.deepEqual(
      seen.backupGroups?.items.map(({ group, snapshots, unencrypted }) => [group, snapshots, unencrypted]),
      ["ct/312", "vm/110", "vm/130", "vm/140", "vm/610"].map((group) => [group, 1, 0]),
    );
    assert.deepEqual(
      seen.serverJobs?.items.map(({ kind, id }) => `${kind} ${id}`),
      ["prune prune-tappaas_backup", "verify verify-tappaas_backup"],
    );
    assert.equal(seen.storages.items.find(({ type }) => type === "pbs")?.encryptionKey?.includes(":"), true);
  });

  it("forgets no backup and no job when the backup server is down, and says what is hidden", async () => {
    askLab(site.places, "fault", "backup", "down", "--times", "400");
    const { code, seen } = await look(site);
    assert.equal(code, 0);
    assert.equal(seen.backupGroups?.complete, false);
    assert.equal(seen.backupGroups.items.length, 5);
    assert.match(seen.backupGroups.because?.[0] ?? "", /no answer/);
    const drift = await run(site, "drift");
    assert.equal(drift.code, 1);
    assert.match(drift.stderr, /cannot be looked at; nothing was changed/);
    assert.equal((await run(site, "up", "--yes")).code, 1);
    assert.deepEqual(await resources(site), known);
    askLab(site.places, "clear-faults");
  });

  it("forgets no guest when the login that looks lost a right, and keeps backing all of them up", async () => {
    const secret = await blindLogin(site);
    const { seen } = await look(site, { PVE_API_TOKEN: secret });
    assert.equal(seen.guests.complete, false);
    assert.match(seen.guests.because?.join() ?? "", /lacks VM\.Audit on \/vms/);
    assert.deepEqual(
      seen.guests.items.map(({ vmid, lastSeen }) => [vmid, lastSeen !== undefined]),
      [110, 130, 140, 312, 610].map((vmid) => [vmid, true]),
    );
    assert.equal((await run(site, "up", "--yes")).code, 0);
    const [job] = await pveOf(site.sheet, "tappaas1").backupJobs();
    assert.equal(job?.vmid, "110,130,140,312,610");
    assert.deepEqual(await resources(site), known);
  });

  it("is not written over when no node answers", async () => {
    const before = readFileSync(join(site.places.site, "observed.json"), "utf8");
    askLab(site.places, "fault", "tappaas1", "down", "--times", "400");
    const { code } = await look(site);
    assert.equal(code, 1);
    assert.equal(readFileSync(join(site.places.site, "observed.json"), "utf8"), before);
    assert.notEqual((await run(site, "up", "--yes")).code, 0);
    askLab(site.places, "clear-faults");
    assert.deepEqual(await resources(site), known);
  });

  it("adopts a pool that lost a disk, says it aloud, and lets everything else go on", async () => {
    const socket = join(site.places.lab, "control.sock");
    const disk = { machine: "tappaas1", disk: "ata-LAB_SSD_480G_S1A0002" };
    await askControl(socket, "pull-disk", disk);
    const { seen } = await look(site);
    assert.equal(seen.pools.items.find(({ name }) => name === "tanka1")?.health, "DEGRADED");
    const { code, stderr } = await run(site, "up", "--yes");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /finding: pool tanka1 on tappaas1: it was seen DEGRADED/);
    await askControl(socket, "pull-disk", { ...disk, missing: false });
    assert.equal((await look(site)).code, 0);
  });

  it("does not go on while there is a guest about which nobody decided, and goes on when somebody did", async () => {
    assert.equal((await restoreOnLab(site, { guest: "identity", to: "945", node: "tappaas1" })).code, 0);
    assert.equal((await look(site)).code, 0);
    const stopped = await run(site, "up", "--yes");
    assert.equal(stopped.code, 1);
    assert.match(stopped.stderr, /guest vm:945 .*expected a decision: it is on the site, and in no backup/);
    excuse(site, "945", "a rehearsal");
    const { code, stderr } = await run(site, "up", "--yes");
    assert.equal(code, 0, stderr);
  });
});

/** A login that may see storages and jobs, and no guest. */
async function blindLogin({ sheet }: LabSite): Promise<string> {
  const pve = pveOf(sheet, "tappaas1");
  const ask = (method: "POST" | "PUT", path: string, parameters: Record<string, string>) =>
    pve.ask(z.unknown(), { method, path, parameters });
  await ask("POST", "/access/roles", { roleid: "Blind", privs: "Sys.Audit,Datastore.Audit" });
  await ask("POST", "/access/users", { userid: "blind@pve" });
  await ask("PUT", "/access/acl", { path: "/", roles: "Blind", users: "blind@pve" });
  const path = "/access/users/blind@pve/token/look";
  const { value } = await pve.ask(z.object({ value: z.string() }), {
    method: "POST",
    path,
    parameters: { privsep: "0" },
  });
  return `blind@pve!look=${value}`;
}

function excuse({ places }: LabSite, vmid: string, reason: string): void {
  const file = parse(readFileSync(places.stackFile, "utf8")) as { config: Record<string, { backup: object }> };
  const key = "tappaas-resilience:settings";
  const settings = file.config[key]!;
  const backup = { ...settings.backup, exclude: { [vmid]: reason } };
  writeFileSync(places.stackFile, stringify({ ...file, config: { ...file.config, [key]: { ...settings, backup } } }));
}
