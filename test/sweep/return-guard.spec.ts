import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { askLab as askSocket } from "../../lab/core/control";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { placesOf } from "../../tools/lab-site/places";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { dayWithHost, DrHostStack, HOST, lendRoom } from "../engine/support/dr-host";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onNode, pveOf, runBackups } from "../engine/support/lab-site";
import { lendRecord, PREPARED, writeGuard } from "../engine/support/record-place";

const NAME = "sweep-return-guard";
const NODE = "tappaas1";
const FIREWALL = 110;
const OURS = PREPARED.map((vmid) => vmid + 3000);

describe("a site that returns while its guests serve elsewhere", function () {
  inOrder(this);
  let site: LabSite;
  let oak: DrHostStack;
  let pve: PveClient;

  before(async () => {
    forgetLabSite(NAME);
    const day = dayWithHost(join(placesOf(`${NAME}-day`).root));
    site = await freshLabSite(NAME, "127.0.125", { day });
    assert.equal(await observeLabSite(site, true), 0);
    for (const vmid of [FIREWALL, ...PREPARED]) await onNode(site.sheet, NODE, `qm set ${vmid} --onboot 1`);
    const lent = await lendRoom(site);
    await writeGuard(site, await lendRecord(site));
    const { value, said } = await answer(site, "up", "--yes");
    assert.equal(value.end, "applied", said);
    assert.match(said, /Recorded for the nodes: home serves \(1 of 1 places\)/);
    runBackups(site);
    oak = new DrHostStack(site);
    await oak.make(lent);
    oak.write({
      guests: { offset: 3000, without: { "110": "oak has its own", "312": "its graphics card is at home" } },
    });
    pve = pveOf(site.sheet, HOST);
  });
  after(async () => {
    await pve.close();
    forgetLabSite(NAME);
    forgetLabSite(`${NAME}-day`);
  });

  const control = (name: string, fields = {}) => askSocket(join(site.places.lab, "control.sock"), name, fields);
  const lose = () => control("pull-plug", { node: NODE });
  const comeBack = async () => {
    await control("plug-in", { node: NODE });
    await control("pass-time", { seconds: 120 });
    await control("booted");
  };
  const internet = (on: boolean) => control("cut-line", { machines: on ? [] : [NODE] });
  const runningOn = async (client: PveClient, vmids: readonly number[]) =>
    (await new RestoreClient(client).guests())
      .filter(({ vmid, status }) => vmids.includes(vmid) && status === "running")
      .map(({ vmid }) => vmid)
      .sort((a, b) => a - b);
  const atHome = async (vmids = [FIREWALL, ...PREPARED]) => {
    const home = pveOf(site.sheet, NODE);
    try {
      return await runningOn(home, vmids);
    } finally {
      await home.close();
    }
  };
  const onHost = () => runningOn(pve, OURS);
  const command = (...args: string[]) => site.stack.command(args, { quiet: true });
  const words = ["rebuild", "--settings", "", "--escrow-file", "", "--yes", "--json"];
  const rebuildWords = (...more: string[]) => {
    const all = [...words];
    all[2] = oak.file;
    all[4] = site.places.escrowFile;
    return [...all, ...more];
  };
  const guard = (...more: string[]) => command("guard", "--settings", site.places.stackFile, ...more);
  const atHomeOnly = async () => {
    assert.deepEqual(await atHome(), [FIREWALL, ...PREPARED]);
    assert.deepEqual(await onHost(), []);
  };

  it("starts everything after a power cut that nobody used, and says so", async () => {
    await lose();
    await comeBack();
    await atHomeOnly();
    const { code, stdout, stderr } = await guard();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /peer: record 1 of .*: home serves, believed until/);
  });

  it("is seen by the doctor to read its record itself, with the login that lies on the node", async () => {
    const words = ["doctor", "--settings", site.places.stackFile, "--no-proof", "--json"];
    const { checks } = JSON.parse((await command(...words)).stdout) as {
      checks: { name: string; findings: { is: string; says: string }[] }[];
    };
    const seen = checks.filter(({ name }) => name === `guard of ${NODE}`).flatMap(({ findings }) => findings);
    assert.deepEqual(
      seen.map(({ is, says }) => `${is}: ${says}`),
      [`ok: ${NODE} reads peer: record 1 says home`],
    );
  });

  it("is not brought up elsewhere while it serves: the refusal names what would run twice", async () => {
    const { code, stderr } = await command(...rebuildWords("--confirm", "single-node"));
    assert.equal(code, 1);
    assert.match(stderr, /seen from this machine, home serves: node tappaas1 .*these run: .*identity \(140\)/);
    assert.match(stderr, /seen from oak1, over the internet, home serves/);
    assert.match(stderr, /What would run twice, each with data of its own: .*identity \(140\)/);
    assert.deepEqual(await onHost(), []);
    assert.match((await guard()).stdout, /record 1 /);
  });

  it("is not brought up elsewhere by a person who types another name, and nothing is recorded", async () => {
    await lose();
    const { code, stderr } = await command(...rebuildWords("--confirm", "another"));
    assert.notEqual(code, 0);
    assert.match(stderr, /from this machine: node tappaas1 .*: no answer within 3 seconds/);
    assert.match(stderr, /from oak1, over the internet: https:.*: no answer: /);
    assert.match(stderr, /That is another name; nothing was recorded, and no guest was started/);
    assert.deepEqual(await onHost(), []);
    assert.match((await guard()).stdout, /record 1 /);
  });

  it("runs nothing twice when it returns in the middle of the rebuild, which comes to its end", async () => {
    const child = spawn(
      process.execPath,
      ["--import=tsx", "commands/main.ts", ...rebuildWords("--confirm", "single-node")],
      { env: site.stack.env, stdio: ["ignore", "ignore", "pipe"] },
    );
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const restores = async () =>
      (await new RestoreClient(pve).tasks(HOST, 0)).filter(({ type, end }) => type === "qmrestore" && end === "OK");
    while (child.exitCode === null && (await restores()).length === 0) await wait(50);
    assert.equal(child.exitCode, null, told);
    assert.match(
      told,
      /Recorded, before the first guest starts:\n\s+peer: record 2 of .*: 130, 140, 610 serve on dr-host/,
    );
    await comeBack();
    assert.deepEqual(await atHome(), [FIREWALL]);
    assert.equal(await ended, 0, told);
    assert.deepEqual(await onHost(), OURS);
    assert.deepEqual(await atHome(), [FIREWALL]);
  });

  it("keeps in its folder what was seen and typed", () => {
    const folder = join(oak.folder, "failovers");
    const [last = ""] = readdirSync(folder).sort().reverse();
    const kept = JSON.parse(readFileSync(join(folder, last), "utf8")) as {
      evidence: { looks: { from: string; means: string }[] };
      record: { serves: string; guests: number[] };
    };
    assert.deepEqual([kept.record.serves, kept.record.guests], ["dr-host", PREPARED]);
    const silent = kept.evidence.looks.filter(({ means }) => means === "silent").map(({ from }) => from);
    assert.deepEqual(silent, ["this machine", `${HOST}, over the internet`]);
  });

  it("keeps them off at every further start, with and without the internet", async () => {
    for (const on of [true, false]) {
      await internet(on);
      await lose();
      await comeBack();
      assert.deepEqual(await atHome(), [FIREWALL]);
    }
    await internet(true);
    assert.deepEqual(await onHost(), OURS);
  });

  it("says what it keeps off and why, and lets no `up` give it back", async () => {
    const told = await guard();
    assert.equal(told.code, 2);
    assert.match(told.stdout, /tappaas1: holds 3\n\s+130 is held: it is recorded as serving elsewhere/);
    const { code, stderr } = await command("up", "--yes", "--settings", site.places.stackFile);
    assert.equal(code, 1);
    assert.match(stderr, /The return guard keeps guests of single-node off.*140 on tappaas1/);
    assert.deepEqual(await atHome(), [FIREWALL]);
  });

  it("serves them again, and alone, once they went home: the record says so last", async () => {
    const home = pveOf(site.sheet, NODE);
    for (const vmid of PREPARED) await new RestoreClient(home).destroy({ node: NODE, type: "qemu", vmid });
    await home.close();
    const back = ["failback", "--settings", oak.file, "--escrow-file", site.places.escrowFile, "--yes"];
    const { code, stderr } = await command(...back);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Recorded, for home's nodes:\n\s+peer: record 3 of .*: home serves/);
    await atHomeOnly();
    await lose();
    await comeBack();
    await atHomeOnly();
    assert.equal((await guard()).code, 0);
    assert.ok(existsSync(join(oak.folder, "serving.json")));
  });
});
