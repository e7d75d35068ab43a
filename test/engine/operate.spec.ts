import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { PROJECT } from "../../commands/stack-file";
import { REPOSITORY } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { answer, changeSettings, run, withCopies, withoutPool } from "./support/commands";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, onNode, pbsOf, pveOf, runBackups } from "./support/lab-site";

/** One site over the months, by the commands that its owner runs. */
describe("a site that is kept for years", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite("test-operate", "127.0.48");
    changeSettings(site, withCopies(site));
  });

  after(() => {
    forgetLabSite("test-operate");
  });

  it("comes up after a run that was killed in the middle and left half a state, with nothing doubled", async () => {
    await killedInTheMiddle(site);
    const state = join(site.places.backend, ".pulumi/stacks", PROJECT, "single-node.json");
    writeFileSync(state, readFileSync(state, "utf8").slice(0, 1000));
    const { code, said, value } = await answer(site, "up", "--yes");
    assert.equal(code, 0, said);
    assert.match(said, /The state of one step before is taken/);
    assert.equal(value.end, "applied");
    assert.equal((await pbsOf(site.sheet).pruneJobs()).length, 1);
    assert.equal((await pbsOf(site.sheet).tokens("tappaas@pbs")).length <= 2, true);
    assert.equal((await pveOf(site.sheet, "tappaas1").backupJobs()).length, 1);
  });

  it("is said to need nothing only after it was looked at", async () => {
    const { code, said, value } = await answer(site, "up", "--yes");
    assert.equal(code, 0, said);
    assert.deepEqual([value.end, value.drift, value.changes], ["nothing", [], []]);
    const [, each] = /resources for 5 protected guests, (\d\.\d) a guest/.exec(said) ?? [];
    assert.ok(Number(each) <= 3, said);
    assert.match(said, /Looking at the site\.[\s\S]*Nothing to change: the site was looked at just now/);
  });

  it("has a digest without a secret and an encrypted copy of its state, after each success", () => {
    const digest = readFileSync(join(site.places.site, "digest.json"), "utf8");
    assert.match(digest, /resilience:pbs:Datastore::tappaas_backup/);
    for (const secret of secretsOf(site)) assert.ok(!digest.includes(secret));
    const copies = readdirSync(join(site.places.root, "usb"));
    assert.ok(copies.length >= 2, copies.join());
    const copy = readFileSync(join(site.places.root, "usb", copies[0]!));
    assert.match(copy.toString("latin1"), /^age-encryption\.org/);
    assert.ok(!copy.includes("tappaas_backup"));
  });

  it("shows what somebody else changed, field by field, and changes nothing by showing it", async () => {
    const pve = pveOf(site.sheet, "tappaas1");
    const path = "/cluster/backup/tappaas-backup-vm-managed";
    await pve.ask(z.unknown(), { method: "PUT", path, parameters: { schedule: "22:15" } });
    await pbsOf(site.sheet).removeVerifyJob("verify-tappaas_backup");
    const { code, stderr } = await run(site, "drift");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /nightly .*was changed on the site; `make up` puts it back\n {2}schedule: "21:00" was left, "22:15" is there/,
    );
    assert.doesNotMatch(stderr, /script of TAPPaaS/, "no script of theirs writes the hour of the job");
    assert.match(stderr, /tappaas_backup \(resilience:pbs:VerifyJob\) is gone from the site/);
    assert.equal((await run(site, "drift")).code, 2);
  });

  it("is put back by the next up, which says what it found first", async () => {
    const { value } = await answer(site, "up", "--yes");
    assert.deepEqual(value.drift.map(({ name, what }) => `${name} ${what}`).sort(), [
      "nightly changed",
      "tappaas_backup gone",
    ]);
    const [job] = await pveOf(site.sheet, "tappaas1").backupJobs();
    assert.equal(job?.schedule, "21:00");
    assert.equal((await pbsOf(site.sheet).verifyJobs()).length, 1);
    assert.equal((await run(site, "drift")).code, 0);
  });

  it("keeps a pool that was struck from the settings, and says which setting and which way out", async () => {
    const back = changeSettings(site, withoutPool("tankb1"));
    const { code, value } = await answer(site, "up", "--yes");
    assert.equal(code, 1);
    assert.equal(value.end, "stopped");
    assert.match(
      value.harm[0]?.text ?? "",
      /tankb1 .*would be deleted.*pools in the settings.*make release RESOURCE='tankb1'/,
    );
    assert.equal((await run(site, "preview")).code, 1);
    back();
    assert.equal((await run(site, "preview")).code, 0);
  });

  it("has no plan that breaks a rule, and is told what to set", async () => {
    const back = changeSettings(site, (settings) => ({ ...settings, backup: { retention: { keepDaily: 3 } } }));
    const { code, stdout } = await run(site, "preview", "--json");
    back();
    assert.equal(code, 2);
    const { complete, errors } = JSON.parse(stdout) as { complete: boolean; errors: string[] };
    assert.equal(complete, false);
    assert.ok(
      errors.some((text) => /^retention-floor: .*set backup\.retention to keepDaily: 7, keepWeekly: 4/.test(text)),
      errors.join("\n"),
    );
  });

  it("is not taken down by a wrong name, and says which guests would lose their backup", async () => {
    const { code, stderr } = await run(site, "down", "--confirm", "home");
    assert.equal(code, 3);
    assert.match(stderr, /These guests lose their nightly backup: 110, 130, 140, 312, 610/);
    assert.match(stderr, /stays: tappaas_backup \(resilience:pbs:Datastore\): data, or the way to data, rests on it/);
    assert.equal((await pveOf(site.sheet, "tappaas1").backupJobs()).length, 1);
  });

  it("goes down and up again with every backup, and the next night goes on", async () => {
    runBackups(site);
    await onNode(site.sheet, "tappaas1", "systemctl start tappaas-host-config.service");
    assert.equal((await run(site, "down", "--confirm", "single-node")).code, 0);
    assert.equal((await pbsOf(site.sheet).groups("tappaas_backup")).length, 6);
    assert.equal(await onNode(site.sheet, "tappaas1", "ls /etc/systemd/system | grep -c tappaas || true"), "0\n");
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
    assert.equal((await answer(site, "up", "--yes")).value.end, "nothing");
    runBackups(site);
    assert.equal((await pbsOf(site.sheet).groups("tappaas_backup")).length, 6);
  });
});

function secretsOf({ sheet }: LabSite): string[] {
  const nodes = Object.values(sheet.nodes).map(({ logins }) => logins.token.secret);
  return [...nodes, ...Object.values(sheet.pbs).map(({ logins }) => logins.token.secret)];
}

/** A first run, killed with all its plugins while it makes things. */
function killedInTheMiddle({ stack, places }: LabSite): Promise<void> {
  const args = ["--import=tsx", join(REPOSITORY, "commands/main.ts"), "up", "--yes", "--settings", places.stackFile];
  const child = spawn(process.execPath, args, { cwd: REPOSITORY, env: stack.env, detached: true, stdio: "pipe" });
  let killed = false;
  const watch = (chunk: Buffer) => {
    if (killed || !chunk.includes("Datastore tappaas_backup creat")) return;
    killed = true;
    process.kill(-(child.pid ?? 0), "SIGKILL");
  };
  child.stdout.on("data", watch);
  child.stderr.on("data", watch);
  return new Promise((done, failed) => {
    child.once("close", () => {
      if (killed) done();
      else failed(new Error("the run ended before it could be killed"));
    });
  });
}
