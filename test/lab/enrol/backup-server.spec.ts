import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { undo } from "../../../commands/enrol/undo";
import { SettingsFile } from "../../../commands/settings-file";
import { parseToken } from "../../../provider/clients/login";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { inOrder } from "../../engine/support/in-order";
import { prefixOf } from "../support/pve-site";
import { askPbs } from "../support/whole-site";
import { NodeToEnrol } from "./node-to-enrol";

describe("enrolling a backup server", function () {
  inOrder(this);
  let machine: NodeToEnrol;
  let dayOne: unknown;

  before(async () => {
    machine = await NodeToEnrol.start(prefixOf(75), "backup");
    dayOne = await everything();
  });
  after(() => machine.stop());

  it("shows in a dry run what it would make, and makes nothing", async () => {
    const { steps, done } = await machine.enrol({ backupServer: true, dryRun: true });
    assert.equal(done, false);
    assert.equal(steps.filter(({ change }) => change !== undefined).length, 7);
    assert.deepEqual(await everything(), dayOne);
    assert.equal(machine.secrets.size, 0);
  });

  it("leaves the settings with its fingerprint and a login that may make datastores and rights", async () => {
    const { done } = await machine.enrol({ backupServer: true });
    assert.equal(done, true);
    const { fingerprint } = machine.site.sheet.content.pbs["backup"]!;
    const settings = new SettingsFile(machine.settingsFile);
    assert.deepEqual(settings.get("backupServer"), { address: machine.address.host, fingerprint });
    const rights = await rightsOf("pbsToken", fingerprint);
    for (const privilege of ["Datastore.Allocate", "Permissions.Modify", "Sys.Audit"])
      assert.ok(rights.includes(privilege));
    assert.deepEqual(await rightsOf("pbsObserveToken", fingerprint), ["Datastore.Audit", "Sys.Audit"]);
  });

  it("never says or writes down the secret", () => {
    const secrets = [...machine.secrets.values()].map((line) => line.split(":")[1]!);
    const written = ["enrolment.json", "Pulumi.home.yaml"].map((file) =>
      readFileSync(join(machine.folder, file), "utf8"),
    );
    assert.equal(secrets.length, 2);
    for (const secret of secrets) assert.ok(![...machine.said, ...written].join("\n").includes(secret));
  });

  it("finds nothing to do when it is repeated, and asks nothing", async () => {
    const never = () => Promise.reject(new Error("asked"));
    const changes = { backupServer: true, acceptedHostKey: undefined, isRight: never, goOn: never };
    const { steps } = await machine.enrol(changes);
    assert.deepEqual(
      steps.filter(({ change }) => change !== undefined),
      [],
    );
  });

  it("refuses another backup server than the settings name", async () => {
    const text = readFileSync(machine.settingsFile, "utf8");
    writeFileSync(machine.settingsFile, text.replace(`address: ${machine.address.host}`, "address: 10.0.0.99"));
    await assert.rejects(machine.enrol({ backupServer: true }), /names the backup server 10\.0\.0\.99/);
    writeFileSync(machine.settingsFile, text);
  });

  it("makes a second token when the secret is lost, and leaves the first", async () => {
    machine.secrets.clear();
    const { steps } = await machine.enrol({ backupServer: true });
    const changed = steps.filter(({ change }) => change !== undefined).map(({ thing }) => thing);
    assert.deepEqual(
      changed,
      ["resilience-2", "observe-2"].flatMap((name) => [`token pulumi@pbs!${name}`, `right of pulumi@pbs!${name} on /`]),
    );
  });

  it("takes away by undo exactly what it made", async () => {
    const { undone } = await undo({ ...machine.order(), backupServer: true });
    const secrets = undone.filter((thing) => thing.startsWith("secret"));
    assert.deepEqual(secrets, ["secret pbsToken of the settings", "secret pbsObserveToken of the settings"]);
    assert.deepEqual(await everything(), dayOne);
  });

  async function rightsOf(secret: string, fingerprint: string): Promise<string[]> {
    const login = parseToken(machine.secrets.get(secret)!, "PBS");
    const pbs = new PbsClient({ endpoint: `https://${machine.address.host}:8007`, trust: { fingerprint }, login });
    try {
      return Object.keys(await pbs.privileges("/")).sort();
    } finally {
      await pbs.close();
    }
  }

  /** Everything that enrolling could have changed on the server. */
  async function everything(): Promise<unknown> {
    const users = (await askPbs(machine.site, "GET /access/users?include_tokens=1")) as { userid: string }[];
    const acl = await askPbs(machine.site, "GET /access/acl");
    return [users.sort((a, b) => a.userid.localeCompare(b.userid)), acl];
  }
});
