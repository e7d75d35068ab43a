import { strict as assert } from "node:assert";

import { BackupJob, backupJobProblems } from "../../../components/backup/backup-job";
import { BackupLogin, backupLoginProblems } from "../../../components/backup/backup-login";
import { Datastore, datastoreProblems } from "../../../components/backup/datastore";
import { EncryptionKey, encryptionKeyProblems } from "../../../components/backup/encryption-key";
import { FormerRight, formerRightProblems } from "../../../components/backup/former-right";
import { PbsStorage, pbsStorageProblems } from "../../../components/backup/pbs-storage";
import { Retention, retentionProblems } from "../../../components/backup/retention";
import { Verification, verificationProblems } from "../../../components/backup/verification";
import { mockPulumi, registered, valueOf, type Registrations } from "../../support/mocks";

const FINGERPRINT = `0E:${"ab:".repeat(30)}d4`;

/** What only a site could say: the token that it made. */
const SITE = ({ type }: { type: string }) =>
  type === "resilience:pbs:Token" ? { tokenId: "tappaas@pbs!pve", secret: "SECRET", superseded: [] } : {};

/** Every component of the backup, one on the other, as a stack declares them. */
function declareBackup() {
  const datastore = new Datastore("store", { datastore: "tappaas_backup", path: "/tankc1/tappaas_backup" });
  const retention = new Retention("store", { datastore, jobId: "prune-tappaas_backup" });
  const verification = new Verification("store", { datastore, jobId: "verify-tappaas_backup" });
  const login = new BackupLogin("login", { datastore, userId: "tappaas@pbs" });
  const encryptionKey = new EncryptionKey("key", { fingerprint: FINGERPRINT });
  const server = { address: "10.0.0.12", fingerprint: FINGERPRINT };
  const storage = new PbsStorage("storage", { storage: "tappaas_backup", server, datastore, login, encryptionKey });
  const job = new BackupJob("nightly", { jobId: "nightly", storage, vmids: [610, 110], comment: "found by this" });
  const former = new FormerRight("former", { userId: "tappaas@pbs", datastore, login, storage });
  return { datastore, retention, verification, login, encryptionKey, storage, job, former };
}

describe("the nightly backup, declared", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(SITE);
    const { job, retention, verification, login, former } = declareBackup();
    const ends = [job.jobId, retention.pruneJob, verification.verifyJob, login.tokenId];
    await Promise.all([...ends.map((end) => valueOf(end)), valueOf(former.present)]);
  });

  it("only names a right that is too large, unless its end is asked for", () => {
    const right = {
      path: "/datastore/tappaas_backup",
      role: "Admin",
      authId: "tappaas@pbs",
      datastore: "tappaas_backup",
    };
    assert.deepEqual(registrations.ofType("resilience:pbs:FormerRight"), {
      former: { ...right, login: "tappaas@pbs!pve", end: false },
    });
    assert.deepEqual(formerRightProblems({ userId: "tappaas@pbs", role: "admin" }), [
      { path: "role", reason: 'expected a role such as "Admin", got "admin"' },
    ]);
  });

  it("names datastore, path and the times at which nothing else runs", () => {
    assert.deepEqual(registrations.ofType("resilience:pbs:Datastore"), {
      store: { name: "tappaas_backup", path: "/tankc1/tappaas_backup", gcSchedule: "03:00", verifyNew: true },
    });
  });

  it("keeps 7 days, 4 weeks, 12 months and each year for ever, in the root namespace alone", () => {
    assert.deepEqual(registrations.ofType("resilience:pbs:PruneJob"), {
      store: {
        jobId: "prune-tappaas_backup",
        store: "tappaas_backup",
        schedule: "02:00",
        keepDaily: 7,
        keepWeekly: 4,
        keepMonthly: 12,
        keepYearly: 100,
        maxDepth: 0,
      },
    });
  });

  it("rereads what is new, and everything again after 30 days, in every namespace", () => {
    const job = { jobId: "verify-tappaas_backup", store: "tappaas_backup", schedule: "04:00" };
    assert.deepEqual(registrations.ofType("resilience:pbs:VerifyJob"), {
      store: { ...job, ignoreVerified: true, outdatedAfter: 30 },
    });
  });

  it("refuses days that no server counts", () => {
    assert.equal(verificationProblems({ jobId: "verify", reverifyAfter: 0 }).length, 1);
    assert.equal(verificationProblems({ jobId: "verify", reverifyAfter: 1.5 }).length, 1);
    assert.deepEqual(verificationProblems({ jobId: "verify", reverifyAfter: 3650 }), []);
  });

  it("gives user and token the right to write backups, and no right to delete one", () => {
    const right = { path: "/datastore/tappaas_backup", role: "DatastoreBackup", propagate: true };
    assert.deepEqual(registrations.ofType("resilience:pbs:Acl"), {
      "login-user": { ...right, authId: "tappaas@pbs" },
      "login-token": { ...right, authId: "tappaas@pbs!pve" },
    });
  });

  it("logs the nodes in with the token, pins the server's certificate and names the key", () => {
    const [entry] = Object.values(registrations.ofType("resilience:pve:PbsStorage"));
    const { password, ...open } = entry ?? {};
    assert.deepEqual(open, {
      storage: "tappaas_backup",
      server: "10.0.0.12",
      datastore: "tappaas_backup",
      fingerprint: FINGERPRINT,
      username: "tappaas@pbs!pve",
      encryptionKeyFingerprint: FINGERPRINT.toLowerCase(),
    });
    assert.notEqual(password, undefined);
  });

  it("sends the login's secret marked as one", () => {
    const inputs = registrations.requestOf("storage", "resilience:pve:PbsStorage").getObject()?.toJavaScript();
    const password = inputs?.["password"] as Record<string, unknown>;
    assert.equal(password["4dabf18193072939515e22adb298388d"], "1b47061264138c4ac30d75fd1eb44270");
  });

  it("backs up the guests that are named, with the key that the storage has to carry", () => {
    assert.deepEqual(registrations.ofType("resilience:pve:BackupJob"), {
      nightly: {
        jobId: "nightly",
        storage: "tappaas_backup",
        vmids: [110, 610],
        mode: "snapshot",
        schedule: "21:00",
        enabled: true,
        repeatMissed: true,
        notesTemplate: "{{guestname}}",
        notificationMode: "auto",
        comment: "found by this",
        encryptionKeyFingerprint: FINGERPRINT.toLowerCase(),
      },
    });
  });

  it("keeps datastore, login, rights and storage with its key when they leave the program", () => {
    const guarded = [
      ["store", "resilience:pbs:Datastore"],
      ["login", "resilience:pbs:User"],
      ["login-token", "resilience:pbs:Token"],
      ["login-user", "resilience:pbs:Acl"],
      ["login-token", "resilience:pbs:Acl"],
      ["storage", "resilience:pve:PbsStorage"],
    ] as const;
    for (const [name, type] of guarded) {
      const { protect, retainOnDelete } = registrations.optionsOf(name, type);
      assert.deepEqual({ protect, retainOnDelete }, { protect: true, retainOnDelete: true }, `${type} ${name}`);
    }
  });

  it("hands the storage its login only once both rights are there", () => {
    const order = registrations.everything.map(({ type, name }) => `${type} ${name}`);
    const storage = order.indexOf("resilience:pve:PbsStorage storage");
    for (const right of ["resilience:pbs:Acl login-user", "resilience:pbs:Acl login-token"]) {
      assert.ok(order.includes(right) && order.indexOf(right) < storage, `${right} comes before the storage`);
    }
  });

  it("has a parent for every resource", () => {
    const parentless = registrations.everything.filter(
      ({ type, name }) => type.startsWith("resilience:") && registrations.requestOf(name, type).getParent() === "",
    );
    assert.deepEqual(parentless, []);
  });
});

