import { strict as assert } from "node:assert";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { snapshotsOn } from "../../commands/restore/snapshot";
import { askLab as askControl } from "../../lab/core/control";
import { mintBackupKey } from "../../provider/keys/backup-key";
import { readEscrow, writeEscrow } from "../../provider/keys/escrow";
import { readKeyFile } from "../../provider/keys/key-file";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { compareGuest, restoreOnLab } from "../../tools/lab-site/restore";
import { run } from "./support/commands";
import { inOrder } from "./support/in-order";
import {
  forgetLabSite,
  freshLabSite,
  loseState,
  onNode,
  onSite,
  pbsOf,
  pveOf,
  runBackups,
  up,
} from "./support/lab-site";

const GUESTS = [110, 130, 140, 312, 610];

/** One site through its first days, in order: each promise stands on the one before. */
describe("a single node under protection", function () {
  inOrder(this);
  let site: LabSite;
  let said = "";

  before(async () => {
    site = await freshLabSite("test-single-node", "127.0.41");
  });

  after(() => {
    forgetLabSite("test-single-node");
  });

  it("shows the whole plan before anything is there, without reading the key", async () => {
    const { keyFile } = site.places;
    const hidden = `${keyFile}.hidden`;
    writeFileSync(hidden, readFileSync(keyFile));
    rmSync(keyFile);
    const { code, stdout, stderr } = await onSite(site, "preview");
    writeFileSync(keyFile, readFileSync(hidden), { mode: 0o600 });
    rmSync(hidden);

    said += stdout + stderr;
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual((await pbsOf(site.sheet).datastores()).length, 0);
  });

  it("adopts the pool and its storage, and makes datastore, login, key and nightly job", async () => {
    const output = await watchingArguments(site, () => up(site));
    said += output;

    assert.match(output, /\+ \d+ created/);
    assert.match(output, /= 1 imported|imported/);
    const [entry] = (await pveOf(site.sheet, "tappaas1").storages()).filter(({ type }) => type === "pbs");
    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    assert.equal(entry?.["encryption-key"], key.fingerprint);
  });

  it("has every guest of the inventory in the nightly job", async () => {
    const jobs = await pveOf(site.sheet, "tappaas1").backupJobs();
    assert.deepEqual(
      jobs.map(({ vmid, enabled, schedule }) => ({ vmid, enabled: enabled ?? true, schedule })),
      [{ vmid: GUESTS.join(","), enabled: true, schedule: "21:00" }],
    );
  });

  it("keeps 7 days, 4 weeks, 12 months and each year for ever, and lets the writing login delete nothing", async () => {
    const pbs = pbsOf(site.sheet);
    const [job] = await pbs.pruneJobs();
    const { "keep-daily": daily, "keep-weekly": weekly, "keep-monthly": monthly, "keep-yearly": yearly } = job ?? {};
    assert.deepEqual([daily, weekly, monthly, yearly], [7, 4, 12, 100]);
    const roles = (await pbs.acl())
      .map(({ path, roleid, ugid }) => `${path} ${roleid} ${ugid}`)
      .filter((row) => row.includes("tappaas@pbs"));
    assert.deepEqual(roles.sort(), [
      "/datastore/tappaas_backup DatastoreBackup tappaas@pbs",
      "/datastore/tappaas_backup DatastoreBackup tappaas@pbs!pve",
    ]);
  });

  it("changes nothing the second time", async () => {
    const { code, stdout, stderr } = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
    said += stdout + stderr;
    assert.equal(code, 0, stdout + stderr);
  });

  it("finds nothing to change in the living site either, and keeps everything in the state", async () => {
    const { code, stdout, stderr } = await onSite(site, "refresh", "--yes", "--skip-preview", "--expect-no-changes");
    said += stdout + stderr;
    assert.equal(code, 0, stdout + stderr);
  });

  it("backs every guest up, encrypted with the site's key, when the night comes", async () => {
    runBackups(site);

    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    const { ask } = pveOf(site.sheet, "tappaas1");
    const snapshots = await snapshotsOn(ask, "tappaas1", "tappaas_backup");
    assert.deepEqual(
      snapshots.map(({ vmid }) => vmid).sort((a, b) => a - b),
      GUESTS,
    );
    for (const { encryptedWith, volume } of snapshots)
      assert.ok(key.fingerprint.startsWith(encryptedWith ?? "none"), volume);
  });

  it("backs the node's configuration up so that the server reads none of it, and reads it back to the byte", async () => {
    const planted = "planted-in-the-configuration";
    const node = (command: string) => onNode(site.sheet, "tappaas1", command);
    await node(`mkdir -p /etc/network && echo 'iface vmbr0 # ${planted}' >/etc/network/interfaces`);
    await node("systemctl is-active tappaas-host-config.timer && systemctl start tappaas-host-config.service");

    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    const [host] = (await pbsOf(site.sheet).snapshots("tappaas_backup")).filter((one) => one["backup-type"] === "host");
    assert.equal(host?.["backup-id"], "tappaas1");
    assert.equal(host["fingerprint"], key.fingerprint);
    assert.equal(filesBelow(join(site.places.lab, "machines/backup")).includes(planted), false);

    const time = new Date(host["backup-time"] * 1000).toISOString();
    const listed = await run(site, "restore-config");
    assert.match(listed.stdout, new RegExp(`^tappaas1 +${time} +etc\\.pxar, pve\\.pxar`, "m"), listed.stderr);
    const here = join(site.places.root, "read-back");
    const words = ["--of", "tappaas1", "--file", "/etc/network/interfaces", "--here", here];
    for (const from of [[], ["--from-paper", site.places.escrowFile]]) {
      const { code, stdout, stderr } = await run(site, "restore-config", ...words, ...from, "--json");
      assert.equal(code, 0, stderr);
      said += stdout + stderr;
      assert.equal((JSON.parse(stdout) as { restored: boolean }).restored, true);
      assert.equal(readFileSync(join(here, "etc/network/interfaces"), "utf8"), `iface vmbr0 # ${planted}\n`);
      rmSync(here, { recursive: true });
    }
  });

  it("reads a guest back, byte for byte, on a node that knows only address, login and escrow sheet", async () => {
    const order = { guest: "identity", to: "9140", node: "spare" };
    const { code, vmid } = await restoreOnLab(site, order);
    assert.deepEqual({ code, vmid }, { code: 0, vmid: 140 });
    assert.equal(compareGuest(site, 140, order), 0);
  });

  it("leaves on that node nothing but the guest: no login, no key", async () => {
    const types = (await pveOf(site.sheet, "spare").storages()).map(({ type }) => type);
    assert.equal(types.includes("pbs"), false);
  });

  it("overwrites no guest by a restore", async () => {
    const { code, stderr } = await restoreOnLab(site, { guest: "identity", to: "9140", node: "spare" });
    assert.notEqual(code, 0);
    assert.match(stderr, /VMID 9140 is taken by .*; nothing was changed/);
  });

  it("reads nothing with another key, and says why", async () => {
    const { escrowFile } = site.places;
    const right = readFileSync(escrowFile, "utf8");
    rmSync(escrowFile);
    await writeEscrow(escrowFile, { ...readEscrow(right), key: mintBackupKey() });
    const { code, stderr } = await restoreOnLab(site, { guest: "identity", to: "9141", node: "spare" });
    rmSync(escrowFile);
    writeFileSync(escrowFile, right, { mode: 0o600 });

    assert.notEqual(code, 0);
    assert.match(stderr, /was encrypted with the key .*, and the escrow sheet of .* holds .*; nothing was restored/);
  });

  it("makes nothing twice, replaces nothing and deletes nothing when the state is lost", async () => {
    const before = await everythingOn(site);
    await loseState(site, "test-single-node");
    assert.equal(await observeLabSite(site, true), 0);

    const output = await up(site);
    said += output;

    assert.equal(/[-~]\s+\d+ (?:deleted|replaced|updated)/.test(output), false, output);
    assert.deepEqual(await everythingOn(site), before);
  });

  it("still backs up the night after the state was lost", async () => {
    runBackups(site);
    const snapshots = await snapshotsOn(pveOf(site.sheet, "tappaas1").ask, "tappaas1", "tappaas_backup");
    assert.equal(snapshots.length, 2 * GUESTS.length);
  });

  it("brings a guest back that somebody deleted, also as it was before the last night", async () => {
    const { ask } = pveOf(site.sheet, "tappaas1");
    const content = () => askLab(site.places, "content", "tappaas1", "140");
    const disksOf = () => (JSON.parse(content()) as { disks: object }).disks;
    const disks = disksOf();
    const [, first] = (await snapshotsOn(ask, "tappaas1", "tappaas_backup")).filter(({ vmid }) => vmid === 140);
    assert.ok(first !== undefined);
    await onNode(site.sheet, "tappaas1", "qm shutdown 140 && qm destroy 140 --destroy-unreferenced-disks 1");
    assert.throws(content);

    const order = { guest: "identity", to: "140", node: "tappaas1", before: first.time };
    const { code, time } = await restoreOnLab(site, order);
    assert.deepEqual({ code, time }, { code: 0, time: first.time.toISOString() });
    assert.deepEqual(disksOf(), disks);
  });

  it("measures by its own backups what each guest holds and changes, and reckons with that from then on", async () => {
    const written = { node: "tappaas1", vmid: 110, key: "scsi0", offset: 100, text: "what a day brings" };
    await askControl(join(site.places.lab, "control.sock"), "write-disk", written);
    runBackups(site);
    const args = ["measure", "--settings", site.places.stackFile, "--yes", "--json"];
    const { code, stdout } = await site.stack.command(args, { quiet: true });
    assert.equal(code, 0);
    const { changes } = JSON.parse(stdout) as { changes: readonly { vmid: number; busiest: number }[] };
    const firewall = changes.find(({ vmid }) => vmid === 110);
    // QEMU counts by pieces of 4 MiB.
    assert.equal(firewall?.busiest, 4 * 1024 ** 2);
    const record = JSON.parse(readFileSync(join(site.places.site, "planning.json"), "utf8")) as {
      readonly used: readonly { readonly vmid: number }[];
      readonly measured: readonly { readonly rate: string }[];
    };
    assert.deepEqual(
      record.used.map(({ vmid }) => vmid),
      GUESTS,
    );
    assert.deepEqual(
      record.measured.map(({ rate }) => rate),
      ["growthPerDay"],
    );
  });

  it("has written the key nowhere: not in state, plan, log, error or process argument", async () => {
    const key = await readKeyFile(site.places.keyFile, site.places.identityFile);
    const { data } = JSON.parse(key.json) as { data: string };
    const plan = join(site.places.root, "plan.json");
    const previewed = await onSite(site, "preview", "--save-plan", plan, "--diff", "--json");
    const exported = await site.stack.pulumi(["stack", "export", "--show-secrets", "--stack", "single-node"], {
      quiet: true,
    });
    const places = {
      said,
      previewed: previewed.stdout + previewed.stderr,
      state: exported.stdout,
      plan: readFileSync(plan, "utf8"),
    };
    const secrets = Object.values(await secretsOf(site));
    const log = {
      lab: readFileSync(join(site.places.root, "lab.log"), "utf8"),
      backend: filesBelow(site.places.backend),
    };

    assert.equal(exported.code, 0);
    assert.ok(exported.stdout.includes(key.fingerprint));
    for (const [where, text] of Object.entries({ ...places, ...log })) assert.equal(text.includes(data), false, where);
    // The exported state shows secrets because it was asked to; nothing else may.
    for (const [where, text] of Object.entries({ ...places, ...log }).filter(([name]) => name !== "state")) {
      for (const secret of secrets) assert.equal(text.includes(secret), false, where);
    }
  });

  it("takes nothing away from a site whose owner says destroy", async () => {
    const before = await everythingOn(site);

    const { code, stdout, stderr } = await onSite(site, "destroy", "--yes", "--skip-preview");

    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /protected/);
    assert.deepEqual(await everythingOn(site), before);
  });
});

