import { strict as assert } from "node:assert";

import * as z from "zod";

import { recoveryTime } from "../../planning/recovery-time";
import { PUBLISHED_RATES } from "../../planning/rates";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, pveOf } from "./support/lab-site";

const NAME = "test-node-loss";

/** Guests that ask for failover, with the node that takes over; all are at home on tappaas1. */
const TAKING_OVER = { 110: "tappaas3", 130: "tappaas2", 140: "tappaas2", 610: "tappaas2", 800: "tappaas2" } as const;
const HOME = Object.fromEntries(Object.keys(TAKING_OVER).map((vmid) => [vmid, "tappaas1"]));

/** Seconds of a round of HA. */
const ROUND = 10;

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

  /** What was promised of each loss and what came of it, for whoever wants to compare. */
  const table: Record<string, unknown>[] = [];

  after(() => {
    console.table(table);
  });

  /** Seconds until HA starts a guest elsewhere, without its boot; the lab's guests boot in no time. */
  function promisedTime(master: boolean): { readonly least: number; readonly most: number } {
    const scenario = {
      method: "failover",
      provisioning: "nothing",
      spareNode: false,
      overInternet: false,
      cutOff: false,
    };
    const service = { bytes: { bound: 0, estimate: 0 }, bytesFrom: "" } as Parameters<typeof recoveryTime>[0];
    const { terms } = recoveryTime(
      service,
      { ...scenario, master } as Parameters<typeof recoveryTime>[1],
      PUBLISHED_RATES,
      undefined,
    );
    const until = terms.slice(0, 1 + terms.findIndex(({ name }) => name === "round that starts it"));
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    return { least: sum(until.map(({ bound }) => bound)), most: sum(until.map(({ estimate }) => estimate)) };
  }

  /** Cuts the power of the node on which they run, and sees every 10 s where they are; nothing passes between two looks. */
  async function timesOfLoss(): Promise<{ readonly wasMaster: boolean; readonly found: Record<string, number> }> {
    const { master, failover } = await status();
    askLab(site.places, "speed", "0.001");
    askLab(site.places, "pull-plug", "tappaas1");
    const found: Record<string, number> = {};
    for (let passed = ROUND; passed <= 240; passed += ROUND) {
      passTime(ROUND);
      for (const [vmid, node] of Object.entries(await running("tappaas2"))) {
        assert.equal(node, TAKING_OVER[Number(vmid) as keyof typeof TAKING_OVER]);
        found[vmid] ??= passed;
      }
    }
    askLab(site.places, "speed", "1");
    const wasMaster = master === "tappaas1";
    const { least, most } = promisedTime(wasMaster);
    for (const { guest, promised, lostNow } of failover) {
      const seconds = found[guest.slice(3)];
      const row = {
        lost: `tappaas1${wasMaster ? ", the master" : ""}`,
        guest,
        "promised s": `${least}-${most}`,
        "measured s": seconds,
      };
      table.push({ ...row, "promised loss s": promised, "measured loss s": Math.round(lostNow) });
    }
    return { wasMaster, found };
  }

  /**
   * Each came up within a round of what is promised, and within two of what was measured on real clusters: 123 s, and 181 s when the master
   * was lost. A time is the last look at which a guest was not there yet, for it came within the round after that.
   */
  function assertInTime({ wasMaster, found }: Awaited<ReturnType<typeof timesOfLoss>>): void {
    assert.deepEqual(Object.keys(found), Object.keys(TAKING_OVER));
    const { least, most } = promisedTime(wasMaster);
    for (const [vmid, seen] of Object.entries(found)) {
      const said = `${vmid}: ${seen - ROUND} to ${seen} s, promised ${least} to ${most} s`;
      assert.ok(seen >= least - ROUND && seen - ROUND <= most + ROUND, said);
      assert.ok(Math.abs(seen - ROUND - (wasMaster ? 181 : 123)) <= 2 * ROUND, said);
    }
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
    readonly master?: string;
    readonly failover: readonly {
      guest: string;
      runsOn: string;
      replicaOn: string;
      lostNow: number;
      promised: number;
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
    assertInTime(await timesOfLoss());
    assert.deepEqual(await running("tappaas2"), TAKING_OVER);
  });

  it("has them all at home again after tappaas1 came back, and nothing is left to change", async () => {
    askLab(site.places, "plug-in", "tappaas1");
    passTime(1800);
    assert.deepEqual(await running("tappaas2"), HOME);
    const { end, changes, drift } = await up();
    assert.deepEqual([end, changes, drift], ["nothing", [], []]);
  });

  it("does so again within the time and the loss that are promised, when another node leads HA meanwhile", async () => {
    const before = table.length;
    assertInTime(await timesOfLoss());
    assert.deepEqual(await running("tappaas2"), TAKING_OVER);
    for (const { guest, ...row } of table.slice(before))
      assert.ok(Number(row["measured loss s"]) <= Number(row["promised loss s"]), String(guest));
    assert.equal(new Set(table.map(({ lost }) => lost)).size, 2, "once as the master, and once not");
    askLab(site.places, "plug-in", "tappaas1");
    passTime(1800);
    assert.deepEqual(await running("tappaas2"), HOME);
    const { end, changes: after } = await up();
    assert.deepEqual([end, after], ["nothing", []]);
  });

  for (const lost of ["tappaas2", "tappaas3"]) {
    it(`goes on with every important service while ${lost} is away`, async () => {
      askLab(site.places, "pull-plug", lost);
      passTime(400);
      assert.deepEqual(await running("tappaas1"), HOME);
      table.push({ lost, guest: "none ran there", "promised s": 0, "measured s": 0 });
      askLab(site.places, "plug-in", lost);
      passTime(1800);
      assert.deepEqual(await running("tappaas1"), HOME);
    });
  }
});