describe("a second way back to the data", () => {
  const masterPublicKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";

  it("goes to the storage with the key, and only its public half", async () => {
    const registrations = await mockPulumi(SITE);
    const { datastore, login } = declareBackup();
    const encryptionKey = new EncryptionKey("second", { fingerprint: FINGERPRINT, masterPublicKey });
    const server = { address: "10.0.0.12" };
    const storage = new PbsStorage("second", { storage: "second", server, datastore, login, encryptionKey });
    await valueOf(storage.storage);
    assert.equal(registrations.ofType("resilience:pve:PbsStorage")["second"]?.["masterPublicKey"], masterPublicKey);

    const problems = encryptionKeyProblems({
      fingerprint: FINGERPRINT,
      masterPublicKey: "-----BEGIN PRIVATE KEY-----\nSECRET",
    });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["masterPublicKey"],
    );
    assert.doesNotMatch(JSON.stringify(problems), /SECRET/);
  });
});

describe("what a backup cannot be declared with", () => {
  it("is a key that is no fingerprint", async () => {
    await mockPulumi();
    assert.throws(() => new EncryptionKey("key", { fingerprint: "0e:ab" }), /expected 32 bytes in hex with colons/);
  });

  it("is a key in its arguments: they take a fingerprint and nothing else", async () => {
    const registrations = await mockPulumi();
    const key = new EncryptionKey("key", { fingerprint: FINGERPRINT });
    await registered(key);
    assert.deepEqual(registrations.requestOf("key", "tappaas:backup:EncryptionKey").getObject()?.toJavaScript(), {});
  });

  const cases: readonly { name: string; paths: readonly string[]; found: () => { path: string }[] }[] = [
    {
      name: "a datastore's relative path",
      paths: ["path"],
      found: () => datastoreProblems({ datastore: "abc", path: "tank" }),
    },
    {
      name: "a datastore's short name",
      paths: ["datastore"],
      found: () => datastoreProblems({ datastore: "ab", path: "/tank" }),
    },
    { name: "a retention of nothing", paths: ["keep"], found: () => retentionProblems({ jobId: "abc", keep: {} }) },
    {
      name: "a retention of half a day",
      paths: ["keep.keepDaily"],
      found: () => retentionProblems({ jobId: "abc", keep: { keepDaily: 0.5 } }),
    },
    {
      name: "a depth that PBS does not know",
      paths: ["maxDepth"],
      found: () => retentionProblems({ jobId: "abc", maxDepth: 8 }),
    },
    { name: "a user without realm", paths: ["userId"], found: () => backupLoginProblems({ userId: "tappaas" }) },
    {
      name: "a server with a path",
      paths: ["server.address"],
      found: () => pbsStorageProblems({ storage: "ab", server: { address: "a/b" } }),
    },
    { name: "a job without guests", paths: ["vmids"], found: () => backupJobProblems({ jobId: "nightly", vmids: [] }) },
    {
      name: "a guest twice",
      paths: ["vmids"],
      found: () => backupJobProblems({ jobId: "nightly", vmids: [110, 110] }),
    },
    {
      name: "a VMID that PVE does not know",
      paths: ["vmids"],
      found: () => backupJobProblems({ jobId: "nightly", vmids: [99] }),
    },
  ];
  for (const { name, paths, found } of cases) {
    it(`is ${name}`, () => {
      assert.deepEqual(
        found().map(({ path }) => path),
        paths,
      );
    });
  }
});
