import { strict as assert } from "node:assert";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { RestoreClient } from "../../provider/clients/restore-client";
import { PVE_ROLES, REBUILD_PRIVILEGES } from "../../provider/rights/pve-rights";
import { askLab, startLab, stopLab, type LabSheet } from "../../tools/lab-site/lab";
import { placesOf, REPOSITORY } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, VAULT_STACK } from "../../tools/lab-site/vault";
import { changeSettings, run, type Upped } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onNode, pbsOf, pveOf, runBackups, up } from "../engine/support/lab-site";
import { CleanMachine } from "./support/clean-machine";

const HOME = "sweep-gone-home";
const VAULT = "sweep-gone-vault";
const [HOME_PREFIX, VAULT_PREFIX] = ["127.0.104", "127.0.105"];
const NODE = "tappaas1";
const GUESTS = [110, 130, 140, 312, 610];
const COPIES = "home-copies";

/** Fire: of the site there is nothing left but a bundle, what its owner has on paper and in mind, and the copies in a vault. */
describe("a site of which nothing is left but its bundle, its sheet and the copies elsewhere", function () {
  inOrder(this);
  let home: LabSite;
  let vault: LabSite;
  let folder: string;
  let machine: CleanMachine;
  let reader: string;
  let sheet: LabSheet;
  const living = new Map<number, unknown>();

  before(async () => {
    forgetVault();
    home = await freshLabSite(HOME, HOME_PREFIX);
    changeSettings(home, (settings) => ({
      ...settings,
      backup: { ...(settings.backup as object), readers: ["vault@pbs"] },
      offsite: { vault: { kind: "vault", place: "my sister's house", reader: "vault@pbs" } },
    }));
    await up(home);
    runBackups(home);
    for (const vmid of GUESTS) living.set(vmid, sums(vmid));
    vault = await prepareLabVault(VAULT, VAULT_PREFIX, { home: (await copyReaderOf(home, "vault@pbs"))! });
    assert.equal((await run(vault, "up", "--yes")).code, 0);
    const pbs = pbsOf(vault.sheet, "vault");
    await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path: "/admin/sync/home/run", parameters: {} }));
    // What the vault's owner gives on the day: a login that reads, and nothing else.
    await pbs.createUser({ userid: "home@pbs" });
    reader = await pbs.createToken("home@pbs", "read", {});
    for (const who of ["home@pbs", "home@pbs!read"])
      await pbs.grant(`/datastore/${COPIES}`, "DatastoreReader", who, true);
    await pbs.close();

    folder = mkdtempSync(join(tmpdir(), "gone-"));
    machine = new CleanMachine(folder, home);
    const out = ["bundle", "--settings", home.places.stackFile, "--out", join(folder, "usb"), "--json"];
    const bundled = await home.stack.command(out, { quiet: true });
    assert.ok(bundled.code === 0 || bundled.code === 2, bundled.stderr);
    const { archive } = JSON.parse(bundled.stdout) as { archive: string };
    copyFileSync(home.places.escrowFile, join(machine.folder, "escrow.txt"));

    stopLab(home.places);
    const { lab, site, backend, keyFile, identityFile, stackFile } = home.places;
    for (const path of [lab, site, backend, keyFile, identityFile, stackFile]) rmSync(path, { recursive: true });
    // The same program stands elsewhere for the clean machine; what the site knew of itself is in the bundle alone.
    const opened = machine.shell(`tar -xf ${archive} && cd ${machine.bundle} && sh open.sh`);
    assert.equal(opened.status, 0, opened.stderr);
  });
  after(() => {
    forgetLabSite(HOME);
    forgetVault();
    rmSync(folder, { recursive: true, force: true });
  });

  const sums = (vmid: number) => {
    const { disks } = JSON.parse(askLab(home.places, "content", NODE, String(vmid))) as {
      disks: Record<string, { sha256: string }>;
    };
    return Object.values(disks).map(({ sha256 }) => sha256);
  };
  const program = (words: string, env: NodeJS.ProcessEnv = {}) =>
    machine.inBundle(`node --import=tsx commands/main.ts ${words}`, { env: { TAPPAAS_REHEARSAL: "1", ...env } });
  function done(words: string, env: NodeJS.ProcessEnv = {}): string {
    const { status, stdout, stderr } = program(words, env);
    assert.equal(status, 0, `${words}\n${stderr}\n${stdout}`);
    return stdout;
  }
  const upped = () => JSON.parse(done(`up ${machine.which} --yes --json`)) as Upped;

  it("has new machines under the old names, with empty disks, made known by enrolling them", async () => {
    sheet = await startLab(placesOf(HOME), newMachines(folder), HOME_PREFIX);
    assert.equal(machine.inBundle("pulumi stack init single-node --no-select >&2").status, 0);
    for (const [name, more] of [
      [NODE, ""],
      ["backup", "--backup-server"],
    ] as const) {
      const { ssh } = name === NODE ? sheet.nodes[name]! : sheet.pbs[name]!;
      const { host, port, hostKey, privateKeyFile } = ssh;
      const where = `--host ${host} --port ${port} --key ${privateKeyFile} ${more}`;
      const words = `enrol ${machine.which} ${where} --accept-host-key ${hostKeyOfLine(hostKey).fingerprint} --yes`;
      if (name === NODE) assert.match(program(words).stderr, /was set up anew: say it again with --set-up-anew/);
      done(`${words} --set-up-anew`);
    }
  });

  it("has its key again from the sheet, the one that its settings name and no other", () => {
    const settings = join(machine.bundle, "resilience", machine.which.slice("--settings ".length));
    const { key } = (parse(readFileSync(settings, "utf8")) as Written).config["tappaas-resilience:settings"];
    const files = `--key-file ${key.file} --identity-file ${key.identityFile} --escrow-file ../again.txt`;
    const words = `key import --from-paper ../../escrow.txt --no-master-key --site single-node --pbs ${sheet.pbs["backup"]!.address} ${files}`;
    const other = program(`${words} --expect ${"0e:".repeat(31)}0e`);
    assert.notEqual(other.status, 0);
    done(`${words} --expect ${key.fingerprint}`);
  });

  it("has pools, storages, server and nightly job by one run, before any guest is there", async () => {
    done(`observe ${machine.which}`);
    const { end, harm } = upped();
    assert.deepEqual([end, harm], ["applied", []]);
    const pve = pveOf(sheet, NODE);
    assert.ok((await pve.storages()).some(({ storage }) => storage === "tanka1"));
    assert.deepEqual(
      (await pve.backupJobs()).map(({ vmid }) => vmid),
      [GUESTS.join(",")],
    );
    await pve.close();
  });

  it("has every guest back, byte for byte, out of the vault, with a login there that only reads", async () => {
    await onNode(sheet, NODE, `pveum role add ${PVE_ROLES.rebuild} -privs "${REBUILD_PRIVILEGES.join(" ")}"`);
    await onNode(sheet, NODE, `pveum acl modify / --users pulumi@pve --roles ${PVE_ROLES.apply},${PVE_ROLES.rebuild}`);
    const { address, fingerprint } = vault.sheet.pbs["vault"]!;
    const words =
      `rebuild ${machine.which} --escrow-file ../../escrow.txt --over-internet --pbs ${address} --datastore ${COPIES} ` +
      `--pbs-fingerprint ${fingerprint} --pbs-login home@pbs!read --json --yes`;
    const { end, left } = JSON.parse(done(words, { PBS_PASSWORD: reader })) as Rebuilt;
    assert.deepEqual([end, left], ["done", []]);
    const pve = pveOf(sheet, NODE);
    const guests = (await new RestoreClient(pve).guests()).filter(({ node }) => node === NODE);
    assert.deepEqual(
      guests.map(({ vmid }) => vmid).toSorted((a, b) => a - b),
      GUESTS,
    );
    for (const vmid of GUESTS) assert.deepEqual(sums(vmid), living.get(vmid), String(vmid));
    await pve.close();
  });

  it("is what the program says at its end, and is backed up in the next night with the same key", async () => {
    await onNode(sheet, NODE, `pveum acl delete / --users pulumi@pve --roles ${PVE_ROLES.rebuild}`);
    done(`observe ${machine.which}`);
    assert.deepEqual(upped().harm, []);
    const again = upped();
    assert.deepEqual([again.end, again.changes], ["nothing", []]);
    askLab(home.places, "run-jobs");
    const kept = await pbsOf(sheet).snapshots("tappaas_backup");
    const [key, ...others] = new Set(kept.map(({ fingerprint }) => fingerprint));
    const [theirs] = new Set(
      (await pbsOf(vault.sheet, "vault").snapshots(COPIES)).map(({ fingerprint }) => fingerprint),
    );
    assert.deepEqual([key, others], [theirs, []]);
    assert.ok(kept.length >= GUESTS.length);
  });
});

interface Rebuilt {
  readonly end: string;
  readonly left: readonly { readonly guest: string }[];
}
interface Written {
  readonly config: {
    readonly "tappaas-resilience:settings": {
      readonly key: { readonly file: string; readonly identityFile: string; readonly fingerprint: string };
    };
  };
}

/** First day of new machines: the old names, and disks on which nothing is. */
function newMachines(folder: string): string {
  const text = readFileSync(join(REPOSITORY, "lab/sites/single-node.json"), "utf8");
  const day = JSON.parse(text) as { nodes: object[] };
  const nodes = day.nodes.map((node) => ({ ...node, pools: [], storages: [], guests: [] }));
  const file = join(folder, "day.json");
  writeFileSync(file, JSON.stringify({ ...day, nodes }));
  return file;
}

function forgetVault(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}
