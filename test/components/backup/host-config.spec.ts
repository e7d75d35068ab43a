import { strict as assert } from "node:assert";

import { BackupLogin } from "../../../components/backup/backup-login";
import { Datastore } from "../../../components/backup/datastore";
import { EncryptionKey } from "../../../components/backup/encryption-key";
import { HOST_ARCHIVES } from "../../../components/backup/host-archives";
import { HostConfig, hostConfigProblems, type ConfiguredGuest } from "../../../components/backup/host-config";
import { HOST_CONFIG_REMOVAL, HOST_CONFIG_SCRIPT } from "../../../components/backup/host-config-script";
import { PbsStorage } from "../../../components/backup/pbs-storage";
import { defined } from "../../../estate/units/defined";
import { mockPulumi, registered, settled, type Registrations } from "../../support/mocks";

const FINGERPRINT = `0E:${"ab:".repeat(30)}d4`;
const COMMAND = "command:remote:Command";

const SITE = ({ type }: { type: string }) =>
  type === "resilience:pbs:Token" ? { tokenId: "tappaas@pbs!pve", secret: "LOGIN-SECRET", superseded: [] } : {};

const shell = { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" };

interface More {
  readonly at?: string;
  readonly address?: string;
  readonly namespace?: string;
  readonly masterPublicKey?: string;
  readonly guests?: readonly ConfiguredGuest[];
}

async function declare({ address = "10.0.0.12", at, namespace, masterPublicKey, guests }: More = {}) {
  const datastore = new Datastore("store", { datastore: "tappaas_backup", path: "/tankc1/tappaas_backup" });
  const login = new BackupLogin("login", { datastore, userId: "tappaas@pbs" });
  const encryptionKey = new EncryptionKey("key", { fingerprint: FINGERPRINT, ...defined({ masterPublicKey }) });
  const server = { address, fingerprint: FINGERPRINT };
  const place = { storage: "tappaas_backup", server, datastore, ...(namespace !== undefined && { namespace }) };
  const storage = new PbsStorage("storage", { ...place, login, encryptionKey });
  const args = { node: "tappaas1", shell, storage, ...defined({ at, guests }) };
  const config = new HostConfig("tappaas1", args);
  await registered(config);
  await settled();
  return config;
}

describe("HostConfig", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(SITE);
  });

  it("tells the node where, as whom, what and when, by the storage's own key, and no secret", async () => {
    const config = await declare();
    assert.deepEqual(
      registrations.ofType(COMMAND)["tappaas1"]?.["stdin"],
      [
        ...["node=tappaas1", "storage=tappaas_backup", "repository=tappaas@pbs!pve@10.0.0.12:8007:tappaas_backup"],
        ...[`fingerprint=${FINGERPRINT}`, "namespace=", "at=20:30", "archive=pve:/etc/pve", "archive=etc:/etc", ""],
      ].join("\n"),
    );
    assert.equal(config.backupGroup, "host/tappaas1");
    const sent = JSON.stringify(registrations.requestOf("tappaas1", COMMAND).toObject());
    assert.equal(sent.includes("LOGIN-SECRET"), false);
  });

  it("names an IPv6 server, a namespace and an hour as the client reads them", async () => {
    await declare({ address: "fd00::12", namespace: "a/b", at: "06:05" });
    const lines = String(registrations.ofType(COMMAND)["tappaas1"]?.["stdin"]).split("\n");
    for (const line of ["repository=tappaas@pbs!pve@[fd00::12]:8007:tappaas_backup", "namespace=a/b", "at=06:05"])
      assert.ok(lines.includes(line), line);
  });

  it("tells the node of a master key where the storage has one, and of each guest with its directories", async () => {
    const masterPublicKey = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    const guests = [{ vmid: 130, name: "tappaas-cicd", directories: ["/home/tappaas/config", "/etc/secrets"] }];
    await declare({ masterPublicKey, guests });
    const lines = String(registrations.ofType(COMMAND)["tappaas1"]?.["stdin"]).split("\n");
    for (const line of ["master=yes", "guest=130:tappaas-cicd:/home/tappaas/config /etc/secrets"])
      assert.ok(lines.includes(line), line);
  });

  it("refuses a guest whose name is taken, or a directory that a shell would read", () => {
    const guest = { vmid: 130, name: "tappaas-cicd", directories: ["/etc/secrets"] };
    const paths = (guests: readonly ConfiguredGuest[]) =>
      hostConfigProblems({ node: "tappaas1", guests }).map(({ path }) => path);
    assert.deepEqual(paths([guest]), []);
    assert.deepEqual(paths([guest, { ...guest, name: "other" }]), ["guests"]);
    assert.deepEqual(paths([{ ...guest, name: "tappaas1" }]), ["guests"]);
    assert.deepEqual(paths([{ ...guest, vmid: 1, name: "a b", directories: [] }]), [
      "guests.0.vmid",
      "guests.0.name",
      "guests.0.directories",
    ]);
    for (const directory of [
      "etc",
      "/",
      "/etc/../root",
      "/etc/./x",
      "/a b",
      "/$(id)",
      "/a;b",
      "/a'b",
      "/a\nb",
      "/etc/",
    ])
      assert.deepEqual(paths([{ ...guest, directories: [directory] }]), ["guests.0.directories"], directory);
    for (const directory of ["/etc/.config", "/srv/..data", "/var/lib/acme/a_b@c+d-1.2"])
      assert.deepEqual(paths([{ ...guest, directories: [directory] }]), [], directory);
  });

  it("takes its timer away when it leaves the program, with a script that knows no server", async () => {
    await declare();
    const command = registrations.ofType(COMMAND)["tappaas1"];
    assert.equal(command?.["create"], HOST_CONFIG_SCRIPT);
    assert.equal(command["delete"], HOST_CONFIG_REMOVAL);
    assert.equal(/proxmox-backup-client|forget|prune/.test(HOST_CONFIG_REMOVAL), false);
    assert.equal(command["logging"], "none");
  });

  it("keeps what makes a node: the cluster's file system, and /etc with network and backup server", () => {
    assert.deepEqual(
      HOST_ARCHIVES.map(({ path }) => path),
      ["/etc/pve", "/etc"],
    );
    for (const { source } of HOST_ARCHIVES) assert.match(source, /^https:\/\/\S+#\w/);
  });

  it("refuses a node or an hour that is none", () => {
    assert.deepEqual(hostConfigProblems({ node: "tappaas1", at: "23:59" }), []);
    assert.deepEqual(
      hostConfigProblems({ node: "a b", at: "24:00" }).map(({ path }) => path),
      ["node", "at"],
    );
  });
});
