import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as z from "zod";

import { type Manifest } from "../../commands/bundle/manifest";
import { RestoreClient } from "../../provider/clients/restore-client";
import { readKeyFile } from "../../provider/keys/key-file";
import { askLab } from "../../tools/lab-site/lab";
import { type LabSite } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, pveOf, runBackups } from "../engine/support/lab-site";
import { CleanMachine } from "./support/clean-machine";

const NAME = "sweep-bundle";

describe("a bundle of a site", function () {
  inOrder(this);
  let site: LabSite;
  let folder: string;
  let machine: CleanMachine;
  let made: Manifest & { readonly archive: string };

  before(async () => {
    site = await freshLabSite(NAME, "127.0.101");
    assert.equal((await answer(site, "up", "--yes")).value.end, "applied");
    runBackups(site);
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    machine = new CleanMachine(folder, site);
  });

  after(() => {
    forgetLabSite(NAME);
    rmSync(folder, { recursive: true, force: true });
  });

  const which = () => machine.which;

  it("is one archive that says its size, its age, its platform and what is missing", async () => {
    const words = ["bundle", "--settings", site.places.stackFile, "--out", join(folder, "out")];
    const { code, stdout, stderr } = await site.stack.command([...words, "--json"], { quiet: true });
    assert.ok(code === 0 || code === 2, stderr);
    made = JSON.parse(stdout) as typeof made;
    assert.deepEqual(readdirSync(join(folder, "out")).length, 1);
    assert.equal(statSync(made.archive).mode & 0o777, 0o600);
    assert.equal(made.missing.filter((one) => !one.includes("not committed")).join("; "), "");
    assert.deepEqual(
      made.plugins.map((one) => one.split(" ")[0]),
      ["proxmoxve", "command"],
    );
    const shown = await site.stack.command(["bundle", "--show", made.archive], { quiet: true });
    assert.match(shown.stdout, /made today .* for linux-/);
    assert.match(shown.stdout, /never in it: the escrow sheet/);
    assert.match(shown.stdout, /tar -xf /);
  });

  it("holds no secret in the clear: no token, no password, no passphrase, no key", async () => {
    const bytes = readFileSync(made.archive);
    const { key } = { key: await readKeyFile(site.places.keyFile, site.places.identityFile) };
    const raw = (JSON.parse(key.json) as { data: string }).data;
    const [pve] = Object.values(site.sheet.nodes);
    const [pbs] = Object.values(site.sheet.pbs);
    const secrets = {
      "the key": raw,
      "what opens it": readFileSync(site.places.identityFile, "utf8").trim().split("\n").at(-1) ?? "",
      "the passphrase": readFileSync(site.places.passphraseFile, "utf8").trim(),
      "a token of PVE": pve!.logins.token.secret,
      "root's password": pve!.logins["root@pam"].password,
      "a token of PBS": pbs!.logins.token.secret,
      "an SSH key": readFileSync(pve!.ssh.privateKeyFile, "utf8").trim().split("\n")[2] ?? "",
    };
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(secret.length > 8, name);
      assert.equal(bytes.includes(secret), false, name);
    }
  });

  it("is put together on a machine that has nothing but tar and git, without any network", () => {
    const { status, stderr } = machine.shell(`tar -xf ${made.archive} && cd ${machine.bundle} && sh open.sh`, {
      apart: true,
    });
    assert.equal(status, 0, stderr);
    assert.match(
      readFileSync(join(machine.bundle, "START-HERE.txt"), "utf8"),
      /What is NOT in it, and you need:\n \* the escrow sheet/,
    );
    const told = machine.inBundle(
      `command -v node; command -v pulumi; node --import=tsx commands/main.ts runbook ${which()}`,
      { apart: true },
    );
    assert.equal(told.status, 0, told.stderr);
    assert.ok(told.stdout.includes(`${machine.bundle}/resilience/node_modules/.bin/node`), told.stdout.slice(0, 400));
    assert.ok(told.stdout.includes(`${machine.bundle}/engine/bin/pulumi`));
    assert.match(told.stdout, /# When something happens to /);
  });

  it("gives the state back, and sees the site as it is, with nothing else than the passphrase", () => {
    const restored = machine.inBundle(
      `pulumi stack init single-node --no-select >&2 && node --import=tsx commands/main.ts state restore ${which()} --from ../state/${made.state!} --yes`,
    );
    assert.equal(restored.status, 0, restored.stderr);
    const previewed = machine.inBundle(`node --import=tsx commands/main.ts preview ${which()} --json`);
    assert.equal(previewed.status, 0, previewed.stderr);
    const { complete, steps } = JSON.parse(previewed.stdout) as { complete: boolean; steps: unknown[] };
    assert.deepEqual([complete, steps], [true, []]);
    const status = machine.inBundle(`node --import=tsx commands/main.ts status ${which()}`);
    assert.ok(status.status === 0 || status.status === 2, status.stderr);
  });

  it("rebuilds from it: the sheet and a login bring back what is gone, byte for byte", async () => {
    const pve = pveOf(site.sheet, "tappaas1");
    const content = () => askLab(site.places, "content", "tappaas1", "140");
    const disks = () => (JSON.parse(content()) as { disks: Record<string, { sha256: string }> }).disks;
    const before = Object.values(disks()).map(({ sha256 }) => sha256);
    try {
      const client = new RestoreClient(pve);
      const path = "/nodes/tappaas1/qemu/140/status/stop";
      await client.end("tappaas1", await pve.ask(z.string(), { method: "POST", path }));
      await client.destroy({ node: "tappaas1", type: "qemu", vmid: 140 });
      writeFileSync(join(machine.folder, "escrow.txt"), readFileSync(site.places.escrowFile), { mode: 0o600 });
      const words = `rebuild ${which()} --escrow-file ${join(machine.folder, "escrow.txt")} --pbs-login root@pam --json --yes`;
      const env = { PBS_PASSWORD: Object.values(site.sheet.pbs)[0]!.logins["root@pam"].password };
      const { status, stdout, stderr } = machine.inBundle(`node --import=tsx commands/main.ts ${words}`, { env });
      assert.equal(status, 0, stderr);
      assert.equal((JSON.parse(stdout) as { end: string }).end, "done");
      assert.deepEqual(
        Object.values(disks()).map(({ sha256 }) => sha256),
        before,
      );
    } finally {
      await pve.close();
    }
  });

  it("refuses to be put together when a byte of it is another", () => {
    const file = join(machine.bundle, "packages.tar");
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    rmSync(join(machine.bundle, "resilience"), { recursive: true });
    const { status, stdout, stderr } = machine.shell(`cd ${machine.bundle} && sh open.sh`);
    assert.notEqual(status, 0);
    assert.match(stdout + stderr, /packages\.tar: FAILED/);
    assert.equal(existsSync(join(machine.bundle, "resilience")), false);
  });
});
