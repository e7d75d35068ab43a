import { strict as assert } from "node:assert";

import { userOf } from "../../../provider/clients/login";
import { type Fields } from "../../../provider/objects/fields";
import { create, diff, inputsOf, read, remove, update } from "../../../provider/objects/life-cycle";
import { pbsStorage } from "../../../provider/objects/pbs-storage";
import { eachOnItsOwnSite, known, KEY_FINGERPRINT, TestSite } from "../support/test-site";

const OLD = "tappaas@pbs!pve";
const NEW = "tappaas@pbs!pve-2";
const WANTED: Fields = {
  storage: "vault",
  server: "10.0.0.9",
  datastore: "main",
  username: OLD,
  password: "old-token-secret",
  encryptionKeyFingerprint: KEY_FINGERPRINT,
};
const LIVING = {
  storage: "vault",
  type: "pbs",
  content: "backup",
  server: "10.0.0.9",
  datastore: "main",
  username: OLD,
};
const OTHER_KEY = KEY_FINGERPRINT.replaceAll("0e", "0f");

describe("The storage entry of a PBS", () => {
  const own = eachOnItsOwnSite();
  beforeEach(() => own.at.pbs.secrets.set(OLD, "old-token-secret"));

  it("is made with login and key, and the key is in neither outputs nor messages", async () => {
    const { outputs } = await create(pbsStorage, own.at.site, known(WANTED), false);
    assert.deepEqual(outputs, { ...WANTED, adopted: false });
    assert.equal(own.at.pve.passwords.get("vault"), "old-token-secret");
    const { data } = JSON.parse(own.at.key.json) as { data: string };
    assert.ok(!JSON.stringify([outputs, own.at.told]).includes(data));
  });

  it("is planned without the key at hand", async () => {
    own.at.key = { json: "", fingerprint: "" };
    await create(pbsStorage, own.at.site, known(WANTED), true);
    assert.deepEqual(own.at.writes, []);
  });

  it("is not made with another key than the program names", async () => {
    own.at.key = { ...own.at.key, fingerprint: OTHER_KEY };
    await assert.rejects(
      create(pbsStorage, own.at.site, known(WANTED), false),
      /expected the key 0e:.*got a key file with 0f:/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("is not made with a login that may not write yet", async () => {
    own.at.pbs.privileges = () => ({ "Sys.Audit": true });
    await assert.rejects(create(pbsStorage, own.at.site, known(WANTED), false), /to have Datastore\.Backup on/);
    assert.deepEqual(own.at.writes, []);
  });

  it("is made once when the connection is cut after PVE has made it", async () => {
    own.at.pve.server.cutAfterWork.add("POST /storage");
    await create(pbsStorage, own.at.site, known(WANTED), false);
    assert.deepEqual(own.at.pve.server.writes, ["POST /storage"]);
  });

  it("is adopted unchanged when it is equal", async () => {
    own.at.pve.storages.push({ ...LIVING, port: 8007, "encryption-key": KEY_FINGERPRINT.toUpperCase() });
    const { outputs } = await create(pbsStorage, own.at.site, known(WANTED), false);
    assert.equal(outputs["adopted"], true);
    assert.deepEqual(own.at.writes, []);
  });

  it("is refused when it is a storage of another type", async () => {
    own.at.pve.storages.push({ storage: "vault", type: "dir" });
    await assert.rejects(create(pbsStorage, own.at.site, known(WANTED), true), /to be of type pbs, got type dir/);
  });

  it("does not exchange its key without an acceptance, not even when the adoption list names it", async () => {
    own.at.pve.storages.push({ ...LIVING, "encryption-key": OTHER_KEY });
    own.at.adoptions.push("pve:PbsStorage/vault");
    await assert.rejects(
      create(pbsStorage, own.at.site, known(WANTED), true),
      /the key "0f:.*gives way to "0e:[^]*weaken-encryption/,
    );
  });

  it("gets its key back in place when it was lost, after a refresh has shown it", async () => {
    own.at.pve.storages.push({ ...LIVING });
    const { outputs } = (await read(pbsStorage, own.at.site, "vault", { ...WANTED, adopted: false }))!;
    assert.deepEqual(diff(pbsStorage, outputs, known(WANTED)), ["encryptionKeyFingerprint"]);
    await update(pbsStorage, own.at.site, outputs, known(WANTED), false);
    assert.equal(own.at.pve.storages[0]!["encryption-key"], KEY_FINGERPRINT);
    assert.deepEqual(own.at.writes, ["PUT /storage/vault"]);
  });

  it("that is given its first key counts what lies open from before, and leaves it there", async () => {
    own.at.pve.storages.push({ ...LIVING });
    own.at.adoptions.push("pve:PbsStorage/vault");
    const group = { ns: "", type: "vm", owner: OLD };
    own.at.pbs.groups.push({ ...group, id: "110", times: [1, 2], open: true }, { ...group, id: "140", times: [3] });
    await create(pbsStorage, own.at.site, known(WANTED), false);
    assert.match(own.at.told.join(), /2 of 3 backup snapshots from before lie unencrypted in main \(vm\/110\)/);
    assert.deepEqual(own.at.writes, ["PUT /storage/vault", "PUT /storage/vault"]);
  });

  it("is never moved to another server or datastore", async () => {
    own.at.pve.storages.push({ ...LIVING, "encryption-key": KEY_FINGERPRINT });
    for (const change of [{ server: "10.0.0.1" }, { datastore: "other" }]) {
      const refused = update(
        pbsStorage,
        own.at.site,
        { ...WANTED, adopted: false },
        known({ ...WANTED, ...change }),
        true,
      );
      await assert.rejects(refused, /cannot be changed there, and it is never replaced/);
    }
  });

  it("changes port, nodes and fingerprint in place and touches neither login nor key", async () => {
    own.at.pve.storages.push({ ...LIVING, "encryption-key": KEY_FINGERPRINT });
    const wanted = { ...WANTED, port: 8107, nodes: ["b", "a"], fingerprint: OTHER_KEY };
    await update(pbsStorage, own.at.site, { ...WANTED, adopted: false }, known(wanted), false);
    const [put] = own.at.pve.server.seen.filter(({ method }) => method === "PUT");
    assert.deepEqual(Object.keys(put!.parameters).sort(), ["delete", "fingerprint", "nodes", "port"]);
  });

  it("is not removed, and its key with it, while a backup job uses it", async () => {
    own.at.pve.storages.push({ ...LIVING, "encryption-key": KEY_FINGERPRINT });
    own.at.pve.jobs.push({ id: "nightly", storage: "vault" });
    await assert.rejects(
      remove(pbsStorage, own.at.site, { ...WANTED, adopted: false }),
      /used by backup jobs: nightly/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("shows no change after an import, although its password cannot be read", async () => {
    own.at.pve.storages.push({ ...LIVING, port: 8007, nodes: "a,b", "encryption-key": KEY_FINGERPRINT });
    const { outputs } = (await read(pbsStorage, own.at.site, "vault", undefined))!;
    const program = { ...inputsOf(pbsStorage, outputs), password: "old-token-secret" };
    assert.deepEqual(diff(pbsStorage, outputs, known(program)), []);
  });

  it("counts as gone only with the right to see it", async () => {
    own.at.pve.privileges = () => ({});
    own.at.pve.blind = true;
    await assert.rejects(read(pbsStorage, own.at.site, "vault", undefined), /Datastore\.Audit on \/storage\/vault/);
  });
});

describe("A storage that switches to a new token", () => {
  const own = eachOnItsOwnSite();
  const seen = { ...WANTED, adopted: false };
  const switched = known({ ...WANTED, username: NEW, password: "new-token-secret" });

  beforeEach(() => {
    prepare(own.at);
  });

  it("ends with the new token, and every group that was the old one's or the user's is the new one's", async () => {
    await update(pbsStorage, own.at.site, seen, switched, false);
    assert.equal(own.at.pve.storages[0]!["username"], NEW);
    assert.equal(own.at.pve.passwords.get("vault"), "new-token-secret");
    assert.deepEqual(owners(own.at), { "vm/110": NEW, "vm/130": NEW, "vm/999": "someone@pbs", "a: vm/110": OLD });
  });

  it("works in the preview by looking only", async () => {
    await update(pbsStorage, own.at.site, seen, switched, true);
    assert.deepEqual(own.at.writes, []);
  });

  it("goes the same way after the state was lost, without an adoption entry", async () => {
    await create(pbsStorage, own.at.site, switched, false);
    assert.equal(own.at.pve.storages[0]!["username"], NEW);
    assert.equal(owners(own.at)["vm/110"], NEW);
  });

  it("does not begin when the new token may not write, and the old login stays", async () => {
    own.at.pbs.privileges = (_path, authorization) =>
      authorization.includes(NEW) ? { "Datastore.Audit": true } : { "Datastore.Audit": true, "Sys.Audit": true };
    await assert.rejects(
      update(pbsStorage, own.at.site, seen, switched, false),
      /pve-2 to have Datastore\.Backup on \/datastore\/main/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("does not give the user a fresh password while another storage logs in with the old one", async () => {
    own.at.pve.storages.push({ storage: "second", type: "pbs", username: "tappaas@pbs" });
    await assert.rejects(update(pbsStorage, own.at.site, seen, switched, false), /storage second uses it/);
    assert.deepEqual(own.at.writes, []);
  });

  it("refuses a login of another user, to whom the groups do not belong", async () => {
    const stranger = known({ ...WANTED, username: "else@pbs!pve", password: "x-secret" });
    await assert.rejects(
      update(pbsStorage, own.at.site, seen, stranger, false),
      /another user could not go on with them/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("lets tonight's backup work wherever it was stopped, and the next run finishes it", async () => {
    await update(pbsStorage, own.at.site, seen, switched, false);
    const steps = own.at.writes.length;
    assert.ok(steps >= 5, `a switch of ${steps} steps proves little`);
    for (let stop = 0; stop <= steps; stop++) {
      for (const lost of [false, true]) {
        await own.at.stop();
        own.at = await freshSite();
        await stoppedAfter(own.at, stop, () => update(pbsStorage, own.at.site, seen, switched, false));
        assert.equal(tonight(own.at), "", `stopped after ${stop} of ${steps} requests`);
        if (lost) await create(pbsStorage, own.at.site, switched, false);
        else await update(pbsStorage, own.at.site, seen, switched, false);
        assert.equal(own.at.pve.storages[0]!["username"], NEW);
        assert.deepEqual(owners(own.at), { "vm/110": NEW, "vm/130": NEW, "vm/999": "someone@pbs", "a: vm/110": OLD });
      }
    }
  });
});

describe("A storage that switched half way from a token that nobody remembers", () => {
  const own = eachOnItsOwnSite();
  const next = "tappaas@pbs!nodes";
  const wanted = known({ ...WANTED, username: next, password: "new-token-secret" });

  beforeEach(() => {
    prepare(own.at);
    own.at.pbs.secrets.set(next, "new-token-secret");
    own.at.pbs.passwords.set("tappaas@pbs", "fresh and forgotten");
    own.at.pve.storages[0]!["username"] = "tappaas@pbs";
    own.at.pve.passwords.set("vault", "fresh and forgotten");
  });

  it("finishes with every group that its own jobs write, so that tonight's backup works", async () => {
    own.at.pve.jobs.push({ id: "nightly", storage: "vault", vmid: "110,130" });
    await create(pbsStorage, own.at.site, wanted, false);
    assert.equal(tonight(own.at), "");
    assert.deepEqual([owners(own.at)["vm/110"], owners(own.at)["vm/130"]], [next, next]);
  });

  it("takes nothing from another site that writes beside it with a token of the same user", async () => {
    own.at.pve.jobs.push(
      { id: "nightly", storage: "vault", vmid: "110" },
      { id: "other", storage: "elsewhere", vmid: "130" },
    );
    await create(pbsStorage, own.at.site, wanted, false);
    assert.deepEqual([owners(own.at)["vm/110"], owners(own.at)["vm/130"]], [next, OLD]);
  });

  it("finishes with every group when its job takes all guests", async () => {
    own.at.pve.jobs.push({ id: "nightly", storage: "vault", all: 1 });
    await create(pbsStorage, own.at.site, wanted, false);
    assert.equal(tonight(own.at), "");
  });
});

describe("A group that is begun while a storage switches", () => {
  const own = eachOnItsOwnSite();

  it("belongs to the user for a moment, and goes to the new token before the switch ends", async () => {
    prepare(own.at);
    // As if a backup of a new guest had begun when the storage logged in as the user.
    const before = own.at.site.pve();
    const site = { ...own.at.site };
    const original = before.updateStorage.bind(before);
    const watching = Object.create(before, {
      updateStorage: {
        value: async (storage: string, settings: Record<string, string>) => {
          if (settings["username"] === NEW)
            own.at.pbs.groups.push({ ns: "", type: "vm", id: "610", owner: "tappaas@pbs", times: [1] });
          return original(storage, settings);
        },
      },
    }) as typeof before;
    const wanted = known({ ...WANTED, username: NEW, password: "new-token-secret" });
    await update(pbsStorage, { ...site, pve: () => watching }, { ...WANTED, adopted: false }, wanted, false);
    assert.equal(owners(own.at)["vm/610"], NEW);
  });
});

/** A storage on the old token, the new token made and allowed, groups of several owners. */
function prepare(at: TestSite): void {
  at.pve.storages.push({ ...LIVING, "encryption-key": KEY_FINGERPRINT });
  at.pve.passwords.set("vault", "old-token-secret");
  at.pbs.secrets.set(OLD, "old-token-secret").set(NEW, "new-token-secret");
  at.pbs.users.push({ userid: "tappaas@pbs" });
  at.pbs.groups.push(
    { ns: "", type: "vm", id: "110", owner: OLD, times: [1] },
    { ns: "", type: "vm", id: "130", owner: "tappaas@pbs", times: [1] },
    { ns: "", type: "vm", id: "999", owner: "someone@pbs", times: [1] },
    { ns: "a", type: "vm", id: "110", owner: OLD, times: [1] },
  );
  // The old token cannot go on with what the user owns, before the switch as in it.
  at.pbs.groups.splice(1, 1, { ns: "", type: "vm", id: "130", owner: OLD, times: [1] });
}

function owners(at: TestSite): Record<string, string> {
  return Object.fromEntries(at.pbs.groups.map(({ ns, type, id, owner }) => [`${ns && `${ns}: `}${type}/${id}`, owner]));
}

async function freshSite(): Promise<TestSite> {
  const at = new TestSite();
  await at.start();
  prepare(at);
  return at;
}

/** Runs `work` until it has sent so many changing requests; the next one never leaves. */
async function stoppedAfter(at: TestSite, requests: number, work: () => Promise<unknown>): Promise<void> {
  let left = requests;
  const stop = () => {
    if (left-- <= 0) throw new Error("killed");
  };
  at.pbs.server.beforeWrite = stop;
  at.pve.server.beforeWrite = stop;
  await work().catch(() => undefined);
  at.pbs.server.beforeWrite = undefined;
  at.pve.server.beforeWrite = undefined;
}

/**
 * Why tonight's backup of the storage's own guests would fail, by PBS's rule: the login must be valid, and own the group or
 * be the user whose token owns it. Empty when it works.
 */
function tonight(at: TestSite): string {
  const { username } = at.pve.storages[0]! as { username: string };
  const password = at.pve.passwords.get("vault");
  const valid = username.includes("!") ? at.pbs.secrets.get(username) : at.pbs.passwords.get(username);
  if (password !== valid) return `${username} has another secret`;
  const own = at.pbs.groups.filter(({ ns, owner }) => ns === "" && userOf(owner) === "tappaas@pbs");
  const refused = own.filter(({ owner }) => owner !== username && userOf(owner) !== username);
  return refused.map(({ id, owner }) => `vm/${id}: backup owner check failed (${username} != ${owner})`).join("; ");
}