/** Every object of the site that the program could have made twice, and who may use it. */
async function everythingOn({ sheet }: LabSite) {
  const pve = pveOf(sheet, "tappaas1");
  const pbs = pbsOf(sheet);
  const by = <T>(rows: readonly T[], key: (row: T) => string) => rows.map(key).sort();
  return {
    storages: by(await pve.storages(), (entry) => JSON.stringify(entry)),
    jobs: by(await pve.backupJobs(), ({ id, vmid }) => `${id} ${vmid ?? ""}`),
    datastores: by(await pbs.datastores(), (store) => JSON.stringify(store)),
    pruneJobs: by(await pbs.pruneJobs(), (job) => JSON.stringify(job)),
    users: by(await pbs.users(), ({ userid }) => userid),
    tokens: by(await pbs.tokens("tappaas@pbs"), ({ tokenid }) => tokenid),
    acl: by(await pbs.acl(), (row) => JSON.stringify(row)),
  };
}

/** Logins of the program, and the secret of the login that it made. */
async function secretsOf({ sheet, stack }: LabSite): Promise<Record<string, string>> {
  const [node, server] = [sheet.nodes["tappaas1"], sheet.pbs["backup"]];
  if (node === undefined || server === undefined) throw new Error("The lab has no node or no server.");
  const exported = await stack.pulumi(["stack", "export", "--show-secrets", "--stack", "single-node"], { quiet: true });
  const made = /"secret": "([0-9a-f-]{36})"/.exec(exported.stdout)?.[1];
  const sshKey = readFileSync(node.ssh.privateKeyFile, "utf8").split("\n")[2] ?? "";
  assert.ok(sshKey.length > 20);
  return {
    pve: node.logins.token.secret,
    pbs: server.logins.token.secret,
    sshKey,
    ...(made !== undefined && { made }),
  };
}

function filesBelow(folder: string): string {
  if (!existsSync(folder)) return "";
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");
}

/** Runs `work` while looking at the arguments of every process of this machine: anyone could. */
async function watchingArguments(site: LabSite, work: () => Promise<string>): Promise<string> {
  const { data } = JSON.parse((await readKeyFile(site.places.keyFile, site.places.identityFile)).json) as {
    data: string;
  };
  const seen = new Set<string>();
  const watch = setInterval(() => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        // Gone between the listing and the look.
      }
    }
  }, 50);
  try {
    return await work();
  } finally {
    clearInterval(watch);
    assert.ok([...seen].some((line) => line.includes("pulumi")));
    assert.equal(
      [...seen].some((line) => line.includes(data)),
      false,
    );
  }
}
