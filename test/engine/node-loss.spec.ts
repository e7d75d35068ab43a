import { strict as assert } from "node:assert";

import * as z from "zod";

import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, pveOf } from "./support/lab-site";

const NAME = "test-node-loss";

/** Guests that ask for failover, with the node that takes over; all are at home on tappaas1. */
const TAKING_OVER = { 110: "tappaas3", 130: "tappaas2", 140: "tappaas2", 610: "tappaas2", 800: "tappaas2" } as const;
const HOME = Object.fromEntries(Object.keys(TAKING_OVER).map((vmid) => [vmid, "tappaas1"]));

const RESOURCES = z.array(z.looseObject({ vmid: z.number(), node: z.string(), status: z.string() }));

/** A cluster of three nodes as the program leaves it, and then one of its nodes is gone. */
describe("a site of three nodes that loses one", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.62", referenceStanding("three-node"));
    assert.equal(await observeLabSite(site, true), 0);
    assert.equal((await up()).end, "applied");
    passTime(300);
  });

  after(() => {
    forgetLabSite(NAME);
  });

  async function up(): Promise<{ end: string; changes: unknown[]; drift: unknown[] }> {
    const args = ["up", "--yes", "--settings", site.places.stackFile, "--json"];
    const { code, stdout, stderr } = await site.stack.command(args, { quiet: true });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as { end: string; changes: unknown[]; drift: unknown[] };
  }

  const passTime = (seconds: number): string => askLab(site.places, "pass-time", String(seconds));

  /** Where the important services run, asked of a node that is on. */
  async function running(node: string): Promise<Record<string, string>> {
    const { ask } = pveOf(site.sheet, node);
    const rows = await ask(RESOURCES, { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
    const own = rows.filter(({ vmid, status }) => vmid in TAKING_OVER && status === "running");
    return Object.fromEntries(own.map(({ vmid, node: home }) => [vmid, home]));
  }

  interface Status {
    readonly quorate: boolean;
    readonly failover: readonly {
      guest: string;
      runsOn: string;
      replicaOn: string;
      lostNow: number;
      troubles: string[];
    }[];
  }

  /** `make status`, as an owner asks for it. */
  async function status(): Promise<Status> {
    const args = ["status", "--settings", site.places.stackFile, "--json"];
    const { stdout, stderr } = await site.stack.command(args, { quiet: true });
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as Status;
  }

  it("says where each service would come up, and that less than a quarter of an hour would be lost", async () => {
    const { quorate, failover } = await status();
    assert.equal(quorate, true);
    assert.deepEqual(
      Object.fromEntries(failover.map(({ guest, replicaOn }) => [guest.slice(3), replicaOn])),
      TAKING_OVER,
    );
    for (const { guest, runsOn, lostNow, troubles } of failover) {
      assert.deepEqual([runsOn, troubles], ["tappaas1", []], guest);
      assert.ok(lostNow >= 0 && lostNow <= 16 * 60, `${guest}: ${lostNow} s`);
    }
  });

  it("tells that replication has stopped, with how much would be lost by now, when a receiver hangs", async () => {
    askLab(site.places, "hang-receive", "tappaas2");
    passTime(2 * 3600);
    const { failover } = await status();
    const stuck = failover.filter(({ lostNow }) => lostNow > 3600);
    assert.ok(stuck.length > 0);
    for (const { guest, troubles } of stuck)
      assert.match(troubles.join(" "), /of work would be lost, and 1 hour is promised/, guest);
    assert.match(stuck.flatMap(({ troubles }) => troubles).join(" "), /a reboot of tappaas2 ends/);
    askLab(site.places, "shut-down", "tappaas2", "--reboot");
    passTime(3600);
    assert.deepEqual(
      (await status()).failover.flatMap(({ troubles }) => troubles),
      [],
    );
  });

  it("runs every important service on the node of its replica four minutes after tappaas1 lost its power", async () => {
    assert.deepEqual(await running("tappaas2"), HOME);
    askLab(site.places, "pull-plug", "tappaas1");
    passTime(100);
    assert.deepEqual(await running("tappaas2"), {});
    passTime(140);
    assert.deepEqual(await running("tappaas2"), TAKING_OVER);
  });

  it("has them all at home again after tappaas1 came back, and nothing is left to change", async () => {
    askLab(site.places, "plug-in", "tappaas1");
    passTime(1800);
    assert.deepEqual(await running("tappaas2"), HOME);
    const { end, changes, drift } = await up();
    assert.deepEqual([end, changes, drift], ["nothing", [], []]);
  });

  for (const lost of ["tappaas2", "tappaas3"]) {
    it(`goes on with every important service while ${lost} is away`, async () => {
      askLab(site.places, "pull-plug", lost);
      passTime(400);
      assert.deepEqual(await running("tappaas1"), HOME);
      askLab(site.places, "plug-in", lost);
      passTime(1800);
      assert.deepEqual(await running("tappaas1"), HOME);
    });
  }
});
