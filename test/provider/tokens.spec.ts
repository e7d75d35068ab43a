import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { OBJECTS } from "../../provider/objects/registry";
import * as ha from "../../provider/sdk/high-availability";
import * as notifications from "../../provider/sdk/notifications";
import * as pbs from "../../provider/sdk/pbs";
import { Provider } from "../../provider/sdk/provider";
import * as restored from "../../provider/sdk/restored-guest";
import * as s3 from "../../provider/sdk/s3";
import { ServerBootstrap } from "../../provider/sdk/server-bootstrap";
import * as pve from "../../provider/sdk/pve";
import { PushJob } from "../../provider/sdk/push";
import * as sync from "../../provider/sdk/sync";
import { TunnelConnector } from "../../provider/sdk/tunnel-connector";
import { schemaText } from "../../provider/service/schema";
import { VERSION } from "../../provider/version";
import { mockPulumi, registered } from "../support/mocks";

/** Type tokens are identities in the states of sites: one that changes makes every resource of it a new one. */
const TOKENS = [
  "resilience:pbs:Acl",
  "resilience:pbs:Datastore",
  "resilience:pbs:FormerRight",
  "resilience:pbs:NotificationMatcher",
  "resilience:pbs:NotificationTarget",
  "resilience:pbs:PruneJob",
  "resilience:pbs:PushJob",
  "resilience:pbs:Remote",
  "resilience:pbs:S3Datastore",
  "resilience:pbs:S3Endpoint",
  "resilience:pbs:ServerBootstrap",
  "resilience:pbs:SyncJob",
  "resilience:pbs:Token",
  "resilience:pbs:User",
  "resilience:pbs:VerifyJob",
  "resilience:pve:BackupJob",
  "resilience:pve:ClusterOptions",
  "resilience:pve:FirstSync",
  "resilience:pve:GuestStart",
  "resilience:pve:HaResource",
  "resilience:pve:HaRule",
  "resilience:pve:NotificationMatcher",
  "resilience:pve:NotificationTarget",
  "resilience:pve:PbsStorage",
  "resilience:pve:Replication",
  "resilience:pve:RestoredGuest",
  "resilience:pve:StartupOrder",
  "resilience:pve:TunnelConnector",
];

interface Schema {
  readonly name: string;
  readonly resources: Record<
    string,
    { inputProperties: Record<string, { secret?: boolean }>; requiredInputs: string[] }
  >;
}

