import { strict as assert } from "node:assert";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

import { parse, stringify } from "yaml";
import * as z from "zod";

import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onNode, pveOf } from "../engine/support/lab-site";
import { HOSTS, twoNodes } from "../engine/support/two-nodes";

const NAME = "test-quorum";
const PREFIX = "127.0.43";
const KEY = "tappaas-resilience:settings";
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYg";

/** Important services, all at home on the first node. */
const IMPORTANT = [110, 130, 140, 610, 800];

const RESOURCES = z.array(z.looseObject({ vmid: z.number(), node: z.string(), status: z.string() }));

interface Upped {
  readonly end: string;
  readonly changes: readonly { readonly op: string; readonly urn: string }[];
  readonly harm: readonly unknown[];
  /** What a person reads of the run. */
  readonly said: string;
}

interface Status {
  readonly quorate: boolean;
  readonly device?: { readonly host: string; readonly votes: boolean };
}

/** Half of two nodes may be lost while a small computer beside them votes. */
describe("a site of two nodes and a quorum device", function () {
  inOrder(this);
  const standing = twoNodes();
  let site: LabSite;

  before(async () => {
    site = await freshLabSite(NAME, PREFIX, standing);
    votesFrom(HOSTS.witness);
    assert.equal(await observeLabSite(site, true), 0);
  });

  after(() => {
    forgetLabSite(NAME, site.places);
    rmSync(standing.program.repository, { recursive: true, force: true });
  });

  /** Writes into the settings which machine votes; none takes the device out. */
  function votesFrom(host: number | undefined): void {
    const file = parse(readFileSync(site.places.stackFile, "utf8")) as { config: Record<string, object> };
    const quorumDevice = host === undefined ? undefined : { address: `${PREFIX}.${host}`, hostKey: HOST_KEY };
    const config = { ...file.config, [KEY]: { ...file.config[KEY], quorumDevice } };
    writeFileSync(site.places.stackFile, stringify({ ...file, config }), { mode: 0o600 });
  }

  async function command(...args: string[]): Promise<{ readonly told: unknown; readonly said: string }> {
    const all = [...args, "--settings", site.places.stackFile, "--json"];
    const { stdout, stderr } = await site.stack.command(all, { quiet: true });
    assert.notEqual(stdout, "", stderr);
    return { told: JSON.parse(stdout) as unknown, said: stderr };
  }

  async function up(): Promise<Upped> {
    const { told, said } = await command("up", "--yes");
    return { ...(told as Omit<Upped, "said">), said };
  }

  const status = async () => (await command("status")).told as Status;
  const alarms = async () =>
    ((await command("watch")).told as { what: string; text: string }[]).map(({ text }) => text);
  const lab = (verb: string, ...rest: string[]) => askLab(site.places, verb, ...rest);

  /** Address of the machine that the cluster is told to ask for a vote. */
  async function voter(): Promise<string | undefined> {
    const shape = z.looseObject({ "QNetd host": z.string().optional() });
    const { ask } = pveOf(site.sheet, "tappaas2");
    return (await ask(shape, { method: "GET", path: "/cluster/config/qdevice" }))["QNetd host"];
  }

  /** Where the important services run, asked of the second node. */
  async function running(): Promise<Record<string, string>> {
    const { ask } = pveOf(site.sheet, "tappaas2");
    const rows = await ask(RESOURCES, { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
    const own = rows.filter(({ vmid, status: is }) => IMPORTANT.includes(vmid) && is === "running");
    return Object.fromEntries(own.map(({ vmid, node }) => [vmid, node]));
  }

  const allOn = (node: string) => Object.fromEntries(IMPORTANT.map((vmid) => [vmid, node]));

  it("is told what to do while that machine lets no node in, and goes on from there once it does", async () => {
    const { end, said, harm } = await up();
    assert.equal(end, "failed");
    assert.match(said, /does not let root of node tappaas1 in; put tappaas1's \/root\/\.ssh\/id_rsa\.pub/);
    assert.deepEqual([harm, await voter()], [[], undefined]);

    lab("let-in", "tappaas1", "witness");
    assert.equal((await up()).end, "applied");
    assert.match((await voter()) ?? "", new RegExp(`\\.${HOSTS.witness}:`));
    assert.deepEqual(await status().then(({ quorate, device }) => [quorate, device?.votes]), [true, true]);
  });

  it("changes nothing the second time", async () => {
    const { end, changes } = await up();
    assert.deepEqual([end, changes], ["nothing", []]);
  });

  it("keeps the machine that votes when another is named, says how that is changed, and harms nothing", async () => {
    votesFrom(HOSTS.other);
    const { said, harm } = await up();
    assert.match(said, /the cluster has one at .*\.40; take that away first \('pvecm qdevice remove'/);
    assert.deepEqual(harm, []);
    assert.match((await voter()) ?? "", new RegExp(`\\.${HOSTS.witness}:`));

    votesFrom(HOSTS.witness);
    assert.equal((await up()).end, "nothing");
  });

  it("says that the device is away, runs on, and lets everything else be applied", async () => {
    lab("pass-time", "1800");
    lab("switch-device", "tappaas1");
    lab("pass-time", "60");
    assert.deepEqual(await status().then(({ quorate, device }) => [quorate, device?.votes]), [true, false]);
    assert.match((await alarms()).join("\n"), /its QDevice at .*\.40.* does not vote: a node lost now may take/);
    const { end, changes } = await up();
    assert.deepEqual([end, changes], ["nothing", []]);
    assert.deepEqual(await running(), allOn("tappaas1"));
  });

  it("is without a majority when a node is lost while the device is away: that is what the vote is for", async () => {
    lab("pull-plug", "tappaas1");
    lab("pass-time", "240");
    assert.deepEqual(await running(), {});
    lab("plug-in", "tappaas1");
    lab("switch-device", "tappaas1", "--on");
    lab("pass-time", "1800");
    assert.deepEqual(await running(), allOn("tappaas1"));
  });

  it("runs every important service on the other node four minutes after one lost its power", async () => {
    lab("pull-plug", "tappaas1");
    lab("pass-time", "240");
    assert.deepEqual(await running(), allOn("tappaas2"));
    lab("plug-in", "tappaas1");
    lab("pass-time", "1800");
    assert.deepEqual(await running(), allOn("tappaas1"));
    const { end, changes } = await up();
    assert.deepEqual([end, changes], ["nothing", []]);
  });

  it("goes on with what runs when it is the node without them that is lost", async () => {
    lab("pull-plug", "tappaas2");
    lab("pass-time", "400");
    const { ask } = pveOf(site.sheet, "tappaas1");
    const rows = await ask(RESOURCES, { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
    const own = rows.filter(({ vmid }) => IMPORTANT.includes(vmid));
    assert.deepEqual(Object.fromEntries(own.map(({ vmid, node, status: is }) => [vmid, `${node} ${is}`])), {
      ...Object.fromEntries(IMPORTANT.map((vmid) => [vmid, "tappaas1 running"])),
    });
    lab("plug-in", "tappaas2");
    lab("pass-time", "1800");
  });

  it("keeps the vote when the settings name it no more, and says that taking it away is a person's step", async () => {
    votesFrom(undefined);
    const { end, said } = await up();
    assert.equal(end, "stopped");
    assert.match(
      said,
      /qdevice .* would be deleted: the device goes on voting, .* a person \(docs\/how-to\/quorum\.md\)/,
    );
    assert.match(said, /Look at quorumDevice in the settings/);
    assert.match((await voter()) ?? "", new RegExp(`\\.${HOSTS.witness}:`));
  });

  it("is without it after that runbook, and is told that two nodes alone have no majority", async () => {
    await onNode(site.sheet, "tappaas1", "pvecm qdevice remove");
    for (const resource of ["qdevice", "qdevice-tappaas1", "qdevice-tappaas2"]) {
      const who = ["--who", "test", "--why", "another machine is to vote"];
      const all = ["release", "--yes", ...who, resource, "--settings", site.places.stackFile];
      const { code, stdout, stderr } = await site.stack.command(all, { quiet: true });
      assert.equal(code, 0, stdout + stderr);
    }
    assert.equal(await observeLabSite(site, true), 0);
    const { end, changes, said } = await up();
    assert.deepEqual([end, changes], ["nothing", []]);
    assert.match(said, /2 nodes have no majority when half of them are away/);
  });
});
