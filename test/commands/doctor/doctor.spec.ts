import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { examine, gravest, siteChecks } from "../../../commands/doctor";
import { backupServerCheck } from "../../../commands/doctor/backup-server";
import { failureOf, ok, warning, type Check } from "../../../commands/doctor/check";
import { clockFinding } from "../../../commands/doctor/clock";
import { parseEscrowRecord } from "../../../estate/escrow-record";
import { clusterFindings } from "../../../commands/doctor/cluster";
import { type Engine } from "../../../commands/doctor/engine";
import { escrowFindings } from "../../../commands/doctor/escrow";
import { observationFinding } from "../../../commands/doctor/observation";
import { brokenPlugin } from "../../../commands/doctor/plugin-proof";
import { compare, nodeCheck, pluginCheck, pulumiCheck } from "../../../commands/doctor/programs";
import { type DoctoredSite } from "../../../commands/doctor/site";
import { startupOrderFindings } from "../../../commands/doctor/startup-order";
import { type Secrets } from "../../../commands/secrets";
import { settingsWith } from "../../estate/site";
import { isLocal } from "../../../commands/doctor/repository";

/** A machine whose Pulumi command prints that. */
function engine(printed: string, { code = 0, standIn = false } = {}): Engine {
  return { run: () => Promise.resolve({ code, stdout: printed, stderr: "" }), isStandIn: () => standIn };
}

const gravities = async ({ run }: Check) => (await run()).map(({ is }) => is);
const RIGHT = [
  { name: "proxmoxve", kind: "resource", version: "8.6.0" },
  { name: "command", kind: "resource", version: "1.2.1" },
];

