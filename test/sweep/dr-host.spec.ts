import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { askLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { dayWithHost, DrHostStack, HOST, lendRoom, type DrHostWritten } from "../engine/support/dr-host";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups } from "../engine/support/lab-site";

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

  it("goes on after it was killed in the middle, and restores no guest twice", async () => {
    const program = ["--import=tsx", "commands/main.ts", ...words(), "--yes"];
    const child = spawn(process.execPath, program, {
      env: site.stack.env,
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    const isHalf = async () => (await restores()).filter(({ end }) => end === "OK").length >= 2;
    while (child.exitCode === null && !(await isHalf())) await wait(20);
    assert.equal(child.exitCode, null, told);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
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

  it("is left as it is by a second run", async () => {
    const before = [...THEIRS, ...OURS].map(contentOn);
    const { code, value, said } = await rebuilt("--yes");
    assert.equal(code, 0, said);
    assert.equal(value?.end, "nothing");
    assert.deepEqual([...THEIRS, ...OURS].map(contentOn), before);
    assert.equal((await restores()).length, OURS.length);
  });
});
