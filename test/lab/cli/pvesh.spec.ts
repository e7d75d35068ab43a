import { strict as assert } from "node:assert";

import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

// Sources: pve-manager, PVE/CLI/pvesh.pm; pve-common, src/PVE/CLIFormatter.pm.
describe("pvesh on a node of the lab", () => {
  let shell: ShellSite;
  const run = (command: string) => shell.run("tappaas1", command);

  before(async () => (shell = await ShellSite.start(prefixOf(80))));
  after(() => shell.stop());

  it("reads the node's own API as root, as JSON whose keys are sorted", async () => {
    const { code, stdout } = await run("pvesh get /version --output-format json");
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ["release", "repoid", "version"]);
  });

  it("makes, changes and removes, and prints nothing where the API answers with nothing", async () => {
    const made = await run(
      "pvesh create /cluster/backup --id night --vmid 110 --storage local --schedule 21:00 --enabled 0",
    );
    assert.deepEqual(made, { code: 0, signal: undefined, stdout: "", stderr: "" });
    assert.equal((await run("pvesh set /cluster/backup/night -vmid=110,130")).code, 0);
    const { stdout } = await run("pvesh get /cluster/backup/night --output-format json");
    assert.equal((JSON.parse(stdout) as { vmid: string }).vmid, "110,130");
    assert.equal((await run("pvesh delete /cluster/backup/night")).code, 0);
    assert.equal((await run("pvesh get /cluster/backup --output-format json")).stdout, "[]\n");
  });

  it("prints tables with and without lines where no format is asked for", async () => {
    const { stdout } = await run("pvesh get /nodes/tappaas1/qemu/610/status/current --noborder --noheader | head -1");
    assert.match(stdout, /^cpu +\d/);
    const { stdout: lines } = await run("pvesh get /cluster/backup-info/not-backed-up");
    assert.match(lines.split("\n")[1] ?? "", /^│ name +│ type +│ vmid +│$/);
  });

  it("shows the log of what it starts and waits for its end", async () => {
    const { code, stdout } = await run("pvesh create /nodes/tappaas1/qemu/610/status/stop");
    assert.equal(code, 0);
    assert.match(stdout, /^UPID:tappaas1:.*:qmstop:610:root@pam:\n$/);
  });

  it("fails with the parameters at fault, with what cannot be done, and with what it does not know", async () => {
    const faulty = await run("pvesh create /cluster/backup --vmid 110");
    assert.equal(faulty.code, 255);
    assert.match(faulty.stderr, /^400 Parameter verification failed\.\nschedule: /);
    const missing = await run("pvesh get /nodes/tappaas1/qemu/999/config");
    assert.deepEqual(
      [missing.code, missing.stderr],
      [2, "Configuration file 'nodes/tappaas1/qemu-server/999.conf' does not exist\n"],
    );
    assert.equal((await run("pvesh get /no/such/thing")).code, 2);
    assert.match((await run("pvesh get /version --colour 1")).stderr, /^Unknown option: colour\n/);
  });

  it("lists what lies below a path", async () => {
    const { stdout } = await run("pvesh ls /nodes");
    assert.match(stdout, /^D\S* +tappaas1$/m);
  });

  it("keeps a password that is passed as an argument out of the lab's log", async () => {
    await run("pvesh create /access/users --userid reader@pve --password 'correct horse'");
    const log = JSON.stringify(shell.site.events.all());
    assert.match(log, /reader@pve/);
    assert.doesNotMatch(log, /correct horse/);
  });
});
