import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { askLab as askSocket } from "../../lab/core/control";
import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { askLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { dayWithHost, DrHostStack, HOST, lendRoom, NIGHTLY, type DrHostWritten } from "../engine/support/dr-host";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pbsOf, pveOf, runBackups } from "../engine/support/lab-site";

const NAME = "sweep-dr-host";
const THEIRS = [110, 130, 140];
const OURS = [3110, 3130, 3140, 3610];

interface Rebuilt {
  readonly end: string;
  readonly plan?: RebuildPlan;
}
interface Content {
  readonly config: Record<string, string>;
  readonly disks: Record<string, { sha256: string }>;
}

describe("a site that comes back on somebody else's node", function () {
  inOrder(this);
  let site: LabSite;
  let oak: DrHostStack;
  let pve: PveClient;
  let theirs: Content[];

  before(async () => {
    forgetLabSite(NAME);
    const day = dayWithHost(join(placesOf(`${NAME}-day`).root));
    site = await freshLabSite(NAME, "127.0.120", { day });
    assert.equal(await observeLabSite(site, true), 0);
    const { value, said } = await answer(site, "up", "--yes");
    assert.equal(value.end, "applied", said);
    runBackups(site);
    oak = new DrHostStack(site);
    await oak.make(await lendRoom(site));
    pve = pveOf(site.sheet, HOST);
    theirs = THEIRS.map(contentOn);
  });
  after(async () => {
    await pve.close();
    forgetLabSite(NAME);
    forgetLabSite(`${NAME}-day`);
  });

  const contentOf = (node: string, vmid: number) =>
    JSON.parse(askLab(site.places, "content", node, String(vmid))) as Content;
  const contentOn = (vmid: number) => contentOf(HOST, vmid);
  const sums = ({ disks }: Content) => Object.values(disks).map(({ sha256 }) => sha256);
  const guests = () => new RestoreClient(pve).guests();
  const restores = async () =>
    (await new RestoreClient(pve).tasks(HOST, 0)).filter(({ type }) => type.endsWith("restore"));

  const command = (...args: string[]) => site.stack.command([...args, "--settings", oak.file], { quiet: true });
  const words = () => ["rebuild", "--settings", oak.file, "--escrow-file", site.places.escrowFile, "--json"];
  async function rebuilt(...more: string[]): Promise<{ code: number; said: string; value: Rebuilt | undefined }> {
    const { code, stdout, stderr } = await site.stack.command([...words(), ...more], { quiet: true });
    return { code, said: stderr, value: stdout === "" ? undefined : (JSON.parse(stdout) as Rebuilt) };
  }

  const refusals: Readonly<Record<string, readonly [DrHostWritten, RegExp]>> = {
    "nobody accepted that its owner can read it": [
      { exposure: undefined },
      /exposure: expected somebody who accepts that whoever is root on oak1/,
    ],
    "that acceptance is over": [
      { exposure: { who: "the owner", why: "home burnt down", until: "2020-01-31" } },
      /exposure\.until: expected an acceptance that counts today/,
    ],
    "a number is taken there": [
      { guests: { offset: 20, without: { "312": "no card" } } },
      /guests\.offset: expected a free number for 110, and 130 is oak-tappaas-cicd \(130\) on oak1/,
    ],
    "a VLAN is in use there": [
      { networks: { lan: "dr0", "lan/210": "lan/610", wan: "lan/3001" } },
      /networks: expected a VLAN that the host does not use, and lan\/610 is used by oak-identity \(140\)/,
    ],
    "a VLAN is the node's own": [
      { networks: { lan: "dr0", "lan/210": "lan/100", wan: "lan/3001" } },
      /lan\/100 is used by the node itself \(lan\.100\)/,
    ],
    "a card would be on its way to the internet": [
      { networks: { lan: "dr0", "lan/210": "lan/3210", wan: "wan" } },
      /networks: expected no card on the host's way to the internet, and wan is on it/,
    ],
    "a card would be in its management network": [
      { networks: { lan: "lan", "lan/210": "lan/3210", wan: "lan/3001" } },
      /networks: expected a network of their own, and lan has the node's own network/,
    ],
    "a card leads nowhere": [
      { networks: { lan: "dr0", wan: "lan/3001" } },
      /networks: expected a network of the host for lan\/210, in which net0 is \(vm:140 identity\)/,
    ],
    "they need more memory than there is": [
      { size: { guests: { "130": { memory: "60 GiB" } } } },
      /size: expected at most .* for all: oak1 has 64\.0 GiB/,
    ],
    "its owner's VLANs are not known": [
      { host: undefined },
      /host\.vlans: expected the VLANs that its owner uses: oak-firewall \(110\) get every VLAN/,
    ],
  };
  for (const [why, [changes, sentence]] of Object.entries(refusals)) {
    it(`is refused, and nothing restored, when ${why}`, async () => {
      oak.write("host" in changes ? { host: { ...(oak.settings()["host"] as object), vlans: undefined } } : changes);
      const { code, said } = await rebuilt("--yes");
      oak.write();
      assert.notEqual(code, 0);
      assert.match(said, sentence);
      assert.deepEqual((await guests()).map(({ vmid }) => vmid).sort(), THEIRS);
      assert.deepEqual(
        (await pve.storages()).filter(({ type }) => type === "pbs"),
        [],
      );
    });
  }

  it("is shown with numbers, networks and times, and with all that others could read there", async () => {
    const { said, value, code } = await rebuilt("--dry-run");
    assert.equal(code, 0, said);
    assert.equal(value?.end, "shown");
    assert.match(
      said,
      /vm:3140 dr-identity on oak1: backup of .*\n.*net0: virtio=BC:24:11:[0-9A-F:]{8},bridge=lan,tag=3210/,
    );
    assert.match(said, /root of oak1, and whoever takes it over: memory and disks of .*vm:3140 dr-identity/);
    assert.match(said, /the encryption key of single-node, in \/etc\/pve\/priv\/storage/);
    assert.match(said, /Accepted by the owner until 2099-12-31: home burnt down/);
    assert.match(said, /vllm-amd \(312\): it does not come along: its graphics card is at home/);
    assert.deepEqual(await restores(), []);
    assert.equal(existsSync(join(oak.folder, "rebuild.json")), false);
  });

  /** Begins one of the commands and kills it, with all that it started, as soon as `moment` has come. */
  async function killed(verb: readonly string[], moment: () => Promise<boolean>): Promise<void> {
    const program = ["--import=tsx", "commands/main.ts", ...verb, "--yes"];
    const child = spawn(process.execPath, program, {
      ...{ env: site.stack.env, detached: true },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    while (child.exitCode === null && !(await moment())) await wait(20);
    assert.equal(child.exitCode, null, `it ended before it could be killed:\n${told}`);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
  }

  it("goes on after it was killed with its plan written, in the middle and at its first start, and restores no guest twice", async () => {
    await killed(words(), () => Promise.resolve(existsSync(join(oak.folder, "rebuild.json"))));
    await killed(words(), async () => (await restores()).filter(({ end }) => end === "OK").length >= 2);
    const ours = async () => (await guests()).filter(({ vmid }) => OURS.includes(vmid));
    await killed(words(), async () => (await ours()).some(({ status }) => status === "running"));
    for (const verb of [
      ["failback", "--escrow-file", site.places.escrowFile],
      ["down", "--confirm", "dr-host"],
    ]) {
      const refused = await command(...verb);
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, /A rebuild is not at its end/);
    }
    const { code, said, value } = await rebuilt("--yes");
    assert.equal(code, 0, said);
    assert.equal(value?.end, "done");
    assert.equal((await restores()).length, OURS.length);
  });

  it("has its guests there byte for byte, under numbers, names, networks and sizes of their own", async () => {
    assert.deepEqual(
      (await guests()).map(({ vmid }) => vmid).toSorted((a, b) => a - b),
      [...THEIRS, ...OURS],
    );
    for (const vmid of OURS) {
      const home = contentOf("tappaas1", vmid - 3000);
      const there = contentOn(vmid);
      assert.deepEqual(sums(there), sums(home));
      assert.equal(there.config["name"], `dr-${home.config["name"]}`);
      assert.match(there.config["tags"]!, /dr-of-single-node/);
      assert.equal(there.config["cpu"], "x86-64-v2-AES");
      for (const line of ["net0", "net1"].flatMap((name) => there.config[name] ?? []))
        assert.match(line, /bridge=dr0(?:,|$)|bridge=lan,tag=3/);
      const addresses = (config: Record<string, string>) => /=[0-9A-F:]{17}/.exec(config["net0"] ?? "")?.[0];
      assert.notEqual(addresses(there.config), addresses(home.config));
    }
    const control = contentOn(3130).config;
    assert.deepEqual([control["memory"], control["cores"]], ["4096", "2"]);
    assert.deepEqual([control["onboot"]], ["1"]);
    assert.ok((await guests()).every(({ status }) => status === "running"));
  });

  it("leaves every guest of the host as it was, byte for byte", () => {
    assert.deepEqual(THEIRS.map(contentOn), theirs);
  });

  it("is backed up every night from then on, and no login or key of the rebuild stays behind", async () => {
    const jobs = await pve.backupJobs();
    assert.deepEqual(
      jobs.map(({ storage, vmid }) => [storage, vmid]),
      [["dr-nightly", OURS.join(",")]],
    );
    assert.deepEqual(
      (await pve.storages()).filter(({ type }) => type === "pbs").map(({ storage }) => storage),
      ["dr-nightly"],
    );
  });

  it("is reported with all that others can read there, and as not accepted once the last day is over", async () => {
    const { code, stdout } = await command("report");
    assert.equal(code, 0);
    assert.match(stdout, /root of oak1, and whoever takes it over: memory and disks of .*vm:3140 dr-identity/);
    oak.write({ exposure: { who: "the owner", why: "home burnt down", until: "2020-01-31" } });
    const over = await command("report");
    oak.write();
    assert.equal(over.code, 1);
  });

  it("is left as it is by a second run", async () => {
    const before = [...THEIRS, ...OURS].map(contentOn);
    const { code, value, said } = await rebuilt("--yes");
    assert.equal(code, 0, said);
    assert.equal(value?.end, "nothing");
    assert.deepEqual([...THEIRS, ...OURS].map(contentOn), before);
    assert.equal((await restores()).length, OURS.length);
  });

  const failback = (...more: string[]) =>
    command("failback", "--escrow-file", site.places.escrowFile, "--json", ...more);

  it("refuses to be taken away while a guest there holds something that is in no backup that was read again, by name", async () => {
    runBackups(site);
    const { code, stderr } = await command("down", "--confirm", "dr-host");
    assert.notEqual(code, 0);
    assert.match(stderr, /vm:3140 dr-identity: it is running, so it writes; its newest backup is of/);
    assert.match(stderr, /Cure: `make failback`/);
    assert.equal((await guests()).length, THEIRS.length + OURS.length);
  });

  it("is shown what going home would do: who is shut down and backed up first, and nothing is done", async () => {
    const before = [...THEIRS, ...OURS].map(contentOn);
    const { code, stderr } = await failback("--dry-run");
    assert.equal(code, 0, stderr);
    for (const vmid of OURS) assert.match(stderr, new RegExp(`vm:${vmid} dr-[a-z-]+: it is running, so it writes`));
    assert.match(stderr, /They would be shut down, one after the other, and backed up once more while they are off/);
    assert.deepEqual([...THEIRS, ...OURS].map(contentOn), before);
    assert.ok((await guests()).every(({ status }) => status === "running"));
  });

  it("goes home, after it was killed on the way, with all that was written there, under its own numbers, names and addresses", async () => {
    const home = OURS.map((vmid) => contentOf("tappaas1", vmid - 3000).config);
    const written = { node: HOST, vmid: 3140, key: "scsi0", offset: 4096, text: "written on somebody else's node" };
    await askSocket(join(site.places.lab, "control.sock"), "write-disk", written);
    await loseHome();
    const goingHome = ["failback", "--settings", oak.file, "--escrow-file", site.places.escrowFile];
    await killed(goingHome, async () => (await guests()).filter(({ status }) => status === "stopped").length >= 2);
    await killed(goingHome, () => Promise.resolve(existsSync(join(site.places.site, "rebuild.json"))));

    const { code, stdout, stderr } = await failback("--yes");
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as Rebuilt).end, "done");
    for (const [index, vmid] of OURS.entries()) {
      const there = contentOf("tappaas1", vmid - 3000);
      assert.deepEqual(sums(there), sums(contentOn(vmid)));
      assert.deepEqual(withoutIdentity(there.config), withoutIdentity(home[index]!));
    }
    assert.match(
      stderr,
      /What is left to do:[\s\S]*A new key for single-node[\s\S]*Remove the logins home@pbs!dr and home@pbs!nightly/,
    );
  });

  it("runs at home and nowhere else then: on the host all are off, and none starts with the node", async () => {
    for (const vmid of OURS) assert.equal(contentOn(vmid).config["onboot"], "0");
    const ours = (await guests()).filter(({ vmid }) => OURS.includes(vmid));
    assert.ok(ours.every(({ status }) => status === "stopped"));
    assert.deepEqual(THEIRS.map(contentOn), theirs);
    const { value, said } = await answer(site, "up", "--yes");
    assert.deepEqual([value.end, value.harm], ["nothing", []], said);
  });

  it("is taken away only then, by name and with its disks, and the backups of what served stay", async () => {
    const declined = await command("down", "--confirm", "another");
    assert.equal(declined.code, 3, declined.stderr);
    assert.equal((await guests()).length, THEIRS.length + OURS.length);
    const { code, stderr } = await command("down", "--confirm", "dr-host");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /DESTROYS vm:3140 dr-identity on oak1 with its disks; all it holds is in the backup of/);
    assert.deepEqual(
      (await guests()).map(({ vmid }) => vmid).toSorted((a, b) => a - b),
      THEIRS,
    );
    assert.deepEqual(THEIRS.map(contentOn), theirs);
    assert.deepEqual(await pve.backupJobs(), []);
    assert.deepEqual(
      (await pve.storages()).filter(({ type }) => type === "pbs"),
      [],
    );
    const kept = await pbsOf(site.sheet, NIGHTLY.server).snapshots(NIGHTLY.datastore, NIGHTLY.namespace);
    const saved = new Set(kept.map((one) => Number(one["backup-id"])));
    assert.deepEqual(
      [...saved].toSorted((a, b) => a - b),
      OURS,
    );
    assert.ok(kept.every(({ fingerprint }) => typeof fingerprint === "string"));
  });

  /** Home's guests are gone with their disks. */
  async function loseHome(): Promise<void> {
    const node = pveOf(site.sheet, "tappaas1");
    const client = new RestoreClient(node);
    for (const { vmid, type, node: name, status } of await client.guests()) {
      const place = { node: name, type, vmid };
      if (status === "running") await client.stop(place);
      if (vmid !== 312) await client.destroy(place);
    }
    await node.close();
  }
});

/** What tells one machine from another is new with each restore. */
function withoutIdentity(config: Record<string, string>): Record<string, string> {
  const changing = ["vmgenid", "smbios1", "scsi0"];
  return Object.fromEntries(Object.entries(config).filter(([name]) => !changing.includes(name)));
}
