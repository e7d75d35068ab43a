import { strict as assert } from "node:assert";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { dayAtAws, DrCloudStack, NODE, STACK } from "../engine/support/dr-cloud";
import { lendServers, NIGHTLY } from "../engine/support/dr-host";
import { inOrder } from "../engine/support/in-order";
import { diskSums, forgetLabSite, freshLabSite, pbsOf, pveOf, runBackups } from "../engine/support/lab-site";
import { assertAllClose, assertEachClose, drilled, takeTime, type TimedRebuild } from "./support/rebuild-times";

const NAME = "sweep-dr-cloud";
const GUESTS = [110, 130, 140, 610];
const PRICE = { asOf: "2026-11-20", source: "a page of the provider" };

/** Where copies of home's backups are, and with which login they are read there. */
const AWAY = { server: NIGHTLY.server, datastore: "home-copies", login: { authId: "home@pbs!copies" } } as const;

/** Its backups are read where they were copied. */
class CopiedStack extends DrCloudStack {
  protected override backups(): object {
    return { ...AWAY.login, ...placeOf(this.site, AWAY.server), datastore: AWAY.datastore, overInternet: true };
  }
}

describe("a lost site that comes back on a node at AWS", function () {
  inOrder(this);
  let site: LabSite;
  let cloud: CopiedStack;
  let pve: PveClient | undefined;
  let living: string[][];
  let timed: TimedRebuild;

  before(async () => {
    forgetLabSite(NAME);
    const nights = { name: NIGHTLY.server, host: 61, disks: [] };
    site = await freshLabSite(NAME, "127.0.136", { day: dayAtAws(NAME, [nights]) });
    assert.equal(await observeLabSite(site, true), 0);
    const { value, said } = await answer(site, "up", "--yes");
    assert.equal(value.end, "applied", said);
    runBackups(site);
    cloud = new CopiedStack(site);
    const { nightly, backups: reader } = await lendServers(site.sheet);
    const backups = await copiedAway(reader);
    await cloud.make({ nightly, backups, aws: site.sheet.aws!.owner.secretKey });
    const prices = { currency: "USD", machinePerHour: { "m8i.2xlarge": { amount: 0.5, ...PRICE } } };
    const planning = join(site.places.site, "planning.json");
    const record = existsSync(planning) ? (JSON.parse(readFileSync(planning, "utf8")) as object) : { version: 1 };
    writeFileSync(planning, JSON.stringify({ ...record, ...drilled(), cloudPrices: prices }));
    living = GUESTS.map((vmid) => sums("tappaas1", vmid));
    await loseHome();
  });
  after(async () => {
    await pve?.close();
    forgetLabSite(NAME);
    forgetLabSite(`${NAME}-day`);
  });

  const sums = (node: string, vmid: number) => Object.values(diskSums(site.places, node, vmid));
  const command = (...args: string[]) => site.stack.command([...args, "--settings", cloud.file], { quiet: true });
  const rebuild = (...more: string[]) => command("rebuild", "--escrow-file", site.places.escrowFile, "--json", ...more);
  const machines = async (): Promise<string[]> => {
    const words = ["stack", "export", "--stack", STACK];
    const { stdout } = await site.stack.pulumi(words, { quiet: true });
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { type: string }[] } };
    return (deployment.resources ?? []).map(({ type }) => type).filter((type) => type.startsWith("aws:"));
  };

  it("is refused while nobody accepted who can read what runs there, and nothing is made", async () => {
    cloud.write({ exposure: undefined });
    const { code, stderr } = await rebuild("--yes");
    cloud.write();
    assert.notEqual(code, 0);
    assert.match(stderr, /exposure: expected somebody who accepts that whoever is root on cloud/);
    assert.deepEqual(await machines(), []);
  });

  it("has a pilot light in peace time when its settings say so: network, login and budget, and nothing that costs", async () => {
    cloud.write({ cloud: { ...cloudSettings(), standby: "pilot-light" } });
    const { code, stdout, stderr } = await command("up", "--yes");
    assert.equal(code, 0, stderr + stdout);
    const made = await machines();
    for (const type of ["aws:ec2/vpc:Vpc", "aws:budgets/budget:Budget", "aws:iam/role:Role"])
      assert.ok(made.includes(type), type);
    for (const type of ["aws:ec2/instance:Instance", "aws:ebs/volume:Volume", "aws:ec2/natGateway:NatGateway"])
      assert.equal(made.includes(type), false, type);
  });

  it("is told that a warm standby needs a machine that somebody chose", async () => {
    cloud.write({ cloud: { ...cloudSettings(), standby: "warm" } });
    const { code, stdout, stderr } = await command("up", "--yes");
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /cloud\.standby is warm, and cloud\.instanceType or cloud\.disk is missing/);
    cloud.write({ cloud: { ...cloudSettings(), standby: "pilot-light" } });
  });

  it("is told which machine it needs and what that costs a day, by dated prices, before anything is made", async () => {
    const { code, stderr } = await rebuild("--dry-run");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /4 guests come: firewall \(110\)/);
    assert.match(stderr, /Cost a day of [cmr]8i\.\w+ with \d+ GiB: /);
    assert.equal((await machines()).includes("aws:ec2/instance:Instance"), false);
    assert.equal(existsSync(join(cloud.folder, "machine.json")), false);
  });

  it("gets the machine first, with no way in, a budget that tells, and what is to be done next", async () => {
    const { stderr } = await rebuild("--yes");
    assert.match(stderr, /The machine is made; it installs itself/);
    const made = await machines();
    assert.equal(made.filter((type) => type === "aws:ec2/vpc:Vpc").length, 1);
    assert.ok(made.includes("aws:ec2/instance:Instance") && made.includes("aws:budgets/budget:Budget"), made.join());
    assert.equal(made.includes("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), false);
  });

  it("is a node of Proxmox after its first start, as large as the machine, with room and exactly the rights of a rebuild", async () => {
    pve = await cloud.enter();
    const { instanceType } = JSON.parse(readFileSync(join(cloud.folder, "machine.json"), "utf8")) as {
      instanceType: string;
    };
    assert.match(instanceType, /^[cmr]8i\./);
    assert.ok((await pve.storages()).some(({ storage }) => storage === "tanka1"));
  });

  it("has its guests there byte for byte under their own numbers out of the copy elsewhere, and a second run changes nothing", async () => {
    takeTime(site, true);
    const { code, stdout, stderr } = await rebuild("--yes");
    takeTime(site, false);
    assert.equal(code, 0, stderr);
    timed = JSON.parse(stdout) as TimedRebuild;
    const guests = await new RestoreClient(pve!).guests();
    assert.deepEqual(
      guests.map(({ vmid }) => vmid).toSorted((a, b) => a - b),
      GUESTS,
    );
    assert.deepEqual(
      GUESTS.map((vmid) => sums(NODE, vmid)),
      living,
    );
    assert.deepEqual(
      (await pve!.backupJobs()).map(({ storage, vmid }) => [storage, vmid]),
      [["dr-nightly", GUESTS.join(",")]],
    );
    const again = await rebuild("--yes");
    assert.equal(again.code, 0, again.stderr);
    assert.equal((JSON.parse(again.stdout) as { end: string }).end, "nothing");
  });

  it("had them there in the time that was predicted, each and all together, within a fifth", () => {
    assert.equal(timed.plan!.guests.length, GUESTS.length);
    assertEachClose(timed);
    assertAllClose(timed);
  });

  it("refuses to be taken away while a guest there holds something that is in no backup, by name", async () => {
    const { code, stderr } = await command("down", "--confirm", STACK);
    assert.notEqual(code, 0);
    assert.match(stderr, /vm:140 identity: it is running, so it writes/);
    assert.ok((await machines()).includes("aws:ec2/instance:Instance"));
  });

  it("leaves nothing that costs anything once its guests are saved and it is taken away", async () => {
    const client = new RestoreClient(pve!);
    const saved = await command("failback", "--escrow-file", site.places.escrowFile, "--yes");
    assert.equal(saved.code, 0, saved.stderr);
    assert.equal((await client.guests()).length, GUESTS.length);
    const { code, stderr } = await command("down", "--confirm", STACK);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /goes: {2}cloud itself, the machine at AWS with its disk/);
    assert.deepEqual(await machines(), []);
    assert.equal(existsSync(join(cloud.folder, "machine.json")), false);
  });

  it("has its machine waiting as a warm standby, installed before anything happens, and gone when it is taken away", async () => {
    cloud.write({ cloud: { ...cloudSettings(), standby: "warm", instanceType: "m8i.2xlarge", disk: "200 GiB" } });
    await cloud.forget("pveApiToken");
    const { code, stdout, stderr } = await command("up", "--yes");
    assert.equal(code, 0, stderr + stdout);
    const made = await machines();
    for (const type of ["aws:ec2/instance:Instance", "aws:ebs/volume:Volume"]) assert.ok(made.includes(type), type);
    const down = await command("down", "--confirm", STACK);
    assert.equal(down.code, 0, down.stderr);
    assert.deepEqual(await machines(), []);
  });

  /** What the stack says of AWS. */
  function cloudSettings(): object {
    return cloud.settings()["cloud"] as object;
  }

  /** Another server fetches home's backups; what it returns reads them there. */
  async function copiedAway(reader: string): Promise<string> {
    const pbs = pbsOf(site.sheet, AWAY.server);
    const { address: host, fingerprint } = placeOf(site, "backup");
    await pbs.taskEnd(await pbs.createDatastore({ name: AWAY.datastore, path: `/tankc1/${AWAY.datastore}` }));
    const login = { "auth-id": "home@pbs!dr", password: reader };
    await pbs.createRemote({ name: "home", host, fingerprint, ...login });
    const from = { remote: "home", "remote-store": "tappaas_backup", "remove-vanished": false };
    await pbs.createSyncJob({ id: "home", store: AWAY.datastore, ...from });
    await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path: "/admin/sync/home/run", parameters: {} }));
    const secret = await pbs.createToken("home@pbs", "copies", {});
    for (const who of ["home@pbs", AWAY.login.authId])
      await pbs.grant(`/datastore/${AWAY.datastore}`, "DatastoreReader", who, true);
    await pbs.close();
    return secret;
  }

  /** Home's guests are gone with their disks, and every backup that home had. */
  async function loseHome(): Promise<void> {
    const node = pveOf(site.sheet, "tappaas1");
    const client = new RestoreClient(node);
    for (const { vmid, type, node: name, status } of await client.guests()) {
      const place = { node: name, type, vmid };
      if (status === "running") await client.stop(place);
      if (vmid !== 312) await client.destroy(place);
    }
    await node.close();
    const pbs = pbsOf(site.sheet);
    const path = "/config/datastore/tappaas_backup";
    await pbs.taskEnd(await pbs.ask(z.string(), { method: "DELETE", path, parameters: { "destroy-data": true } }));
    assert.deepEqual(await pbs.datastores(), []);
    await pbs.close();
  }
});

function placeOf({ sheet }: LabSite, name: string): { readonly address: string; readonly fingerprint: string } {
  const { address, fingerprint } = sheet.pbs[name]!;
  return { address, fingerprint };
}
