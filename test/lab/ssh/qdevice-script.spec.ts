import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { QDEVICE_NODE_SCRIPT, QDEVICE_SCRIPT } from "../../../components/ha/qdevice-script";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { inOrder } from "../../engine/support/in-order";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYg";

/** The library's own scripts on two nodes of the lab, with a small computer beside them. */
describe("a third vote for two nodes", function () {
  inOrder(this);
  let shell: ShellSite;
  const prefix = prefixOf(90);
  const address = `${prefix}.40`;
  const script = (node: string, text: string, ...lines: string[]) =>
    shell.run(node, `bash -c '${text.replaceAll("'", "'\\''")}' <<'LINES'\n${lines.join("\n")}\nLINES`);
  const set = (...more: string[]) =>
    script("one", QDEVICE_SCRIPT, "node=one", `address=${address}`, `hostKey=${KEY}`, ...more);
  const control = (command: string, what: object) => shell.site.control.run(command, { node: "one", ...what });
  const setups = () =>
    shell.site.events.all().filter(({ kind, text }) => kind === "command" && text.startsWith("pvecm qdevice setup"));
  const device = async () =>
    JSON.parse((await shell.run("one", "pvesh get /cluster/config/qdevice --output-format json")).stdout) as object;

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/two-nodes.json"), "utf8");
    const devices = [
      { name: "witness", host: 40, place: "lan" as const, qnetd: true },
      { name: "bare", host: 41, place: "lan" as const, qnetd: false },
    ];
    shell = await ShellSite.start(prefix, { ...parseSiteDescription(text), devices });
  });
  after(() => shell.stop());

  const refused = async (expected: RegExp, ...more: string[]) => {
    const { code, stderr, stdout } = await set(...more);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, expected);
    assert.deepEqual([await device(), setups()], [{}, []]);
  };

  it("is none of a node's own, which would go with it", () =>
    refused(/is a node of the cluster, whose vote goes with it.*nothing was changed/, `address=${prefix}.11`));

  it("is not taken from a machine that does not let the node in: nobody's password is asked for", () =>
    refused(/does not let root of node one in; put one's \/root\/\.ssh\/id_rsa\.pub.*nothing was changed/));

  it("is not taken from a machine without the service, which the program does not install there", async () => {
    await control("let-in", { device: "bare" });
    await refused(/has no corosync-qnetd; 'apt install corosync-qnetd' there/, `address=${prefix}.41`);
  });

  it("is not asked for while a node is away: the cluster would be told half of it", async () => {
    await control("let-in", { device: "witness" });
    await control("pull-plug", { node: "two" });
    await control("pass-time", { seconds: 120 });
    await refused(/no majority now|only 1 of 2 nodes are up/);
    await control("plug-in", { node: "two" });
    await control("pass-time", { seconds: 300 });
  });

  it("is there once each node has its package, and votes", async () => {
    for (const node of ["one", "two"]) {
      const { code, stdout } = await script(node, QDEVICE_NODE_SCRIPT, `node=${node}`);
      assert.deepEqual([code, stdout], [0, "installed\n"]);
    }
    const { code, stdout, stderr } = await set();
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { address, votes: 1 });
    assert.match(JSON.stringify(await device()), /"QNetd host":"[\d.]+\.40:5403".*"State":"Connected"/);
  });

  it("is the same after another run, also while it is away, which changes nothing and is told", async () => {
    const installs = shell.site.events.all().filter(({ text }) => text.startsWith("apt-get install")).length;
    assert.equal((await script("one", QDEVICE_NODE_SCRIPT, "node=one")).code, 0);
    assert.equal(shell.site.events.all().filter(({ text }) => text.startsWith("apt-get install")).length, installs);
    assert.deepEqual(JSON.parse((await set()).stdout), { address, votes: 1 });
    await control("switch-device", { on: false });
    assert.deepEqual(JSON.parse((await set()).stdout), { address, votes: 0 });
    await control("switch-device", { on: true });
    assert.equal(setups().length, 1);
  });

  it("stays where it is when another machine is named", async () => {
    const { code, stderr } = await set(`address=${prefix}.41`);
    assert.equal(code, 1);
    assert.match(stderr, /the cluster has one at [\d.]+\.40; take that away first \('pvecm qdevice remove'/);
  });

  it("keeps the other node in office when one is lost, and goes by the runbook's command alone", async () => {
    await control("pull-plug", { node: "two" });
    await control("pass-time", { seconds: 120 });
    assert.match((await shell.run("one", "pvecm status")).stdout, /Quorate: +Yes/);
    await control("plug-in", { node: "two" });
    await control("pass-time", { seconds: 300 });
    assert.equal((await shell.run("one", "pvecm qdevice remove")).code, 0);
    assert.deepEqual(await device(), {});
    await control("pull-plug", { node: "two" });
    await control("pass-time", { seconds: 120 });
    assert.match((await shell.run("one", "pvecm status")).stdout, /Quorate: +No/);
  });
});
