import { strict as assert } from "node:assert";

import * as pulumi from "@pulumi/pulumi";

import {
  NodeBackupServer,
  nodeBackupServerProblems,
  type NodeBackupServerArgs,
} from "../../../components/backup/node-backup-server";
import { mockPulumi, settled, valueOf, type Registrations } from "../../support/mocks";

const FINGERPRINT = Array.from({ length: 32 }, () => "0e").join(":");
const validArgs = {
  node: "tappaas3",
  shell: { host: "10.0.0.12", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" },
  address: "10.0.0.12",
  datastore: "tappaas_backup",
  path: "/tankc1/tappaas_backup",
} as const satisfies NodeBackupServerArgs;

const COMMAND = "command:remote:Command";
const LOGIN = "backup-tappaas3-login";

describe("NodeBackupServer", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(({ type, name }) => {
      if (type !== COMMAND) return {};
      const login = { tokenId: "pulumi@pbs!server-2", secret: "HIDDEN", superseded: ["pulumi@pbs!server"] };
      return { stdout: JSON.stringify(name === LOGIN ? login : { fingerprint: FINGERPRINT, reuse: true }) };
    });
  });

  async function declared(more: Partial<NodeBackupServerArgs> = {}): Promise<NodeBackupServer> {
    const server = new NodeBackupServer("backup", { ...validArgs, ...more });
    await settled();
    return server;
  }

  it("hands out the way to the server as the node itself showed it, its token as a secret", async () => {
    const server = await declared();
    assert.equal(server.endpoint, "https://10.0.0.12:8007");
    assert.equal(await valueOf(server.fingerprint), FINGERPRINT);
    assert.equal(await valueOf(server.holdsBackups), true);
    assert.equal(await valueOf(server.token), "pulumi@pbs!server-2:HIDDEN");
    assert.equal(await pulumi.isSecret(server.token), true);
    const component = registrations.requestOf("backup", "tappaas:backup:NodeBackupServer").toObject();
    assert.ok(!/HIDDEN|PRIVATE/.test(JSON.stringify(component)));
  });

  it("names the tokens whose secrets were lost, in the open", async () => {
    const { superseded } = await declared();
    assert.deepEqual([await valueOf(superseded), await pulumi.isSecret(superseded)], [["pulumi@pbs!server"], false]);
  });

  it("makes its login once and keeps what it printed a secret; the way to the node may change", async () => {
    await declared();
    assert.deepEqual(registrations.optionsOf(LOGIN, COMMAND).ignoreChanges, ["connection", "create", "stdin"]);
    const hidden = registrations.requestOf(LOGIN, COMMAND).getAdditionalsecretoutputsList();
    assert.ok(["stdout", "stderr"].every((output) => hidden.includes(output)));
    assert.equal(registrations.ofType(COMMAND)[LOGIN]?.["stdin"], "node=tappaas3\nuser=pulumi@pbs\ntoken=server\n");
    assert.deepEqual(registrations.optionsOf("backup-tappaas3", COMMAND).ignoreChanges, ["connection"]);
  });

  it("leaves server and login on the node when they leave the program, and has no script that would remove them", async () => {
    await declared();
    for (const name of ["backup-tappaas3", LOGIN]) {
      const { protect, retainOnDelete } = registrations.optionsOf(name, COMMAND);
      assert.deepEqual([protect, retainOnDelete], [true, true]);
      assert.equal(registrations.ofType(COMMAND)[name]?.["delete"], undefined);
    }
  });

  it("makes no login where one is given", async () => {
    const server = await declared({ token: "own@pbs!token:GIVEN" });
    assert.deepEqual(Object.keys(registrations.ofType(COMMAND)), ["backup-tappaas3"]);
    assert.equal(await valueOf(server.token), "own@pbs!token:GIVEN");
    assert.equal(await pulumi.isSecret(server.token), true);
  });

  it("tells the node which certificate is expected, where somebody has compared it", async () => {
    await declared({ fingerprint: FINGERPRINT });
    const { stdin } = registrations.ofType(COMMAND)["backup-tappaas3"] ?? {};
    assert.equal(
      stdin,
      `node=tappaas3\ndatastore=tappaas_backup\npath=/tankc1/tappaas_backup\nfingerprint=${FINGERPRINT}\n`,
    );
  });

  it("names every invalid argument in one error", () => {
    const wrong = { ...validArgs, node: "no node", path: "tankc1", datastore: "a b", fingerprint: "AB" };
    assert.deepEqual(
      nodeBackupServerProblems(wrong).map(({ path }) => path),
      ["node", "datastore", "path", "fingerprint"],
    );
    assert.deepEqual(nodeBackupServerProblems(validArgs), []);
  });
});
