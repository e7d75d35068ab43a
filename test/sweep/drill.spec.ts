import { strict as assert } from "node:assert";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import * as z from "zod";

import { type DrillPlan } from "../../estate/drill-plan";
import { type DrillRecord } from "../../planning/drill-record";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { type LabSite } from "../../tools/lab-site/prepare";
import { answer, run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups } from "../engine/support/lab-site";

const NAME = "sweep-drill";
const NODE = "tappaas1";

interface Drilled {
  readonly end: string;
  readonly record?: DrillRecord;
  readonly file?: string;
  readonly left: readonly string[];
}

describe("a drill", function () {
  inOrder(this);
  let site: LabSite;
  let pve: PveClient;
  let client: RestoreClient;
  let untouched: string;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.102");
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
    runBackups(site);
    pve = pveOf(site.sheet, NODE);
    client = new RestoreClient(pve);
    untouched = await everything();
  });

  after(async () => {
    await pve.close();
    forgetLabSite(NAME);
  });

  const CONTENT = z.array(z.looseObject({ volid: z.string() }));
  const drillFile = () => join(site.places.site, "drill.json");
  const begun = () => JSON.parse(readFileSync(drillFile(), "utf8")) as DrillPlan;

  /** Every guest with its configuration, every volume, every storage entry: what a drill may not change. */
  async function everything(): Promise<string> {
    const guests = (await client.guests()).sort((a, b) => a.vmid - b.vmid);
    const configs = await Promise.all(guests.map(({ node, type, vmid }) => client.config({ node, type, vmid })));
    const path = `/nodes/${NODE}/storage/tanka1/content`;
    const volumes = await pve.ask(CONTENT, { method: "GET", path });
    const states = guests.map(({ vmid, status }) => [vmid, status]);
    const storages = (await pve.storages()).map(({ storage }) => storage);
    return JSON.stringify({
      states,
      configs,
      volumes: volumes.map(({ volid }) => volid).sort(),
      storages: storages.sort(),
    });
  }

  const words = (...more: string[]) => [
    "drill",
    "--settings",
    site.places.stackFile,
    "--settle",
    "1",
    "--patience",
    "20",
    "--json",
    ...more,
  ];
  const secrets = () => ({ PBS_PASSWORD: Object.values(site.sheet.pbs)[0]!.logins["root@pam"].password });

  async function drilled(...more: string[]): Promise<{ code: number; said: string; value: Drilled }> {
    const { code, stdout, stderr } = await site.stack.command(words(...more), { quiet: true, env: secrets() });
    assert.notEqual(stdout, "", stderr);
    return { code, said: stderr, value: JSON.parse(stdout) as Drilled };
  }

  /** Begins a drill and kills it, with all that it started, as soon as `moment` has come. */
  async function killed(moment: () => Promise<boolean> | boolean, ...more: string[]): Promise<void> {
    const program = ["--import=tsx", "commands/main.ts", ...words("--yes", ...more)];
    const child = spawn(process.execPath, program, {
      env: { ...site.stack.env, ...secrets() },
      detached: true,
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    while (child.exitCode === null && !(await moment())) await wait(10);
    assert.equal(child.exitCode, null, "it ended before it could be killed");
    process.kill(-child.pid!, "SIGKILL");
    await ended;
  }

  it("is shown before anything is restored, and takes silence for a no", async () => {
    const { value, said } = await drilled("--all", "--dry-run");
    assert.equal(value.end, "shown");
    assert.match(said, /vm:140 identity as vm:990\d on tappaas1: backup of 20/);
    assert.match(said, /no sheet is tried/);
    const silent = await site.stack.command(words(), { quiet: true, env: secrets() });
    assert.notEqual(silent.code, 0);
    assert.match(silent.stderr, /Nobody is here to be asked/);
    assert.equal(await everything(), untouched);
    assert.equal(existsSync(drillFile()), false);
  });

  it("reads a sample back with the sheet, hears it answer from inside, and leaves nothing", async () => {
    const { code, value, said } = await drilled(
      "--yes",
      "--escrow-file",
      site.places.escrowFile,
      "--pbs-login",
      "root@pam",
    );
    assert.equal(code, 0, said);
    assert.equal(value.end, "passed");
    const { guests, key, left } = value.record!;
    assert.equal(guests.length, 2);
    assert.ok(
      guests.some(({ vmid }) => vmid < 200),
      "one on which others stand",
    );
    for (const { upid, isolation, seconds, as } of guests) {
      assert.match(upid ?? "", new RegExp(`restore:${as}:`));
      assert.match(isolation, /network cards taken out: net0/);
      assert.ok(seconds.restore !== undefined);
    }
    assert.equal(key.from, "escrow sheet");
    assert.deepEqual(left, []);
    assert.match(said, /Nothing is left of it: no guest, no volume, no task\./);
    assert.equal(await everything(), untouched);
    assert.equal(existsSync(drillFile()), false);
  });

  it("writes a report that OpenSSH verifies with the site's key, and a changed one does not", () => {
    const folder = join(site.places.site, "drills");
    const [name = ""] = readdirSync(folder).filter((file) => file.endsWith(".json"));
    const verify = (text: string) =>
      spawnSync(
        "ssh-keygen",
        [
          "-Y",
          "verify",
          "-f",
          join(folder, "allowed_signers"),
          "-I",
          "site",
          "-n",
          "tappaas-drill",
          "-s",
          join(folder, `${name}.sig`),
        ],
        { input: text },
      ).status;
    const text = readFileSync(join(folder, name), "utf8");
    assert.equal(verify(text), 0);
    assert.notEqual(verify(text.replace('"answered"', '"runs"')), 0);
  });

  it("is told of in the report: the plan is proven, and which guests are not", async () => {
    const { stdout } = await run(site, "report");
    assert.match(stdout, /A drill of this plan \([0-9a-f]{16}\) passed on 20/);
    assert.match(stdout, /2 of 5 guests came back in a drill; never: /);
    assert.match(stdout, /An escrow sheet opened a backup on 20/);
    const planning = JSON.parse(readFileSync(join(site.places.site, "planning.json"), "utf8")) as {
      measured: { rate: string }[];
    };
    assert.ok(planning.measured.some(({ rate }) => rate === "boot"));
  });

  it("takes those next that waited longest", async () => {
    const [first] = readdirSync(join(site.places.site, "drills")).filter((file) => file.endsWith(".json"));
    const former = JSON.parse(readFileSync(join(site.places.site, "drills", first!), "utf8")) as DrillRecord;
    const { value, said } = await drilled("--dry-run", "--count", "3");
    assert.equal(value.end, "shown");
    for (const { vmid } of former.guests) assert.doesNotMatch(said, new RegExp(`:${vmid} .* as `));
  });

  it("restores what a guest needs with it on a bridge that leads nowhere, hears the services from inside, and leaves nothing", async () => {
    const { code, value, said } = await drilled("--yes", "--guest", "vaultwarden", "--bridge", "drill");
    assert.equal(code, 0, said);
    const guests = value.record?.guests ?? [];
    assert.deepEqual(
      guests.map(({ name, verdict }) => [name, verdict]),
      ["firewall", "identity", "vaultwarden"].map((name) => [name, "answered"]),
    );
    assert.match(guests.at(-1)?.why ?? "", /reaches identity at port 9000; port 8222 answered from inside/);
    assert.deepEqual(value.record?.left, []);
    assert.equal(await everything(), untouched);
  });

  it("restores nothing on a bridge that leads somewhere, and says by what", async () => {
    const { code, stderr } = await site.stack.command(words("--yes", "--bridge", "lan"), {
      quiet: true,
      env: secrets(),
    });
    assert.equal(code, 1);
    assert.match(stderr, /"lan" on tappaas1 has the cable of enp1s0/);
    assert.match(stderr, /Cure: a bridge without ports/);
    assert.equal(await everything(), untouched);
    assert.equal(existsSync(drillFile()), false);
  });

  const moments: Readonly<Record<string, () => Promise<boolean> | boolean>> = {
    "it was written down": () => existsSync(drillFile()),
    "its first restore ran": () => existsSync(drillFile()) && begun().guests[0]?.upid !== undefined,
    "its first guest was marked": () => existsSync(drillFile()) && begun().guests[0]?.marked === true,
    "its first guest ran": async () =>
      (await client.guests()).some(({ vmid, status }) => vmid >= 9900 && status === "running"),
  };
  for (const [moment, hasCome] of Object.entries(moments)) {
    it(`killed when ${moment}, is cleaned up by the next run, which leaves nothing`, async () => {
      await killed(hasCome, "--all");
      const shown = await drilled("--dry-run");
      assert.equal(shown.value.end, "shown");
      assert.match(shown.said, /would be cleaned up first/);
      const { code, value, said } = await drilled("--clean");
      assert.equal(code, 0, said);
      assert.equal(value.end, "cleaned");
      assert.equal(await everything(), untouched);
      assert.equal(existsSync(drillFile()), false);
    });
  }

  it("killed when several guests were there together, is cleaned up by the next run, which leaves nothing", async () => {
    const second = async () =>
      (await client.guests()).filter(({ vmid, status }) => vmid >= 9900 && status === "running").length >= 2;
    await killed(second, "--guest", "vaultwarden", "--bridge", "drill");
    assert.equal((await drilled("--clean")).value.end, "cleaned");
    assert.equal(await everything(), untouched);
  });

  it("killed when only the sheet's storage entry was there, takes it away with its key", async () => {
    const there = async () => (await pve.storages()).some(({ storage }) => storage.startsWith("drill-"));
    await killed(there, "--escrow-file", site.places.escrowFile);
    assert.equal((await drilled("--clean")).value.end, "cleaned");
    assert.equal(await there(), false);
    assert.equal(await everything(), untouched);
  });

  it("destroys no guest of somebody else that appears at its number, and says so", async () => {
    await killed(() => existsSync(drillFile()) && begun().guests[0]?.upid !== undefined, "--guest", "identity");
    const { guests } = begun();
    const vmid = Number(guests[0]!.guest.slice("vm:".length));
    for (let tries = 0; tries < 100 && (await client.tasks(NODE, 0)).some(({ end }) => end === undefined); tries += 1)
      await wait(50);
    await client.destroy({ node: NODE, type: "qemu", vmid });
    const upid = await pve.ask(z.string(), {
      method: "POST",
      path: `/nodes/${NODE}/qemu`,
      parameters: { vmid, name: "somebodys" },
    });
    await client.end(NODE, upid);
    const { code, value, said } = await drilled("--yes");
    assert.equal(code, 1);
    assert.equal(value.end, "failed");
    assert.match(said, new RegExp(`LEFT: ${vmid} on ${NODE}: .*It was not touched`));
    assert.ok((await client.guests()).some((guest) => guest.vmid === vmid && guest.name === "somebodys"));
    await client.destroy({ node: NODE, type: "qemu", vmid });
    assert.equal((await drilled("--clean")).value.end, "cleaned");
    assert.equal(await everything(), untouched);
  });

  it("fails loudly by name for a guest whose backup is broken, tries the others, and leaves nothing", async () => {
    breakBackupOf("610");
    const { code, value, said } = await drilled("--all", "--yes");
    assert.equal(code, 1);
    assert.equal(value.end, "failed");
    const broken = value.record!.guests.filter(({ verdict }) => verdict === "failed").map(({ vmid }) => vmid);
    assert.deepEqual(broken, [610]);
    assert.match(said, /610 vaultwarden: FAILED: (?:task UPID|its backup cannot be read)/);
    assert.equal(value.record!.guests.length, 5);
    assert.deepEqual(value.record!.left, []);
    assert.equal(await everything(), untouched);
    const { stdout } = await run(site, "report");
    assert.match(stdout, /Unproven: no drill of this plan/);
  });

  /** Some bytes of what the server holds of a guest become others. */
  function breakBackupOf(vmid: string): void {
    const files = readdirSync(site.places.lab, { recursive: true, encoding: "utf8" });
    const own = files.filter((file) => file.includes(`/vm/${vmid}/`) && file.endsWith(".fidx"));
    assert.ok(own.length > 0, "no backup of it was found");
    for (const file of own) {
      const bytes = readFileSync(join(site.places.lab, file));
      writeFileSync(
        join(site.places.lab, file),
        bytes.map((byte, at) => (at > 4_096 ? byte ^ 0xff : byte)),
      );
    }
  }
});
