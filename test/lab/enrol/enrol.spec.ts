import { strict as assert } from "node:assert";
import { appendFileSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readEnrolment } from "../../../commands/enrol/record";
import { undo } from "../../../commands/enrol/undo";
import { SettingsFile } from "../../../commands/settings-file";
import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { openShell } from "../../../commands/ssh/node-shell";
import { parseToken } from "../../../provider/clients/login";
import { PveClient } from "../../../provider/clients/pve-client";
import {
  pvePrivileges,
  SERVER_PRIVILEGES,
  STARTUP_PRIVILEGES,
  TUNNEL_PRIVILEGES,
} from "../../../provider/rights/pve-rights";
import { newPrivateKey, publicLine } from "../../../lab/ssh/ssh-key";
import { prefixOf } from "../support/pve-site";
import { freshCertificate } from "../../provider/support/certificate";
import { inOrder } from "../../engine/support/in-order";
import { NodeToEnrol } from "./node-to-enrol";

describe("enrolling a node", function () {
  inOrder(this);
  let node: NodeToEnrol;
  let dayOne: unknown;

  before(async () => {
    node = await NodeToEnrol.start(prefixOf(71));
    // On a node the file is a link into /etc/pve, which all nodes of a cluster share.
    for (const folder of [".ssh", "etc/pve/priv"]) mkdirSync(join(node.root, folder), { recursive: true });
    writeFileSync(join(node.root, "etc/pve/priv/authorized_keys"), "# mine, without an end of line");
    symlinkSync("../etc/pve/priv/authorized_keys", join(node.root, ".ssh/authorized_keys"));
    dayOne = await node.everything();
  });
  after(() => node.stop());

  it("sends nothing to a machine whose host key a person does not confirm, and leaves no trace of it", async () => {
    const shown: string[] = [];
    const isRight = (lines: readonly string[]) => {
      shown.push(...lines);
      return Promise.resolve(false);
    };
    await assert.rejects(node.enrol({ acceptedHostKey: undefined, isRight }), /was not confirmed; no login was sent/);
    assert.ok(
      shown.some((line) => line.includes(`ED25519 ${node.fingerprint}`)),
      shown.join("\n"),
    );
    assert.ok(!existsSync(join(node.folder, "known_hosts")));
  });

  it("refuses a host key that is not the one given beforehand", async () => {
    const other = hostKeyOfLine(publicLine(newPrivateKey("other"))).fingerprint;
    await assert.rejects(node.enrol({ acceptedHostKey: other }), /shows the host key SHA256:.*--accept-host-key says/);
  });

  it("never writes a key over another one in known_hosts", async () => {
    const file = join(node.folder, "known_hosts");
    const line = `[${node.address.host}]:${node.address.port} ${publicLine(newPrivateKey("old"))}\n`;
    writeFileSync(file, line);
    await assert.rejects(node.enrol(), /known_hosts knows another key/);
    assert.equal(readFileSync(file, "utf8"), line);
    writeFileSync(file, "# mine\n");
  });

  it("refuses an API that is not signed by the authority that the node names", async () => {
    const file = join(node.root, "etc/pve/pve-root-ca.pem");
    const right = readFileSync(file, "utf8");
    writeFileSync(file, freshCertificate().authority);
    await assert.rejects(node.enrol(), /does not prove that it is this node's.*\n?Cure:/);
    writeFileSync(file, right);
  });

  it("shows in a dry run everything that it would change, and changes nothing", async () => {
    const { steps, done } = await node.enrol({ dryRun: true });
    assert.equal(done, false);
    assert.equal(steps.filter(({ change }) => change === undefined).length, 0);
    assert.deepEqual(await node.everything(), dayOne);
    assert.equal(node.secrets.size, 0);
    assert.ok(!readFileSync(node.settingsFile, "utf8").includes("hostKey"));
  });

  it("changes nothing when the person says no after seeing what would change", async () => {
    const { done } = await node.enrol({ goOn: () => Promise.resolve(false) });
    assert.equal(done, false);
    assert.deepEqual(await node.everything(), dayOne);
  });

  it("leaves a stack with two logins that have exactly the rights written down, and a key to root's shell", async () => {
    node.said.length = 0;
    assert.equal((await node.enrol()).done, true);
    assert.deepEqual([...node.secrets.keys()].sort(), ["pveApiToken", "pveObserveToken", "sshPrivateKey"]);
    assert.deepEqual(await privilegesOf("pveApiToken"), pvePrivileges("apply"));
    assert.deepEqual(await privilegesOf("pveObserveToken"), pvePrivileges("observe"));
    const pinned = hostKeyOfLine(node.hostKey);
    const shell = await openShell(
      node.address,
      { user: "root", privateKey: node.secrets.get("sshPrivateKey")! },
      pinned,
    );
    assert.equal((await shell.run("echo in")).stdout, "in\n");
    shell.close();
    assert.equal(node.authorizedKeys[0], "# mine, without an end of line");
  });

  it("never says or writes down a secret", () => {
    const written = ["enrolment.json", "Pulumi.home.yaml", "known_hosts"].map((file) =>
      readFileSync(join(node.folder, file), "utf8"),
    );
    for (const secret of node.secrets.values()) {
      const kernel = secret.includes("=") ? secret.slice(secret.indexOf("=") + 1) : secret.split("\n")[1]!;
      assert.ok(![...node.said, ...written].join("\n").includes(kernel));
    }
  });

  it("pins the host key for both SSH clients, and keeps what a person wrote into the settings", () => {
    const settings = readFileSync(node.settingsFile, "utf8");
    assert.match(settings, /# mine\n[\s\S]*# The folder\.\n {4}site: sites\/home/);
    const file = new SettingsFile(node.settingsFile);
    const { host, port } = node.address;
    assert.deepEqual(file.get("nodes", "tappaas1"), {
      api: `https://${host}:8006`,
      ssh: { host, port, hostKey: node.hostKey },
    });
    assert.match(String(file.get("caCertificate")), /BEGIN CERTIFICATE/);
    const known = readFileSync(join(node.folder, "known_hosts"), "utf8");
    assert.equal(known, `# mine\n[${host}]:${port} ${node.hostKey}\n`);
  });

  it("finds nothing to do when it is repeated, and asks neither for the host key nor to go on", async () => {
    const before = await node.everything();
    const never = () => Promise.reject(new Error("asked"));
    const { steps, done } = await node.enrol({ acceptedHostKey: undefined, isRight: never, goOn: never });
    assert.deepEqual(
      steps.filter(({ change }) => change !== undefined),
      [],
    );
    assert.equal(done, true);
    assert.deepEqual(await node.everything(), before);
  });

  it("mends a role that lost a privilege or has one too many", async () => {
    await node.ask("PUT /access/roles/TAPPaaSResilience", { privs: "Datastore.Audit VM.Audit Sys.PowerMgmt" });
    const { steps } = await node.enrol();
    const changed = steps.filter(({ change }) => change !== undefined);
    assert.equal(changed.length, 1);
    assert.match(changed[0]!.change!, /gains .*Sys\.Modify.*; loses Sys\.PowerMgmt/);
    assert.deepEqual(await privilegesOf("pveApiToken"), pvePrivileges("apply"));
  });

  it("makes a new token beside one whose secret is lost, and names the old one for removal", async () => {
    node.secrets.delete("pveApiToken");
    const { steps } = await node.enrol();
    const [token] = steps.filter(({ change }) => change !== undefined);
    assert.equal(token?.thing, "token pulumi@pve!resilience-2");
    assert.match(token.change!, /resilience can be removed/);
    assert.deepEqual(await privilegesOf("pveApiToken"), pvePrivileges("apply"));
  });

  it("goes on where it broke off, and knows afterwards of everything that it made", async () => {
    node.secrets.delete("pveApiToken");
    const secrets = { ...node.order().secrets, set: () => Promise.reject(new Error("the disk is full")) };
    await assert.rejects(node.enrol({ secrets }), /the disk is full/);
    assert.equal((await node.enrol()).done, true);
    const tokens = [
      "pulumi@pve!resilience",
      "pulumi@pve!resilience-2",
      "pulumi@pve!resilience-3",
      "pulumi@pve!resilience-4",
    ];
    assert.deepEqual(
      readEnrolment(node.folder).made.tokens.filter((one) => !one.includes("observe")),
      tokens,
    );
  });

  it("gives the right to make a backup server on its own machines, storages and bridge alone, and only where it is made", async () => {
    const settings = new SettingsFile(node.settingsFile);
    const machine = { node: "tappaas1", vmid: 910, dataVmid: 911, systemStorage: "tanka1", dataStorage: "tankb1" };
    settings.set(["backupServer", "machine"], { ...machine, bridge: "lan" });
    settings.save();
    const { steps } = await node.enrol();
    const own = ["/vms/910", "/vms/911", "/storage/local", "/storage/tanka1", "/storage/tankb1"];
    const changed = steps.filter(({ change }) => change !== undefined).map(({ thing }) => thing);
    const rights = [...own, "/sdn/zones/localnetwork/lan"].map((path) => `right of pulumi@pve on ${path}`);
    assert.deepEqual(changed, ["role TAPPaaSResilienceServer", ...rights]);

    const both = [...new Set([...pvePrivileges("apply"), ...SERVER_PRIVILEGES])].sort();
    for (const path of own) assert.deepEqual(await privilegesOf("pveApiToken", path), both);
    for (const path of ["/", "/vms/140"])
      assert.deepEqual(await privilegesOf("pveApiToken", path), pvePrivileges("apply"));
    const again = await node.enrol();
    assert.ok(again.steps.every(({ change }) => change === undefined));
  });

  it("gives the right to write the order of starts on the guests, and only where the settings ask for it", async () => {
    const settings = new SettingsFile(node.settingsFile);
    settings.set(["startup"], { ordered: false });
    settings.save();
    assert.ok((await node.enrol()).steps.every(({ thing }) => !/TAPPaaSResilienceStartup|on \/vms$/.test(thing)));
    settings.set(["startup"], { ordered: true, pause: "1 minute" });
    settings.save();
    const { steps } = await node.enrol();
    const changed = steps.filter(({ change }) => change !== undefined).map(({ thing }) => thing);
    assert.deepEqual(changed, ["role TAPPaaSResilienceStartup", "right of pulumi@pve on /vms"]);

    const both = [...new Set([...pvePrivileges("apply"), ...STARTUP_PRIVILEGES])].sort();
    assert.deepEqual(await privilegesOf("pveApiToken", "/vms/140"), both);
    assert.deepEqual(await privilegesOf("pveApiToken"), pvePrivileges("apply"));
    assert.deepEqual(await privilegesOf("pveObserveToken", "/vms/140"), pvePrivileges("observe"));
    const again = await node.enrol();
    assert.ok(again.steps.every(({ change }) => change === undefined));
  });

  it("gives the guest agent of a tunnel's connectors, of no other guest, and nothing of the order of starts away by it", async () => {
    const settings = new SettingsFile(node.settingsFile);
    settings.set(["tunnel"], { connectors: [611, 612] });
    settings.save();
    const { steps } = await node.enrol();
    const changed = steps.filter(({ change }) => change !== undefined).map(({ thing }) => thing);
    const rights = [611, 612].map((vmid) => `right of pulumi@pve on /vms/${vmid}`);
    assert.deepEqual(changed, ["role TAPPaaSResilienceTunnel", ...rights]);
    const all = [...new Set([...pvePrivileges("apply"), ...STARTUP_PRIVILEGES, ...TUNNEL_PRIVILEGES])].sort();
    assert.deepEqual(await privilegesOf("pveApiToken", "/vms/611"), all);
    assert.equal((await privilegesOf("pveApiToken", "/vms/140")).includes(TUNNEL_PRIVILEGES[0]), false);
    assert.ok((await node.enrol()).steps.every(({ change }) => change === undefined));
  });

  it("forgets certificate and login of a backup server that went with its node, and only when a person says that it was set up anew", async () => {
    const settings = new SettingsFile(node.settingsFile);
    const server = { address: "10.0.0.12", onNode: "tappaas1" };
    settings.set(["backupServer"], { ...server, fingerprint: "0e:".repeat(31) + "0e" });
    settings.save();
    node.secrets.set("pbsToken", "tappaas@pbs!resilience:secret");
    const former = ({ thing }: { readonly thing: string }) =>
      /certificate of the backup server|secret pbsToken/.test(thing);
    assert.equal((await node.enrol()).steps.some(former), false);
    const { steps } = await node.enrol({ setUpAnew: true });
    assert.deepEqual(
      steps.filter(former).map(({ change }) => change),
      ["taken out: the one that is made there has another", "taken out: it opened the former server"],
    );
    assert.equal(node.secrets.has("pbsToken"), false);
    assert.deepEqual(new SettingsFile(node.settingsFile).get("backupServer"), server);
  });

  it("forgets nothing of a backup server that stands elsewhere", async () => {
    const settings = new SettingsFile(node.settingsFile);
    settings.set(["backupServer"], { address: "10.0.0.12", onNode: "tappaas2", fingerprint: "0e:".repeat(31) + "0e" });
    settings.save();
    const { steps } = await node.enrol({ setUpAnew: true });
    assert.equal(
      steps.some(({ thing }) => thing.startsWith("certificate of the backup server")),
      false,
    );
    settings.remove("backupServer");
    settings.save();
  });

  it("refuses a node that shows another host key than the one that was pinned", async () => {
    const text = readFileSync(node.settingsFile, "utf8");
    writeFileSync(node.settingsFile, text.replaceAll(node.hostKey, publicLine(newPrivateKey("x"))));
    await assert.rejects(node.enrol(), /Either it was set up anew, or another machine answers/);
    writeFileSync(node.settingsFile, text);
  });

  it("takes away by undo exactly what it made, and keeps what others made since", async () => {
    await node.ask("POST /access/users", { userid: "friend@pve" });
    appendFileSync(join(node.root, ".ssh/authorized_keys"), `${publicLine(newPrivateKey("friend"))} friend\n`);
    const { undone } = await undo({ ...node.order(), backupServer: false });
    assert.deepEqual(undone.filter((thing) => thing.startsWith("secret")).sort(), [
      ...["pveApiToken", "pveObserveToken", "sshPrivateKey"].map((key) => `secret ${key} of the settings`),
    ]);
    assert.equal(node.authorizedKeys.length, 2);
    assert.ok(node.authorizedKeys[1]!.endsWith(" friend"));
    assert.ok(lstatSync(join(node.root, ".ssh/authorized_keys")).isSymbolicLink());
    await node.ask("DELETE /access/users/friend@pve");
    const [users, roles, acl, storage] = (await node.everything()) as unknown[];
    assert.deepEqual([users, roles, acl, storage], (dayOne as unknown[]).slice(0, 4));
    assert.equal(node.secrets.size, 0);
  });

  async function privilegesOf(secret: string, path = "/"): Promise<string[]> {
    const { endpoint, authority } = { endpoint: `https://${node.address.host}:8006`, authority: ca() };
    const login = parseToken(node.secrets.get(secret)!, "PVE");
    const pve = new PveClient({ endpoint, trust: { authority }, login });
    try {
      return Object.keys(await pve.privileges(path)).sort();
    } finally {
      await pve.close();
    }
  }

  const ca = () => readFileSync(node.site.sheet.content.ca, "utf8");
});