describe("the doctor", () => {
  it("takes a Pulumi that cannot delete what it imported, and no older one", async () => {
    assert.deepEqual(await gravities(pulumiCheck(engine("v3.259.0\n"), true)), ["ok"]);
    assert.deepEqual(await gravities(pulumiCheck(engine("v3.251.9\n"), true)), ["failure"]);
    assert.deepEqual(await gravities(pulumiCheck(engine("", { code: 127 }), true)), ["failure"]);
    assert.deepEqual(await gravities(pulumiCheck(engine("", { code: 127 }), false)), ["warning"]);
  });

  it("misses no login of a backup server that the program makes, and each one of another", async () => {
    const nobody = { get: () => Promise.resolve(undefined) } as unknown as Secrets;
    const told = (backupServer: Record<string, unknown>) =>
      gravities(backupServerCheck({ settings: settingsWith({ backupServer }), secrets: nobody } as DoctoredSite));
    assert.deepEqual(await told({ address: "10.0.0.12" }), ["failure", "warning"]);
    assert.deepEqual(await told({ address: "10.0.0.12", onNode: "tappaas1" }), ["warning"]);
  });

  it("takes the Node.js that the packages ask for", async () => {
    assert.deepEqual(await gravities(nodeCheck()), ["ok"]);
    assert.deepEqual(await gravities(nodeCheck("18.20.0")), ["failure"]);
  });

  it("finds plugins of another version, and lets no stand-in near a real site", async () => {
    assert.deepEqual(await gravities(pluginCheck(engine(JSON.stringify(RIGHT)), true)), ["ok", "ok"]);
    const old = [{ ...RIGHT[0], version: "8.2.0" }];
    assert.deepEqual(await gravities(pluginCheck(engine(JSON.stringify(old)), true)), ["warning", "warning"]);
    const standIn = engine(JSON.stringify(RIGHT), { standIn: true });
    assert.deepEqual(await gravities(pluginCheck(standIn, true)), ["failure", "failure"]);
    assert.deepEqual(await gravities(pluginCheck(standIn, false)), ["ok", "ok"]);
    const tunnel = [...RIGHT, { name: "cloudflare", kind: "resource", version: "6.22.1" }];
    const pretender = engine(JSON.stringify(tunnel), { standIn: true });
    assert.deepEqual(await gravities(pluginCheck(pretender, true)), ["failure", "failure", "failure"]);
  });

  it("says plainly that a plugin is broken, which releases are, and what to do", () => {
    const { is, says, cure } = brokenPlugin(
      "goroutine\npanic: interface conversion: interface {} is string, not int\n",
      "8.2.0",
    );
    assert.equal(is, "failure");
    assert.match(
      says,
      /plugin 8\.2\.0 of this machine is broken: it panics after the object exists \(panic: interface conversion/,
    );
    assert.match(cure ?? "", /8\.0 to 8\.3 are broken/);
  });

  it("bears clocks that are a little off, warns of more, and fails where logins are refused", () => {
    const now = 1_764_000_000_000;
    const gravity = (off: number) => clockFinding("pve1", now / 1000 + off, now).is;
    assert.deepEqual([0, 10, -10, 11, -60, 300, 301, -3600].map(gravity), [
      ...["ok", "ok", "ok", "warning", "warning", "warning", "failure", "failure"],
    ]);
  });

  it("names everything that is wrong with the settings, and looks no further", async () => {
    const folder = mkdtempSync(join(tmpdir(), "doctor-"));
    const file = join(folder, "Pulumi.home.yaml");
    mkdirSync(join(folder, "sites"));
    writeFileSync(
      file,
      "config:\n  tappaas-resilience:settings:\n    site: sites/home\n    nodes: {}\n    backupServer: 7\n",
    );
    const [only, ...others] = await examine(siteChecks(file, join(folder, "known_hosts")), () => undefined);
    rmSync(folder, { recursive: true });
    assert.deepEqual([only?.name, others], ["settings", []]);
    assert.ok(only!.findings.length >= 3);
    assert.ok(only!.findings.every(({ is, cure }) => is === "failure" && cure !== undefined));
  });

  it("goes on when one check breaks down, and tells each as soon as it is done", async () => {
    const told: string[] = [];
    const slow = { name: "slow", run: () => new Promise<never[]>((done) => setTimeout(done, 20, [])) };
    const broken = { name: "broken", run: () => Promise.reject(new Error("No.\nCure: this.")) };
    const all = await examine([slow, broken], ({ name }) => told.push(name));
    assert.deepEqual(told, ["broken", "slow"]);
    assert.deepEqual(all[1]?.findings, [{ is: "failure", says: "No", cure: "this." }]);
    assert.equal(gravest(all), "failure");
    assert.equal(gravest([{ name: "a", findings: [ok("x"), warning("y", "z")] }]), "warning");
    assert.equal(failureOf("gone", "look").cure, "look");
  });

  it("tells remotes in a private network from those that may be public", () => {
    for (const remote of [
      "/srv/git/site.git",
      "../bare.git",
      "git@10.0.0.5:site.git",
      "https://git.home.arpa/site",
      "ssh://git@nas.lan:22/x",
    ])
      assert.equal(isLocal(remote), true, remote);
    for (const remote of ["git@github.com:me/site.git", "https://codeberg.org/me/site.git", "https://8.8.8.8/x"])
      assert.equal(isLocal(remote), false, remote);
  });

  it("bears a single node and a cluster of three, and warns of two, which have no majority", () => {
    const members = ["one", "two", "three"].map((name) => ({ name, online: true }));
    const gravities = (count: number, device = false) =>
      clusterFindings(members.slice(0, count), ["one", "two", "three"], device).map(({ is }) => is);
    assert.deepEqual([gravities(1), gravities(2), gravities(3)], [["ok"], ["warning"], ["ok"]]);
    assert.deepEqual(gravities(2, true), ["ok"]);
  });

  it("misses the right to write the order of starts where the settings ask for it, and tells of it where they do not", () => {
    const told = (ordered: boolean, ...held: string[]) => startupOrderFindings(ordered, held, "make enrol again");
    assert.deepEqual([told(true, "VM.Config.Options")[0]?.is, told(false, "VM.Audit")], ["ok", []]);
    const [missing] = told(true, "VM.Audit");
    assert.equal(missing?.is, "failure");
    assert.match(missing.says, /lacks VM\.Config\.Options on \/vms, and startup\.ordered is set/);
    assert.match(missing.cure ?? "", /make enrol again, or take startup\.ordered out/);
    const [more] = told(false, "VM.Config.Options");
    assert.equal(more?.is, "warning");
    assert.match(more.cure ?? "", /pveum acl delete \/vms/);
  });

  it("names nodes of the cluster that nobody enrolled, and those that are off", () => {
    const members = ["one", "two", "three"].map((name) => ({ name, online: name !== "three" }));
    const said = clusterFindings(members, ["one", "three"], false).map(({ says }) => says);
    assert.deepEqual(said.slice(1), ["two is in the cluster and not in the settings", "three is off"]);
  });

  it("says how old the observation is, and warns when there is none or it is older than a month", () => {
    const now = Date.parse("2026-11-25T12:00:00Z");
    assert.equal(observationFinding(undefined, now).is, "warning");
    assert.equal(observationFinding("2026-11-25T01:00:00Z", now).says, "the site was looked at today");
    assert.equal(observationFinding("2026-10-26T12:00:00Z", now).is, "ok");
    assert.equal(observationFinding("2026-10-24T12:00:00Z", now).is, "warning");
  });

  it("asks for two escrow sheets of the right key, each looked at in the last half year", () => {
    const now = Date.parse("2026-11-25T12:00:00Z");
    const place = (checked: string) => ({ who: "a sister", where: "her house", checked });
    const gravities = (fingerprint: string, ...days: string[]) => {
      const record = parseEscrowRecord({ version: 1, fingerprint, places: days.map(place) });
      assert.ok(record.ok);
      return escrowFindings(record.value, "0e:ab", now).map(({ is }) => is);
    };
    assert.deepEqual(gravities("0e:ab", "2026-11-01", "2026-05-29"), ["ok"]);
    assert.deepEqual(gravities("0e:ab", "2026-11-01", "2026-05-28"), ["warning"]);
    assert.deepEqual(gravities("0e:ab", "2026-11-01"), ["warning"]);
    assert.deepEqual(gravities("0e:ab"), ["warning"]);
    assert.deepEqual(gravities("1f:ab", "2026-11-01", "2026-11-01"), ["failure"]);
    assert.equal(parseEscrowRecord({ version: 1, fingerprint: "0e:ab", key: "secret" }).ok, false);
  });

  it("orders versions by their numbers", () => {
    assert.ok(compare("3.252.0", "3.259.0") < 0 && compare("10.0.0", "9.9.9") > 0);
    assert.equal(compare("8.6.0", "8.6.0"), 0);
  });
});
