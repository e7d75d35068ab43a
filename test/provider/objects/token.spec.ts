import { strict as assert } from "node:assert";

import { create, diff, read, remove } from "../../../provider/objects/life-cycle";
import { Unfinished } from "../../../provider/objects/refusal";
import { token } from "../../../provider/objects/token";
import { isNamedAfter, predecessors } from "../../../provider/objects/token-name";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = { userId: "tappaas@pbs", tokenName: "pve" };

describe("A token", () => {
  const own = eachOnItsOwnSite();
  beforeEach(() => own.at.pbs.users.push({ userid: "tappaas@pbs" }));

  it("is made once, tried, and its secret goes to the state alone", async () => {
    const { id, outputs } = await create(token, own.at.site, known(WANTED), false);
    assert.equal(id, "tappaas@pbs!pve");
    assert.equal(outputs["secret"], own.at.pbs.secrets.get("tappaas@pbs!pve"));
    assert.deepEqual(outputs["superseded"], []);
    assert.ok(
      own.at.pbs.server.seen.some(({ authorization }) => authorization.startsWith("PBSAPIToken=tappaas@pbs!pve:")),
    );
    assert.deepEqual(own.at.told, []);
  });

  describe("whose secret nobody holds", () => {
    beforeEach(() => {
      own.at.pbs.tokens.push({ tokenid: "tappaas@pbs!pve" }, { tokenid: "tappaas@pbs!other" });
      own.at.pbs.secrets.set("tappaas@pbs!pve", "unknown to us");
    });

    it("is never made to show another: a second one is made, and the first is listed", async () => {
      const { outputs } = await create(token, own.at.site, known(WANTED), false);
      assert.equal(outputs["tokenId"], "tappaas@pbs!pve-2");
      assert.deepEqual(outputs["superseded"], ["tappaas@pbs!pve"]);
      assert.equal(own.at.pbs.secrets.get("tappaas@pbs!pve"), "unknown to us");
      assert.deepEqual(own.at.writes, ["POST /access/users/tappaas@pbs/token/pve-2"]);
      assert.match(own.at.told.join(), /Remove the older/);
    });

    it("gives way in the preview too, which names the second and makes none", async () => {
      const { id, outputs, unknown } = await create(token, own.at.site, known(WANTED), true);
      assert.equal(id, "tappaas@pbs!pve-2");
      assert.equal(outputs["tokenId"], "tappaas@pbs!pve-2");
      assert.ok(unknown.includes("secret"));
      assert.deepEqual(own.at.writes, []);
    });

    it("is taken over without its secret where a storage logs in with it and is let in", async () => {
      own.at.pve.storages.push({ storage: "s", type: "pbs", username: "tappaas@pbs!pve" });
      own.at.pve.active = true;
      const { outputs } = await create(token, own.at.site, known(WANTED), false);
      assert.equal(outputs["tokenId"], "tappaas@pbs!pve");
      assert.equal(outputs["secret"], undefined);
      assert.equal(outputs["adopted"], true);
      assert.deepEqual(own.at.writes, []);
    });

    it("is not taken over where a storage logs in with it and is turned away", async () => {
      own.at.pve.storages.push({ storage: "s", type: "pbs", username: "tappaas@pbs!pve" });
      const { outputs } = await create(token, own.at.site, known(WANTED), false);
      assert.equal(outputs["tokenId"], "tappaas@pbs!pve-2");
    });
  });

  it("whose secret was lost with the connection gives way to the next name, and is listed", async () => {
    own.at.pbs.server.cutAfterWork.add("POST /access/users/tappaas@pbs/token/pve");
    const { outputs } = await create(token, own.at.site, known(WANTED), false);
    assert.equal(outputs["tokenId"], "tappaas@pbs!pve-2");
    assert.deepEqual(outputs["superseded"], ["tappaas@pbs!pve"]);
  });

  it("that is made and not let in goes into the state with its secret, so that none is made again", async () => {
    own.at.pbs.letsTokensIn = false;
    await assert.rejects(create(token, own.at.site, known(WANTED), false), (error) => {
      assert.ok(error instanceof Unfinished);
      assert.equal(error.outputs["tokenId"], "tappaas@pbs!pve");
      assert.equal(error.outputs["secret"], own.at.pbs.secrets.get("tappaas@pbs!pve"));
      return true;
    });
  });

  it("keeps its secret through a refresh, and is gone only when it is certain", async () => {
    const { outputs } = await create(token, own.at.site, known(WANTED), false);
    const again = await read(token, own.at.site, "tappaas@pbs!pve", outputs);
    assert.deepEqual(again?.outputs, outputs);
    own.at.pbs.privileges = () => ({});
    await assert.rejects(read(token, own.at.site, "tappaas@pbs!pve", outputs), /Sys\.Audit on \/access\/users/);
  });

  it("that is imported has no secret, and nothing is left to change", async () => {
    own.at.pbs.tokens.push({ tokenid: "tappaas@pbs!pve" });
    const found = await read(token, own.at.site, "tappaas@pbs!pve", undefined);
    assert.equal(found?.outputs["secret"], undefined);
    assert.deepEqual(diff(token, found!.outputs, known(WANTED)), []);
  });

  it("is not removed while a storage logs in with it, for its next backup would be refused", async () => {
    const { outputs } = await create(token, own.at.site, known(WANTED), false);
    own.at.pve.storages.push({ storage: "s", type: "pbs", username: "tappaas@pbs!pve" });
    await assert.rejects(remove(token, own.at.site, outputs), /PVE storage s still uses it/);
    assert.equal(own.at.pbs.tokens.length, 1);
    own.at.pve.storages.length = 0;
    await remove(token, own.at.site, outputs);
    assert.equal(own.at.pbs.tokens.length, 0);
  });

  it("takes for its successors only what is named after it, and no other site's", () => {
    assert.deepEqual(predecessors("u@pbs!pve-3"), ["u@pbs!pve", "u@pbs!pve-2"]);
    assert.deepEqual(predecessors("u@pbs!pve"), []);
    assert.deepEqual(predecessors("u@pbs!site-1"), []);
    assert.ok(isNamedAfter("pve-2", "pve") && !isNamedAfter("pve-1", "pve") && !isNamedAfter("pve-x", "pve"));
  });
});
