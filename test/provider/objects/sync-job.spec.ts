import { strict as assert } from "node:assert";

import { create, read, remove, update } from "../../../provider/objects/life-cycle";
import { remote } from "../../../provider/objects/remote";
import { syncJob } from "../../../provider/objects/sync-job";
import { eachOnItsOwnSite, known, KEY_FINGERPRINT } from "../support/test-site";

const JOB = {
  jobId: "from-home",
  store: "copies",
  remote: "home",
  remoteStore: "main",
  remoteNamespace: "site",
  schedule: "02:30",
  groupFilters: ["type:vm", "group:ct/610"],
  encryptedOnly: true,
  resyncCorrupt: true,
  rateIn: "10 MB",
};
const LIVING = {
  id: "from-home",
  store: "copies",
  remote: "home",
  "remote-store": "main",
  "remote-ns": "site",
  schedule: "02:30",
  "group-filter": ["type:vm", "group:ct/610"],
  "encrypted-only": true,
  "resync-corrupt": true,
  "rate-in": "10 MB",
};
const SEEN = { ...JOB, adopted: false };

describe("Copies pulled from another backup server", () => {
  const own = eachOnItsOwnSite();

  it("are fetched by a job with what the program says, and nothing else", async () => {
    const { outputs } = await create(syncJob, own.at.site, known(JOB), false);
    assert.deepEqual(outputs, SEEN);
    assert.deepEqual(own.at.pbs.syncJobs, [LIVING]);
  });

  it("are fetched by a job that is there already and says the same in PBS's words", async () => {
    own.at.pbs.syncJobs.push({ ...LIVING, owner: "root@pam", "run-on-mount": false, "sync-direction": "pull" });
    const { outputs } = await create(syncJob, own.at.site, known({ ...JOB, rateIn: "10MB" }), false);
    assert.equal(outputs["adopted"], true);
    assert.deepEqual(own.at.writes, []);
  });

  it("are never pushed: neither may a program say so, nor is such a job taken over", async () => {
    const pushing = syncJob.inputs.safeParse({ ...JOB, direction: "push" });
    assert.match(pushing.error?.message ?? "", /Let the other server pull/);
    own.at.pbs.syncJobs.push({ ...LIVING, "sync-direction": "push" });
    await assert.rejects(
      create(syncJob, own.at.site, known(JOB), true),
      /pbs:SyncJob\/from-home pushes.*let the other/s,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("stay when the source deletes, unless somebody accepts otherwise, from the first run on", async () => {
    const following = create(syncJob, own.at.site, known({ ...JOB, removeVanished: true }), true);
    await assert.rejects(following, /whoever deletes at the source deletes the copies here too.*shorten-retention/s);
  });

  const less = {
    "open backups": [{ encryptedOnly: undefined }, /lie open.*weaken-encryption/s],
    "no hour": [{ schedule: undefined }, /no longer runs by itself.*disable-job/s],
    "other groups": [{ groupFilters: ["type:vm"] }, /other groups.*disable-job/s],
    "fewer levels": [{ maxDepth: 0 }, /fewer levels.*disable-job/s],
    "fewer of each group": [{ transferLast: 3 }, /only the newest 3.*disable-job/s],
    "only what is verified": [{ verifiedOnly: true }, /only what is verified over there.*disable-job/s],
  } as const;
  for (const [what, [change, words]] of Object.entries(less)) {
    it(`take an acceptance for ${what}`, async () => {
      own.at.pbs.syncJobs.push(LIVING);
      const entries = Object.entries({ ...JOB, ...change }).filter(([, value]) => value !== undefined);
      await assert.rejects(update(syncJob, own.at.site, SEEN, known(Object.fromEntries(entries)), true), words);
    });
  }

  it("are told again of all groups by leaving the filter out, and no longer mended by saying so to PBS", async () => {
    own.at.pbs.syncJobs.push(LIVING);
    await update(syncJob, own.at.site, SEEN, known(without(JOB, "groupFilters", "resyncCorrupt")), false);
    assert.equal("group-filter" in own.at.pbs.syncJobs[0]!, false);
    assert.equal(own.at.pbs.syncJobs[0]!["resync-corrupt"], false);
  });

  it("stay where they are: another source or place is another job", async () => {
    own.at.pbs.syncJobs.push(LIVING);
    for (const change of [{ store: "other" }, { namespace: "a" }, { remote: "other" }, { remoteNamespace: "b" }]) {
      await assert.rejects(update(syncJob, own.at.site, SEEN, known({ ...JOB, ...change }), true), /another job/);
    }
  });

  it("count as there while a right hides their job", async () => {
    own.at.pbs.privileges = (path) => (path === "/remote" ? {} : { "Datastore.Audit": true });
    await assert.rejects(read(syncJob, own.at.site, "from-home", SEEN), /Remote\.Audit/);
  });
});

const REMOTE = {
  remote: "home",
  host: "10.0.0.12",
  authId: "vault@pbs!pull",
  password: "the-pull-secret",
  fingerprint: KEY_FINGERPRINT,
};
const THERE = { name: "home", host: "10.0.0.12", "auth-id": "vault@pbs!pull", fingerprint: KEY_FINGERPRINT };

describe("The backup server from which copies are pulled", () => {
  const own = eachOnItsOwnSite();

  it("is entered with its login, and the secret is asked of PBS never again", async () => {
    const { outputs } = await create(remote, own.at.site, known(REMOTE), false);
    assert.equal(outputs["adopted"], false);
    assert.deepEqual(own.at.pbs.remotes, [THERE]);
    assert.equal(own.at.pbs.remotePasswords.get("home"), "the-pull-secret");
    const seen = await read(remote, own.at.site, "home", outputs);
    assert.equal(seen?.outputs["password"], "the-pull-secret");
    assert.equal((await read(remote, own.at.site, "home", undefined))?.outputs["password"], undefined);
  });

  it("is not entered without a secret", async () => {
    await assert.rejects(
      create(remote, own.at.site, known(without(REMOTE, "password")), false),
      /give its password, the secret of vault@pbs!pull/,
    );
    assert.deepEqual(own.at.writes, []);
  });

  it("keeps the login that it has while that works, though the program holds another", async () => {
    own.at.pbs.remotes.push({ ...THERE });
    own.at.pbs.remotePasswords.set("home", "an-older-secret-that-works");
    const { outputs } = await create(remote, own.at.site, known(REMOTE), false);
    assert.equal(outputs["adopted"], true);
    assert.equal(own.at.pbs.remotePasswords.get("home"), "an-older-secret-that-works");
    assert.deepEqual(own.at.writes, []);
  });

  it("gets the program's login where its own no longer works, and is said to be out of reach if neither does", async () => {
    own.at.pbs.remotes.push({ ...THERE });
    own.at.pbs.scans = () => "authentication failed";
    await create(remote, own.at.site, known(REMOTE), false);
    assert.equal(own.at.pbs.remotePasswords.get("home"), "the-pull-secret");
    const [said = ""] = own.at.told;
    assert.match(
      said,
      /does not let this server in yet: .*authentication failed.*Sync jobs from it fail until it does/,
    );
    assert.equal(said.includes("the-pull-secret"), false);
  });

  it("gets a new secret in place", async () => {
    const { outputs } = await create(remote, own.at.site, known(REMOTE), false);
    await update(remote, own.at.site, outputs, known({ ...REMOTE, password: "a-new-secret" }), false);
    assert.equal(own.at.pbs.remotePasswords.get("home"), "a-new-secret");
  });

  it("is refused, and the secret not shown, where another one of that name is there", async () => {
    own.at.pbs.remotes.push({ ...THERE, host: "10.9.9.9" });
    await assert.rejects(
      create(remote, own.at.site, known(REMOTE), true),
      (error: Error) => error.message.includes("10.9.9.9") && !error.message.includes("the-pull-secret"),
    );
  });

  it("goes only when we made it", async () => {
    const { outputs } = await create(remote, own.at.site, known(REMOTE), false);
    await remove(remote, own.at.site, { ...outputs, adopted: true });
    assert.equal(own.at.pbs.remotes.length, 1);
    await remove(remote, own.at.site, outputs);
    assert.deepEqual(own.at.pbs.remotes, []);
  });
});

function without(fields: object, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
