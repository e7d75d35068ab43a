import { strict as assert } from "node:assert";

import { acl } from "../../../provider/objects/acl";
import { datastore } from "../../../provider/objects/datastore";
import { create, diff, inputsOf, read, remove, update } from "../../../provider/objects/life-cycle";
import { pruneJob } from "../../../provider/objects/prune-job";
import { Refusal } from "../../../provider/objects/refusal";
import { user } from "../../../provider/objects/user";
import { Refused } from "../support/fake-server";
import { eachOnItsOwnSite, known } from "../support/test-site";

const STORE = { name: "main", path: "/tank/main", gcSchedule: "03:00", verifyNew: true };
const LIVING_STORE = { name: "main", path: "/tank/main", "gc-schedule": "03:00", "verify-new": true };

describe("An object of the site", () => {
  const own = eachOnItsOwnSite();

  describe("when it is made", () => {
    it("is made once and read back, and is ours", async () => {
      const { id, outputs } = await create(datastore, own.at.site, known(STORE), false);
      assert.equal(id, "main");
      assert.deepEqual(outputs, { ...STORE, adopted: false });
      assert.deepEqual(own.at.writes, ["POST /config/datastore"]);
    });

    it("is not made in a preview", async () => {
      const { outputs } = await create(datastore, own.at.site, known(STORE), true);
      assert.deepEqual(outputs, { ...STORE, adopted: false });
      assert.deepEqual(own.at.writes, []);
    });

    it("is not looked for while its name is not known yet", async () => {
      const { id, unknown } = await create(datastore, own.at.site, { known: {}, unknown: new Set(["name"]) }, true);
      assert.equal(id, "");
      assert.deepEqual([...unknown].sort(), ["adopted", "name"]);
      assert.deepEqual(own.at.pbs.server.seen, []);
    });

    it("is not doubled when the connection is cut after the server has made it", async () => {
      own.at.pbs.server.cutAfterWork.add("POST /access/users");
      const { outputs } = await create(user, own.at.site, known({ userId: "a@pbs", comment: "x" }), false);
      assert.equal(outputs["adopted"], false);
      assert.deepEqual(own.at.writes, ["POST /access/users"]);
    });

    it("is not doubled when the cut comes while a task makes the datastore", async () => {
      own.at.pbs.server.cutAfterWork.add("POST /config/datastore");
      await create(datastore, own.at.site, known(STORE), false);
      assert.deepEqual(own.at.writes, ["POST /config/datastore"]);
      assert.equal(own.at.pbs.datastores.length, 1);
    });
  });

  describe("when it exists already", () => {
    for (const preview of [true, false]) {
      const when = preview ? "in the preview" : "in the run";

      it(`is adopted unchanged when it is equal, ${when}`, async () => {
        own.at.pbs.datastores.push(LIVING_STORE);
        const { outputs } = await create(datastore, own.at.site, known(STORE), preview);
        assert.equal(outputs["adopted"], true);
        assert.deepEqual(own.at.writes, []);
      });

      it(`is refused with the difference and the line to write when it differs, ${when}`, async () => {
        own.at.pbs.datastores.push({ ...LIVING_STORE, "gc-schedule": "weekly" });
        const refused = create(datastore, own.at.site, known(STORE), preview);
        await assert.rejects(refused, (error: Error) => {
          assert.ok(error instanceof Refusal);
          assert.match(error.message, /gcSchedule: the site has "weekly", the program says "03:00"/);
          assert.match(error.message, /add "pbs:Datastore\/main" to adoptions/);
          return true;
        });
        assert.deepEqual(own.at.writes, []);
      });
    }

    it("is equal whatever way the server writes the same", async () => {
      own.at.pbs.users.push({ userid: "a@pbs", comment: "x", enable: true });
      const { outputs } = await create(user, own.at.site, known({ userId: "a@pbs", comment: " x " }), false);
      assert.equal(outputs["adopted"], true);
    });

    it("is changed when the adoption list names it, and stays adopted", async () => {
      own.at.pbs.datastores.push({ ...LIVING_STORE, "gc-schedule": "weekly", comment: "old" });
      own.at.adoptions.push("pbs:Datastore/main");
      const { outputs } = await create(datastore, own.at.site, known(STORE), false);
      assert.deepEqual(outputs, { ...STORE, adopted: true });
      assert.deepEqual(own.at.writes, ["PUT /config/datastore/main"]);
    });

    it("is never moved to another path, not even when the adoption list names it", async () => {
      own.at.pbs.datastores.push({ ...LIVING_STORE, path: "/elsewhere" });
      own.at.adoptions.push("pbs:Datastore/main");
      await assert.rejects(create(datastore, own.at.site, known(STORE), false), /cannot be changed/);
      assert.deepEqual(own.at.writes, []);
    });
  });

  describe("when the program changes", () => {
    const seen = { ...STORE, adopted: false };

    it("is changed in place, in the named field only", async () => {
      own.at.pbs.datastores.push(LIVING_STORE);
      assert.deepEqual(diff(datastore, seen, known({ ...STORE, gcSchedule: "daily" })), ["gcSchedule"]);
      const { outputs } = await update(datastore, own.at.site, seen, known({ ...STORE, gcSchedule: "daily" }), false);
      assert.equal(outputs["gcSchedule"], "daily");
    });

    it("is left alone when somebody else changed it since, and says what", async () => {
      own.at.pbs.datastores.push({ ...LIVING_STORE, "gc-schedule": "weekly" });
      const stopped = update(datastore, own.at.site, seen, known({ ...STORE, gcSchedule: "daily" }), true);
      await assert.rejects(
        stopped,
        /changed by someone else[^]*gcSchedule: it is now "weekly", the last run saw "03:00"[^]*pulumi refresh/,
      );
      assert.deepEqual(own.at.writes, []);
    });

    it("goes on when it already is what the program wants, as after an interrupted run", async () => {
      own.at.pbs.datastores.push({ ...LIVING_STORE, "gc-schedule": "daily" });
      const { outputs } = await update(datastore, own.at.site, seen, known({ ...STORE, gcSchedule: "daily" }), false);
      assert.equal(outputs["gcSchedule"], "daily");
    });

    it("is never replaced: a new path is refused with the cure, in the preview too", async () => {
      own.at.pbs.datastores.push(LIVING_STORE);
      const refused = update(datastore, own.at.site, seen, known({ ...STORE, path: "/other" }), true);
      await assert.rejects(
        refused,
        /path: it has "\/tank\/main", the program says "\/other"[^]*keeps its name and its path/,
      );
    });

    it("gives a new token of the same user its right besides the old one's", async () => {
      const right = { path: "/datastore/main", role: "DatastoreBackup" };
      await create(acl, own.at.site, known({ ...right, authId: "a@pbs!pve" }), false);
      const seenAcl = { ...right, authId: "a@pbs!pve", propagate: true, adopted: false };
      await update(acl, own.at.site, seenAcl, known({ ...right, authId: "a@pbs!pve-2" }), false);
      assert.deepEqual(
        own.at.pbs.acl.map(({ ugid }) => ugid),
        ["a@pbs!pve", "a@pbs!pve-2"],
      );
      const stranger = update(acl, own.at.site, seenAcl, known({ ...right, authId: "b@pbs" }), false);
      await assert.rejects(stranger, /expected another login of a@pbs/);
    });
  });

  describe("when it leaves the program", () => {
    it("is released without a word to the site when it was adopted", async () => {
      own.at.pbs.datastores.push(LIVING_STORE);
      await remove(datastore, own.at.site, { ...STORE, adopted: true });
      assert.deepEqual(own.at.pbs.server.seen, []);
    });

    it("is released when the state does not say whose it is", async () => {
      own.at.pbs.datastores.push(LIVING_STORE);
      await remove(datastore, own.at.site, STORE);
      assert.deepEqual(own.at.pbs.server.seen, []);
    });

    it("is forgotten with its data and its jobs left in place when it was ours", async () => {
      own.at.pbs.datastores.push(LIVING_STORE);
      await remove(datastore, own.at.site, { ...STORE, adopted: false });
      const { parameters } = own.at.pbs.server.seen.find(({ method }) => method === "DELETE")!;
      assert.deepEqual(parameters, { "keep-job-configs": "true" });
    });

    it("stays when somebody else changed it since", async () => {
      own.at.pbs.datastores.push({ ...LIVING_STORE, comment: "mine now" });
      await assert.rejects(remove(datastore, own.at.site, { ...STORE, adopted: false }), /changed by someone else/);
      assert.deepEqual(own.at.writes, []);
    });

    it("stays as a user while others made tokens for it", async () => {
      own.at.pbs.users.push({ userid: "a@pbs" });
      own.at.pbs.tokens.push({ tokenid: "a@pbs!theirs" });
      await assert.rejects(remove(user, own.at.site, { userId: "a@pbs", adopted: false }), /a@pbs!theirs/);
      assert.deepEqual(own.at.writes, []);
    });
  });

  describe("when it is not seen", () => {
    const objects = [
      { object: datastore, id: "main", right: "Datastore.Audit", list: "GET /config/datastore" },
      { object: pruneJob, id: "nightly", right: "Datastore.Audit", list: "GET /config/prune" },
      { object: user, id: "a@pbs", right: "Sys.Audit", list: "GET /access/users" },
      { object: acl, id: "/datastore/main?a@pbs?DatastoreBackup", right: "Sys.Audit", list: "GET /access/acl" },
    ];
    for (const { object, id, right, list } of objects) {
      it(`counts as gone only with the right to see it: ${object.token}`, async () => {
        assert.equal(await read(object, own.at.site, id, undefined), undefined);
        own.at.pbs.privileges = () => ({});
        own.at.pbs.blind = true;
        await assert.rejects(
          read(object, own.at.site, id, undefined),
          new RegExp(`expected the right ${right}.*nothing counts as gone`),
        );
      });

      it(`stays in the state while the service is down or refuses: ${object.token}`, async () => {
        for (const refusal of [
          new Refused(400, "client error (Connect)"),
          new Refused(401, "no"),
          new Refused(403, "no"),
          new Refused(500, "no"),
        ]) {
          own.at.pbs.server.refusals.set(list, refusal);
          await assert.rejects(read(object, own.at.site, id, undefined));
        }
      });
    }

    it("counts as gone only with a right that reaches every datastore, for a job that may have moved", async () => {
      own.at.pbs.privileges = () => ({ "Datastore.Audit": false });
      await assert.rejects(read(pruneJob, own.at.site, "nightly", undefined), /propagated, on \/datastore/);
    });
  });

  describe("when it is imported", () => {
    it("gives inputs with which nothing is left to change", async () => {
      own.at.pbs.datastores.push(LIVING_STORE);
      own.at.pbs.users.push({ userid: "a@pbs" });
      own.at.pbs.acl.push({ path: "/datastore/main", roleid: "Audit", ugid: "a@pbs", propagate: false });
      own.at.pbs.pruneJobs.push({
        id: "nightly",
        store: "main",
        schedule: "daily",
        "keep-last": 3,
        ns: "a/b",
        "max-depth": 0,
      });
      const found = [
        { object: datastore, id: "main" },
        { object: user, id: "a@pbs" },
        { object: acl, id: "/datastore/main?a@pbs?Audit" },
        { object: pruneJob, id: "nightly" },
      ];
      for (const { object, id } of found) {
        const { id: own_, outputs } = (await read(object, own.at.site, id, undefined))!;
        assert.equal(own_, id);
        assert.equal(outputs["adopted"], true);
        const inputs = object.inputs.parse(inputsOf(object, outputs));
        assert.deepEqual(diff(object, outputs, known(inputs)), []);
      }
    });

    it("says what an identifier looks like when it is none", async () => {
      await assert.rejects(
        async () => read(acl, own.at.site, "/datastore/main", undefined),
        /expected an entry as path\?login\?role/,
      );
    });
  });

  it("keeps in a refresh what the program wrote where the site means the same", () => {
    const outputs = { userId: "a@pbs", comment: "x", adopted: true };
    assert.deepEqual(inputsOf(user, outputs, { userId: "a@pbs", comment: " x " }), { userId: "a@pbs", comment: " x " });
    assert.deepEqual(inputsOf(user, { ...outputs, comment: "y" }, { userId: "a@pbs", comment: "x" }), {
      userId: "a@pbs",
      comment: "y",
    });
  });
});
