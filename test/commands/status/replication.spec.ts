import { strict as assert } from "node:assert";

import {
  failoverAlarms,
  spanText,
  standingLines,
  standingsOf,
  type Runs,
  type SeenFailover,
  type SeenJob,
} from "../../../commands/status/replication";
import { failoverOf } from "../../../estate/failover";
import { identity, inventoryOf, module, settingsWith, threeNodes } from "../../estate/site";
import { THREE_NODES } from "../../estate/three-node-site";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-11-21T08:00:00Z") / 1_000;

const failover = failoverOf(
  settingsWith(THREE_NODES),
  inventoryOf([module("identity", identity)], threeNodes),
  undefined,
);

function site(
  job: Partial<SeenJob> | undefined = {},
  runs: Partial<Runs> = {},
  others: Partial<SeenFailover> = {},
): SeenFailover {
  const went = { now: NOW, lastSync: NOW - 4 * MINUTE, failures: 0, error: undefined, ...runs };
  const found = { id: "140-0", target: "tappaas2", schedule: "*/15", disabled: false, holder: "tappaas1", runs: went };
  return {
    jobs: [{ ...found, ...job }],
    services: [{ sid: "vm:140", state: "started" }],
    quorate: true,
    device: undefined,
    master: "tappaas1",
    ...others,
  };
}

const texts = (seen: SeenFailover) => failoverAlarms(failover, seen).map(({ what, text }) => `${what}: ${text}`);

describe("the state of failover", () => {
  it("says for each guest where it would come up, and how much work would be lost this minute", () => {
    assert.deepEqual(standingsOf(failover, site()), [
      {
        guest: "vm:140",
        name: "identity",
        runsOn: "tappaas1",
        replicaOn: "tappaas2",
        isKnown: true,
        lastSync: "2026-11-21T07:56:00.000Z",
        lostNow: 4 * MINUTE,
        promised: HOUR,
        failures: 0,
        troubles: [],
      },
    ]);
    assert.deepEqual(standingLines(standingsOf(failover, site()), site()), [
      "The cluster has a majority; HA is led by tappaas1.",
      "guest            runs on   replica on  last sync                 lost now  promised   failures",
      "vm:140 identity  tappaas1  tappaas2    2026-11-21T07:56:00.000Z  4 min     1 h 0 min  0",
    ]);
    assert.deepEqual(texts(site()), []);
  });

  it("goes by the clock of the node that replicates, and not by the clock of whoever asks", () => {
    const [slow] = standingsOf(failover, site({}, { now: 1_000 * HOUR, lastSync: 1_000 * HOUR - 30 }));
    assert.equal(slow?.lostNow, 30);
  });

  it("tells of the first failure, in PVE's own words, while the promise still holds", () => {
    const failed = site({}, { failures: 1, error: "cannot receive: out of space" });
    assert.deepEqual(texts(failed), [
      "failover of vm:140 identity: replication 140-0 to tappaas2 failed once, last with " +
        '"cannot receive: out of space"; PVE tries again; `pvesr status` on tappaas1 says more',
    ]);
  });

  it("tells of a run that hangs, which fails nowhere and holds up all others", () => {
    assert.deepEqual(texts(site({}, { lastSync: NOW - 35 * MINUTE })), []);
    const [hung] = texts(site({}, { lastSync: NOW - 36 * MINUTE }));
    assert.match(hung ?? "", /no run of 140-0 has ended for 36 min, and none failed/);
  });

  it("tells that more would be lost than is promised", () => {
    const late = texts(site({}, { lastSync: NOW - 61 * MINUTE, failures: 4 }));
    assert.ok(late.some((text) => text.includes("1 h 1 min of work would be lost, and 1 hour is promised")));
  });

  it("takes a replica that was never whole for none: all would be lost", () => {
    const seen = site({}, { lastSync: 0 });
    assert.deepEqual(
      standingsOf(failover, seen).map(({ lastSync, lostNow }) => [lastSync, lostNow]),
      [[undefined, undefined]],
    );
    assert.match(texts(seen)[0] ?? "", /never had a whole copy/);
    assert.match(standingLines(standingsOf(failover, seen), seen)[2] ?? "", /never +all/);
  });

  it("is silent about nothing that it could not see", () => {
    assert.match(texts({ ...site(), jobs: [] })[0] ?? "", /there is no replication 140-0/);
    assert.match(texts(site({ runs: undefined }))[0] ?? "", /tappaas1, which has it, does not answer/);
    assert.match(texts(site({ holder: undefined }))[0] ?? "", /no guest of its number is seen/);
    assert.match(texts(site({ disabled: true }))[0] ?? "", /switched off/);
  });

  it("tells that HA does not watch a guest, or has given up on it", () => {
    assert.match(texts(site({}, {}, { services: [] }))[0] ?? "", /HA does not watch it/);
    assert.match(texts(site({}, {}, { services: [{ sid: "vm:140", state: "error" }] }))[0] ?? "", /has given up/);
  });

  it("tells that the cluster has no majority, or that nobody leads", () => {
    assert.match(texts(site({}, {}, { quorate: false }))[0] ?? "", /no majority/);
    assert.match(texts(site({}, {}, { master: undefined }))[0] ?? "", /no node leads HA/);
    assert.deepEqual(failoverAlarms({ ...failover, guests: [] }, site({}, {}, { master: undefined })), []);
  });

  it("tells that a QDevice does not vote, while there still is a majority", () => {
    const at = (votes: boolean) => site({}, {}, { device: { host: "10.0.0.40", votes } });
    assert.deepEqual(texts(at(true)), []);
    assert.match(texts(at(false)).join(), /^cluster: its QDevice at 10\.0\.0\.40 does not vote: .*corosync-qnetd/);
    const alone = { ...site(), master: undefined };
    assert.deepEqual(standingLines([], alone), ["No guest fails over, and HA watches nothing."]);
    assert.match(standingLines([], at(true))[0] ?? "", /A QDevice at 10\.0\.0\.40 votes\.$/);
  });

  it("tells of other people's replication when it fails, and of nothing else of theirs", () => {
    const theirs = (failures: number): SeenFailover => {
      const { jobs, ...rest } = site();
      const runs = { now: NOW, lastSync: NOW - 10 * HOUR, failures, error: "no route" };
      return { ...rest, jobs: [...jobs, { ...jobs[0]!, id: "900-3", runs }] };
    };
    assert.deepEqual(texts(theirs(0)), []);
    assert.match(texts(theirs(2))[0] ?? "", /^replication 900-3: .*failed 2 times, last with "no route"/);
  });

  it("says spans as people do", () => {
    assert.deepEqual([0, 59, 60, 3_599, 3_600, 90_000].map(spanText), [
      "0 s",
      "59 s",
      "1 min",
      "59 min",
      "1 h 0 min",
      "1 d 1 h",
    ]);
  });
});
