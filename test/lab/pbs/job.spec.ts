import { strict as assert } from "node:assert";

import { order, PbsUnderTest, spareRealServers } from "./support/pbs-under-test";

// Source of all cases: observed on PBS 4.2.3.
describe("prune and verify jobs of the PBS", () => {
  let pbs: PbsUnderTest;

  before(async () => {
    pbs = await PbsUnderTest.open();
  });
  beforeEach(spareRealServers);
  after(() => pbs.close());

  const refusal = async (verb: "GET" | "POST" | "PUT" | "DELETE", path: string, json?: unknown, token?: string) => {
    const { status, text } = await pbs.send(verb, path, {
      ...(json !== undefined && { json }),
      ...(token !== undefined && { token }),
    });
    return `${status} ${text}`;
  };

  for (const { kind, noun } of [
    { kind: "prune", noun: "prune" },
    { kind: "verify", noun: "verification" },
  ]) {
    it(`${kind}: name themselves when they are there already, and when they are not @destructive`, async () => {
      const json = { id: `${kind}-1`, store: "nowhere", schedule: "daily" };
      await pbs.data("POST", `/config/${kind}`, { json });
      const exists = `400 parameter verification failed - 'id': job '${kind}-1' already exists.`;
      assert.equal(await refusal("POST", `/config/${kind}`, json), exists);
      for (const verb of ["GET", "DELETE"] as const) {
        assert.equal(await refusal(verb, `/config/${kind}/absent`), `400 no such ${noun} 'absent'`);
      }
      assert.equal(await refusal("PUT", `/config/${kind}/absent`, {}), `400 no such ${noun} 'absent'`);
    });

    it(`${kind}: may move to another datastore, and to one that is not there @destructive`, async () => {
      await pbs.data("POST", `/config/${kind}`, { json: { id: `${kind}-2`, store: "here", schedule: "daily" } });
      await pbs.data("PUT", `/config/${kind}/${kind}-2`, { json: { store: "there" } });
      const { store } = await pbs.data<{ store: string }>("GET", `/config/${kind}/${kind}-2`);
      assert.equal(store, "there");
    });

    it(`${kind}: are left out of the list, and refused with 400, to who lacks the right @destructive`, async () => {
      await pbs.data("POST", `/config/${kind}`, { json: { id: `${kind}-3`, store: "ours", schedule: "daily" } });
      const token = await pbs.createToken(`${kind}@pbs`);
      assert.deepEqual(await pbs.data("GET", `/config/${kind}`, { token }), []);
      const privilege = kind === "prune" ? "Datastore.Modify" : "Datastore.Verify";
      const denied = `400 missing permissions '${privilege}' on '/datastore/ours'`;
      assert.equal(await refusal("PUT", `/config/${kind}/${kind}-3`, {}, token), denied);
      assert.equal(await refusal("DELETE", `/config/${kind}/${kind}-3`, undefined, token), denied);
    });

    it(`${kind}: refuse a schedule that is none, and keep the one they have @destructive`, async () => {
      await pbs.data("POST", `/config/${kind}`, { json: { id: `${kind}-4`, store: "here", schedule: "sat 04:00" } });
      assert.match(
        await refusal("PUT", `/config/${kind}/${kind}-4`, { schedule: "when I think of it" }),
        /^400 .*'schedule'/,
      );
      const { schedule } = await pbs.data<{ schedule: string }>("GET", `/config/${kind}/${kind}-4`);
      assert.equal(schedule, "sat 04:00");
    });
  }

  it("need a schedule to prune, and keep everything when they keep nothing in particular @destructive", async () => {
    assert.match(
      await refusal("POST", "/config/prune", { id: "p-5", store: "st5" }),
      /'schedule': property is missing/,
    );
    await pbs.createDatastore("st5");
    await pbs.data("POST", "/config/prune", { json: { id: "p-5", store: "st5", schedule: "daily" } });
    for (const time of [1_700_000_000, 1_700_000_100]) await pbs.client("st5").backup(order("101", time));
    const upid = await pbs.data<string>("POST", "/admin/prune/p-5/run", { json: {} });
    assert.equal(await pbs.ended(upid), "OK");
    assert.equal((await pbs.client("st5").list()).length, 2);
  });

  it("refuse to keep none of a kind: 0 is no number here", async () => {
    const json = { id: "p-6", store: "st6", schedule: "daily", "keep-daily": 0 };
    assert.match(
      await refusal("POST", "/config/prune", json),
      /'keep-daily': value must have a minimum value of 1 \(got 0\)$/,
    );
  });

  it("stay silent of disable false and of the root namespace @destructive", async () => {
    const json = { id: "p-7", store: "st7", schedule: "daily", disable: false, ns: "", "keep-last": 3, comment: " c " };
    await pbs.data("POST", "/config/prune", { json });
    assert.deepEqual(await pbs.data("GET", "/config/prune/p-7"), {
      id: "p-7",
      store: "st7",
      schedule: "daily",
      "keep-last": 3,
      comment: "c",
    });
  });

  it("remove what their rules do not keep, and say so in the log of their task only @destructive", async () => {
    await pbs.createDatastore("st8");
    for (const time of [1_700_000_000, 1_700_000_100, 1_700_000_200])
      await pbs.client("st8").backup(order("101", time));
    await pbs.data("POST", "/config/prune", { json: { id: "p-8", store: "st8", schedule: "daily", "keep-last": 1 } });
    const upid = await pbs.data<string>("POST", "/admin/prune/p-8/run", { json: {} });
    assert.equal(await pbs.ended(upid), "OK");
    assert.deepEqual(
      (await pbs.client("st8").list()).map(({ time }) => time),
      [1_700_000_200],
    );
    const log = await pbs.log(upid);
    assert.equal(log.filter((line) => line.startsWith("remove vm/101/")).length, 2);
  });
});
