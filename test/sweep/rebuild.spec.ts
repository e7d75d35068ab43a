import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import * as z from "zod";

import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type GuestPlace, type GuestTask, RestoreClient } from "../../provider/clients/restore-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { askLab } from "../../tools/lab-site/lab";
import { type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pbsOf, pveOf, runBackups } from "../engine/support/lab-site";

const NAME = "sweep-rebuild";
const NODE = "tappaas1";
/** Of the main datastore, on its server. */
const DATASTORE_PATH = "tankc1/tappaas_backup";

interface Rebuilt {
  readonly end: string;
  readonly plan?: RebuildPlan;
  readonly left: readonly { readonly guest: string; readonly why: string }[];
  readonly aside?: readonly { readonly guest: string; readonly failed: string }[];
  readonly measured?: {
    readonly guests: Record<string, { restored?: number; started?: number }>;
    readonly total?: number;
  };
}

type Disks = Readonly<Record<string, { readonly sha256: string }>>;

describe("a site whose guests are all lost", function () {
  inOrder(this);
  let site: LabSite;
  let pve: PveClient;
  let client: RestoreClient;
  const contents = new Map<number, Disks>();

  before(async () => {
    site = await freshLabSite(NAME, "127.0.88");
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
    runBackups(site);
    pve = pveOf(site.sheet, NODE);
    client = new RestoreClient(pve);
    for (const { vmid } of await ownGuests()) contents.set(vmid, disksOf(vmid));
    assert.ok(contents.size >= 4);
  });

  after(async () => {
    await pve.close();
    forgetLabSite(NAME);
  });

  const ownGuests = async () => (await client.guests()).filter(({ node }) => node === NODE);
  const placeOf = ({ vmid, type }: { vmid: number; type: "qemu" | "lxc" }): GuestPlace => ({ node: NODE, type, vmid });
  const disksOf = (vmid: number) =>
    (JSON.parse(askLab(site.places, "content", NODE, String(vmid))) as { disks: Disks }).disks;
  const sums = (disks: Disks) => Object.values(disks).map(({ sha256 }) => sha256);
  const restores = async (): Promise<GuestTask[]> =>
    (await client.tasks(NODE, 0)).filter(({ type }) => type.endsWith("restore"));

  /** Every guest of the node is gone, with its disks. */
  async function loseGuests(): Promise<void> {
    for (const guest of await ownGuests()) {
      const place = placeOf(guest);
      const path = `/nodes/${NODE}/${place.type}/${place.vmid}`;
      if (guest.status === "running") {
        const upid = await pve.ask(z.string(), { method: "POST", path: `${path}/status/stop` });
        await client.end(NODE, upid);
      }
      await client.destroy(place);
    }
    assert.deepEqual(await ownGuests(), []);
  }

  const words = () => [
    ...["rebuild", "--settings", site.places.stackFile, "--escrow-file", site.places.escrowFile],
    ...["--pbs-login", "root@pam", "--json"],
  ];
  const secrets = () => ({ PBS_PASSWORD: Object.values(site.sheet.pbs)[0]!.logins["root@pam"].password });

  async function rebuilt(...more: string[]): Promise<{ code: number; said: string; value: Rebuilt }> {
    const { code, stdout, stderr } = await site.stack.command([...words(), ...more], { quiet: true, env: secrets() });
    assert.notEqual(stdout, "", stderr);
    return { code, said: stderr, value: JSON.parse(stdout) as Rebuilt };
  }

  /** Begins a rebuild and kills it, with all that it started, as soon as `moment` has come, which is called `named`. */
  async function killed(named: string, moment: () => Promise<boolean>): Promise<void> {
    const program = ["--import=tsx", "commands/main.ts", ...words(), "--yes"];
    const env = { ...site.stack.env, ...secrets() };
    const child = spawn(process.execPath, program, { env, detached: true, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    while (child.exitCode === null && !(await moment())) await wait(20);
    assert.equal(child.exitCode, null, `it ended before it could be killed when ${named}`);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
  }

  async function assertAllBack(): Promise<void> {
    assert.deepEqual((await ownGuests()).map(({ vmid }) => vmid).sort(), [...contents.keys()].sort());
    for (const [vmid, disks] of contents) assert.deepEqual(sums(disksOf(vmid)), sums(disks), String(vmid));
  }

  it("touches nothing while they live, and says so", async () => {
    const { code, said, value } = await rebuilt("--yes");
    assert.deepEqual([code, value.end], [0, "nothing"]);
    assert.match(said, /Left alone, because it lives: .*identity \(140\)/);
    assert.deepEqual(await restores(), []);
  });

  it("is shown snapshots, order and times before anything is restored, and takes silence for a no", async () => {
    await loseGuests();
    const dry = await rebuilt("--dry-run");
    assert.equal(dry.value.end, "shown");
    assert.match(dry.said, /vm:140 identity on tappaas1: backup of 20\d\d-.*GiB, .*; serves after/);
    assert.match(dry.said, /Predicted: all is back after/);
    const silent = await site.stack.command(words(), { quiet: true, env: secrets() });
    assert.notEqual(silent.code, 0);
    assert.match(silent.stderr, /Nobody is here to be asked/);
    assert.deepEqual(await restores(), []);
    assert.equal(existsSync(join(site.places.site, "rebuild.json")), false);
  });

  it("has every guest back byte for byte, each started after what it needs, with times beside the predicted ones", async () => {
    const { code, said, value } = await rebuilt("--yes");
    assert.equal(code, 0, said);
    assert.equal(value.end, "done");
    await assertAllBack();
    const { guests } = value.plan!;
    const measured = value.measured!.guests;
    for (const { guest, startAfter, starts } of guests) {
      assert.ok(measured[guest]?.restored !== undefined, guest);
      if (!starts) continue;
      for (const need of startAfter)
        assert.ok(measured[need]!.started! <= measured[guest].started!, `${need} ${guest}`);
    }
    assert.ok(guests.some(({ starts }) => starts));
    assert.match(
      said,
      /Measured, from the first restore on:[\s\S]*predicted +measured +off by[\s\S]*vm:140 identity +restored /,
    );
    assert.equal(readdirSync(join(site.places.site, "rebuilds")).length, 1);
    assert.equal((await restores()).length, guests.length);
  });

  it("changes nothing when it is run again, and nothing by the site's own `up`", async () => {
    const before = (await restores()).length;
    assert.equal((await rebuilt("--yes")).value.end, "nothing");
    assert.equal((await restores()).length, before);
    const { value, said } = await answer(site, "up", "--yes");
    assert.deepEqual([value.end, value.changes], ["nothing", []], said);
  });

  const store = () => join(site.places.lab, "machines/backup/disk", DATASTORE_PATH);
  /** Files of a guest's backups, its disks' indexes or its configuration, as they lie on the server. */
  const filesOf = (vmid: number, ending: string): string[] =>
    readdirSync(join(store(), "vm", String(vmid)), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(ending))
      .map((file) => join(store(), "vm", String(vmid), file));
  /** Spoils files, and gives back what puts them right. */
  function spoilt(files: readonly string[]): () => void {
    assert.ok(files.length > 0);
    const contents = files.map((file) => [file, readFileSync(file)] as const);
    for (const [file, content] of contents) writeFileSync(file, Buffer.alloc(content.length, 0x5a));
    return () => {
      for (const [file, content] of contents) writeFileSync(file, content);
    };
  }

  it("has all others back when one backup is damaged, which is named with its reason, and that one once it is whole", async () => {
    await loseGuests();
    const mended = spoilt(filesOf(130, ".fidx"));
    const { code, said, value } = await rebuilt("--yes");
    assert.deepEqual([code, value.end], [2, "partly"], said);
    assert.deepEqual(
      value.aside?.map(({ guest, failed }) => [guest, failed]),
      [["vm:130", "restore"]],
    );
    assert.match(said, /All others are back\. NOT back:\n {2}vm:130 tappaas-cicd: not restored: \w/);
    for (const [vmid, disks] of contents) if (vmid !== 130) assert.deepEqual(sums(disksOf(vmid)), sums(disks));
    // What PVE leaves of a restore that failed stays until it is tried again.
    const statuses = new Map((await ownGuests()).map(({ vmid, status }) => [vmid, status]));
    assert.deepEqual([statuses.get(140), statuses.get(130)], ["running", "stopped"]);

    mended();
    const begun = (await restores()).length;
    const again = await rebuilt("--yes");
    assert.deepEqual([again.code, again.value.end], [0, "done"], again.said);
    assert.equal((await restores()).length, begun + 1);
    await assertAllBack();
  });

  it("is shown before anything is restored whose backup cannot even be opened, and which night to take instead", async () => {
    await loseGuests();
    const mended = spoilt(filesOf(130, ".conf.blob"));
    const { code, value } = await rebuilt("--dry-run");
    assert.deepEqual([code, value.end], [0, "shown"]);
    const left = value.left.find(({ guest }) => guest === "tappaas-cicd (130)");
    assert.match(left?.why ?? "", /^its backup of 20\d\d-.* cannot be read: .*--before 20\d\d-/s);
    assert.equal(value.plan!.guests.length, contents.size - 1);
    mended();
    assert.equal((await rebuilt("--yes")).value.end, "done");
  });

  /** Of those that came after the first `begun`; restores of before may have failed, as one of a damaged backup does. */
  const ended = async (begun: number) => (await restores()).slice(begun).filter(({ end }) => end === "OK").length;
  const running = async () => (await ownGuests()).filter(({ status }) => status === "running").length;
  const stackFile = () => join(site.places.backend, ".pulumi/stacks/tappaas-resilience/single-node-rebuild.json");
  const moments: Readonly<Record<string, (begun: number) => Promise<boolean>>> = {
    "its plan was written": () => Promise.resolve(existsSync(join(site.places.site, "rebuild.json"))),
    "its stack was made": () =>
      Promise.resolve(existsSync(stackFile()) && existsSync(join(site.places.site, "rebuild.json"))),
    "its first restore ran": async (begun) => (await restores()).length > begun,
    "its first restore had ended": async (begun) => (await ended(begun)) >= 1,
    "half of them were restored": async (begun) => (await ended(begun)) >= contents.size / 2,
    "its last restore ran": async (begun) => (await restores()).length >= begun + contents.size,
    "all were restored": async (begun) => (await ended(begun)) >= contents.size,
    "the first was started": async () => (await running()) >= 1,
    "half of them were started": async () => (await running()) >= contents.size / 2,
    "all were started": async () => (await running()) >= contents.size,
  };
  /** Every other moment, so that a rebuild gets further from one kill to the next. */
  for (const turn of [0, 1]) {
    const chosen = Object.keys(moments).filter((_, index) => index % 2 === turn);
    it(`finishes after it was killed when ${chosen.join(", when ")}, and restores no guest twice`, async () => {
      // A guest that takes its time to boot leaves each moment long enough to be seen.
      askLab(site.places, "transfer-rates", "--boot", "6");
      await loseGuests();
      const begun = (await restores()).length;
      for (const moment of chosen) {
        await killed(moment, () => moments[moment]!(begun));
        const asked = (await restores()).length;
        assert.equal((await rebuilt("--dry-run")).value.end, "shown", moment);
        assert.equal((await restores()).length, asked, moment);
      }
      const { code, said, value } = await rebuilt("--yes");
      assert.equal(code, 0, said);
      assert.equal(value.end, "done");
      assert.match(said, /A rebuild that was begun goes on/);
      await assertAllBack();
      assert.equal((await restores()).length, begun + contents.size);
      assert.equal(existsSync(join(site.places.site, "rebuild.json")), false);
    });
  }

  it("comes back onto nodes that know of no backup server, with the sheet and a login that only reads", async () => {
    const pbs = pbsOf(site.sheet);
    const { address: place, fingerprint } = Object.values(site.sheet.pbs)[0]!;
    await pbs.createUser({ userid: "reader@pbs" });
    const secret = await pbs.createToken("reader@pbs", "rebuild", {});
    for (const who of ["reader@pbs", "reader@pbs!rebuild"])
      await pbs.grant("/datastore/tappaas_backup", "DatastoreReader", who, true);
    await loseGuests();
    await pve.removeStorage("tappaas_backup");
    const where = ["--pbs", place, "--datastore", "tappaas_backup", "--pbs-fingerprint", fingerprint];
    const all = [...words(), ...where, "--pbs-login", "reader@pbs!rebuild", "--yes"];
    const { code, stdout, stderr } = await site.stack.command(all, { quiet: true, env: { PBS_PASSWORD: secret } });
    assert.equal(code, 0, stderr);
    const { plan } = JSON.parse(stdout) as Rebuilt;
    assert.deepEqual(plan?.source, { storage: "restore-tappaas_backup", made: true });
    await assertAllBack();
    const storages = (await pve.storages()).map(({ storage }) => storage);
    assert.equal(storages.includes("restore-tappaas_backup"), false);
    const { value, said } = await answer(site, "up", "--yes");
    assert.equal(value.end, "applied", said);
    assert.deepEqual(value.harm, []);
  });

  it("is what the program says at its end", async () => {
    const { value, said } = await answer(site, "up", "--yes");
    assert.deepEqual([value.end, value.changes], ["nothing", []], said);
  });
});