describe("The provider's type tokens", () => {
  const schema = JSON.parse(schemaText()) as Schema;

  it("are these, and stay these", () => {
    assert.deepEqual(OBJECTS.map(({ token }) => token).sort(), TOKENS);
    assert.deepEqual(Object.keys(schema.resources).sort(), TOKENS);
    assert.equal(schema.name, "resilience");
  });

  it("stand in the decision that fixes them", () => {
    const decision = readFileSync("docs/decisions/0003-provider-tokens.md", "utf8");
    assert.deepEqual([...decision.matchAll(/`(resilience:\w+:\w+)`/g)].map(([, token]) => token).sort(), TOKENS);
  });

  it("are those of the classes that programs use, and their secrets are marked", async () => {
    const registrations = await mockPulumi();
    const made = [
      new pbs.Datastore("a", { name: "main", path: "/a" }),
      new pbs.PruneJob("a", { jobId: "nightly", store: "main", schedule: "daily" }),
      new pbs.VerifyJob("a", { jobId: "reread", store: "main", schedule: "daily" }),
      new sync.Remote("a", { remote: "home", host: "b", authId: "a@pbs!pull", password: "p" }),
      new sync.SyncJob("a", { jobId: "from-home", store: "copies", remote: "home", remoteStore: "main" }),
      new s3.S3Endpoint("a", { endpointId: "aws", endpoint: "b", region: "c", accessKey: "k", secretKey: "s" }),
      new s3.S3Datastore("a", {
        ...{ name: "copies", path: "/cache", endpointId: "aws", bucket: "one", mode: "append-only" as const },
        ...{ endpoint: "b", region: "c", accessKey: "k", secretKey: "s" },
      }),
      new PushJob("a", {
        ...{ jobId: "to-there", store: "main", remote: "there", remoteStore: "mine" },
        ...{ host: "backup.example.org", authId: "me@pbs!push", password: "P" },
      }),
      new ServerBootstrap("a", {
        vmid: 130,
        machine: "backup-130",
        disk: "/dev/a",
        datastore: "main",
        timeZone: "UTC",
        userId: "a@pbs",
        tokenName: "pve",
      }),
      new pbs.User("a", { userId: "a@pbs" }),
      new pbs.Token("a", { userId: "a@pbs", tokenName: "pve" }),
      new pbs.Acl("a", { path: "/", role: "Audit", authId: "a@pbs" }),
      new pbs.FormerRight("a", { path: "/", role: "Admin", authId: "a@pbs", datastore: "main", login: "a@pbs!pve" }),
      new pve.PbsStorage("a", {
        storage: "a",
        server: "b",
        datastore: "main",
        username: "u",
        password: "p",
        encryptionKeyFingerprint: "f",
      }),
      new pve.BackupJob("a", {
        jobId: "j",
        storage: "a",
        schedule: "daily",
        vmids: [100],
        encryptionKeyFingerprint: "f",
      }),
      new ha.Replication("a", { jobId: "140-0", home: "one", target: "two" }),
      new ha.FirstSync("a", { jobId: "140-0", limit: "1 hour" }),
      new ha.ClusterOptions("a", { shutdownPolicy: "migrate" }),
      new ha.HaResource("a", { guest: "vm:140" }),
      new ha.HaRule("a", { rule: "ha-a", guests: ["vm:140"], nodes: ["one:2", "two:1"] }),
      new ha.StartupOrder("a", { guest: "vm:140", order: 2 }),
      new restored.RestoredGuest("a", {
        guest: "vm:140",
        archive: "main:backup/vm/140/2026-11-20T21:00:00Z",
        node: "one",
        login: "root@pam!up",
        freeSince: "2026-11-21T08:00:00Z",
      }),
      new restored.GuestStart("a", { guest: "vm:140", startsWithNode: true, limit: "10 minutes" }),
      new TunnelConnector("a", { vmid: 611, machine: "connector", token: "t" }),
      new notifications.NotificationTarget("a", { name: "phone", address: "https://push.example/x" }),
      new notifications.NotificationMatcher("a", { name: "failing", targets: ["phone"] }),
      new notifications.NotificationTarget("a", { sender: "pbs", name: "phone", address: "https://push.example/x" }),
      new notifications.NotificationMatcher("a", { sender: "pbs", name: "failing", targets: ["phone"] }),
      new Provider("a", { pbsEndpoint: "https://b:8007" }),
    ];
    await registered(...made);
    const types = registrations.everything.map(({ type }) => type).filter((type) => type.startsWith("resilience"));
    assert.deepEqual(types.sort(), TOKENS);
    assert.deepEqual(registrations.requestOf("a", "resilience:pbs:Token").getAdditionalsecretoutputsList(), ["secret"]);
    const bootstrap = registrations.requestOf("a", "resilience:pbs:ServerBootstrap");
    assert.deepEqual(bootstrap.getAdditionalsecretoutputsList(), ["secret"]);
    assert.deepEqual(registrations.requestOf("a", "resilience:pbs:Remote").getAdditionalsecretoutputsList(), [
      "password",
    ]);
    for (const [token, secrets] of [
      ["resilience:pbs:S3Endpoint", ["secretKey"]],
      ["resilience:pbs:S3Datastore", ["secretKey", "formerSecretKey"]],
    ] as const) {
      assert.deepEqual(registrations.requestOf("a", token).getAdditionalsecretoutputsList(), secrets);
    }
    assert.deepEqual(registrations.requestOf("a", "resilience:pve:PbsStorage").getAdditionalsecretoutputsList(), [
      "password",
    ]);
  });

  it("offer each input that the objects take, under the same name", () => {
    for (const object of OBJECTS) {
      const { inputProperties } = schema.resources[object.token]!;
      assert.deepEqual(Object.keys(inputProperties), Object.keys(object.inputs.shape));
      for (const field of object.secrets)
        if (field in inputProperties) assert.equal(inputProperties[field]!.secret, true);
    }
  });

  it("are of the version that the package has", () => {
    for (const file of ["package.json", "provider/package.json"]) {
      assert.equal((JSON.parse(readFileSync(file, "utf8")) as { version: string }).version, VERSION);
    }
  });

  it("compare every input that can be read or is kept, so that no change passes unseen", () => {
    for (const object of OBJECTS) {
      const open = Object.keys(object.inputs.shape).filter((field) => !(field in object.meanings));
      assert.deepEqual(open, object.token === "resilience:pbs:Datastore" ? ["reuse"] : []);
    }
  });
});
