import { strict as assert } from "node:assert";

import { type Fields } from "../../../provider/objects/fields";
import { create, diff, update } from "../../../provider/objects/life-cycle";
import { pbsStorage } from "../../../provider/objects/pbs-storage";
import { Unfinished } from "../../../provider/objects/refusal";
import { token } from "../../../provider/objects/token";
import { eachOnItsOwnSite, known, KEY_FINGERPRINT } from "../support/test-site";

const TOKEN = "tappaas@pbs!pve";
const RENEW = "PUT /access/users/tappaas@pbs/token/pve";
const WANTED = { userId: "tappaas@pbs", tokenName: "pve" };
const ORDERED = { ...WANTED, rotation: "2026-11-26T10:15:00Z" };
const STORAGE = { storage: "vault", type: "pbs", server: "10.0.0.9", datastore: "main", username: TOKEN };

describe("A new secret for a token", () => {
  const own = eachOnItsOwnSite();
  let seen: Fields;

  beforeEach(async () => {
    own.at.pbs.users.push({ userid: "tappaas@pbs" });
    ({ outputs: seen } = await create(token, own.at.site, known(WANTED), false));
    own.at.pve.storages.push({ ...STORAGE, "encryption-key": KEY_FINGERPRINT });
    own.at.pbs.server.seen.length = 0;
  });

  const rotate = (preview = false) => update(token, own.at.site, seen, known(ORDERED), preview);

  it("is said before it ends anything: which storage gets it, and who is refused then", async () => {
    const { unknown } = await rotate(true);

    assert.deepEqual(unknown, ["secret"]);
    assert.deepEqual(own.at.writes, []);
    assert.match(own.at.told.join(), /tappaas@pbs!pve gets a new secret\. Storage vault is given the new one/);
    assert.match(own.at.told.join(), /Whoever else holds the old secret or that password is refused/);
  });

  it("comes only once the storage has a login that lasts: its user, with a password that nobody keeps", async () => {
    const loginAtRenewal: unknown[] = [];
    own.at.pbs.server.beforeWrite = () => {
      const asked = own.at.pbs.server.seen.at(-1)!;
      if (`${asked.method} ${asked.path}` === RENEW) loginAtRenewal.push(own.at.pve.storages[0]!["username"]);
    };

    const { outputs } = await rotate();

    assert.deepEqual(loginAtRenewal, ["tappaas@pbs"]);
    assert.deepEqual(own.at.pbs.server.writes, ["PUT /access/users/tappaas@pbs", RENEW]);
    assert.deepEqual(own.at.pve.server.writes, ["PUT /storage/vault"]);
    assert.equal(own.at.pve.passwords.get("vault"), own.at.pbs.passwords.get("tappaas@pbs"));
    assert.equal(outputs["secret"], own.at.pbs.secrets.get(TOKEN));
    assert.notEqual(outputs["secret"], seen["secret"]);
    assert.ok(!JSON.stringify(own.at.told).includes(String(outputs["secret"])));
  });

  it("reaches the storage, whose key is not touched", async () => {
    const { outputs } = await rotate();
    const entry = { storage: "vault", server: "10.0.0.9", datastore: "main", username: TOKEN };
    const before = { ...entry, encryptionKeyFingerprint: KEY_FINGERPRINT, password: seen["secret"] };
    own.at.key = { json: "", fingerprint: "" };

    await update(
      pbsStorage,
      own.at.site,
      { ...before, adopted: false },
      known({ ...before, password: outputs["secret"] }),
      false,
    );

    assert.equal(own.at.pve.storages[0]!["username"], TOKEN);
    assert.equal(own.at.pve.passwords.get("vault"), own.at.pbs.secrets.get(TOKEN));
    assert.equal(own.at.pve.storages[0]!["encryption-key"], KEY_FINGERPRINT);
  });

  it("is ordered once: the same order, and none, change nothing", async () => {
    const { outputs } = await rotate();
    assert.deepEqual(diff(token, outputs, known(ORDERED)), []);
    const written = own.at.writes.length;
    await update(token, own.at.site, outputs, known({ ...ORDERED, comment: "other" }), false);
    assert.equal(own.at.pbs.secrets.get(TOKEN), outputs["secret"]);
    assert.equal(own.at.writes.length, written + 1);
  });

  it("whose answer was lost is made once more, and only the last one counts", async () => {
    own.at.pbs.server.cutAfterWork.add(RENEW);
    const { outputs } = await rotate();
    assert.equal(outputs["secret"], own.at.pbs.secrets.get(TOKEN));
  });

  it("that a run before made half way is made again from there, without another password", async () => {
    own.at.pve.storages[0]!["username"] = "tappaas@pbs";
    const { outputs } = await rotate();
    assert.deepEqual(own.at.writes, [RENEW]);
    assert.equal(outputs["secret"], own.at.pbs.secrets.get(TOKEN));
  });

  it("that is not let in goes into the state, and the storage keeps the user's login", async () => {
    own.at.pve.storages[0]!["username"] = "tappaas@pbs";
    own.at.pbs.letsTokensIn = false;
    await assert.rejects(rotate(), (error) => {
      assert.ok(error instanceof Unfinished);
      assert.equal(error.outputs["secret"], own.at.pbs.secrets.get(TOKEN));
      return true;
    });
    assert.equal(own.at.pve.storages[0]!["username"], "tappaas@pbs");
  });

  it("is refused while two storages have the old one, for only one of them would be given it", async () => {
    own.at.pve.storages.push({ ...STORAGE, storage: "other" });
    await assert.rejects(rotate(true), /expected one storage with tappaas@pbs!pve or its user, got vault, other/);
    await assert.rejects(rotate(), /got vault, other/);
    assert.deepEqual(own.at.writes, []);
  });

  it("is refused where the nodes cannot be reached", async () => {
    const blind = { ...own.at.site, hasPve: false };
    await assert.rejects(update(token, blind, seen, known(ORDERED), false), /expected to reach the nodes/);
    assert.deepEqual(own.at.writes, []);
  });

  it("is not ordered by a lost state: what is in use is taken over as it is", async () => {
    own.at.pve.active = true;
    const { outputs } = await create(token, own.at.site, known(ORDERED), false);
    assert.equal(outputs["adopted"], true);
    assert.equal(outputs["rotation"], ORDERED.rotation);
    assert.deepEqual(own.at.writes, []);
    assert.deepEqual(diff(token, outputs, known(ORDERED)), []);
  });
});
