import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { PbsClient } from "../../provider/clients/pbs-client";
import { mintBackupKey } from "../../provider/keys/backup-key";
import { readEscrow, writeEscrow } from "../../provider/keys/escrow";
import { startLab } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, type LabSource, VAULT_STACK } from "../../tools/lab-site/vault";
import { changeSettings, run, setSecret } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import {
  diskSums,
  forgetLabSite,
  freshLabSite,
  onNode,
  onSite,
  pbsOf,
  runBackups,
  up,
} from "../engine/support/lab-site";

const HOME = "test-offsite-home";
const VAULT = "test-offsite-vault";
const CLEAN = "test-offsite-clean";
const GUESTS = ["110", "130", "140", "312", "610"];

/** Home and its vault: two labs, two stacks, two passphrases; only a token goes across. */
describe("the copy of a site in a vault", function () {
  inOrder(this);
  let home: LabSite;
  let vault: LabSite;
  let reader: LabSource;

  before(async () => {
    home = await freshLabSite(HOME, "127.0.71");
    changeSettings(home, (settings) => ({
      ...settings,
      backup: { ...asObject(settings.backup), readers: ["vault@pbs"] },
      offsite: { vault: { kind: "vault", place: "my sister's house", reader: "vault@pbs" } },
    }));
    await up(home);
    runBackups(home);
    reader = (await copyReaderOf(home, "vault@pbs"))!;
  });
  after(() => {
    forgetLabSite(HOME);
    forgetLabSite(CLEAN);
    forgetVault();
  });

  it("is set up from a stack of its own, with a passphrase of its own, in one run", async () => {
    forgetVault();
    vault = await prepareLabVault(VAULT, "127.0.72", { home: reader });
    const { code, stdout, stderr } = await run(vault, "up", "--yes");
    assert.equal(code, 0, stdout + stderr);
    const [store] = await pbsOf(vault.sheet, "vault").datastores();
    assert.equal(store?.name, "home-copies");
    assert.equal(stdout.includes(reader.secret) || stderr.includes(reader.secret), false);
    assert.equal(readFileSync(vault.places.stackFile, "utf8").includes(reader.secret), false);
  });

  it("has every guest of home after its next run, encrypted with home's key, and home sees that it was fetched", async () => {
    const watched = async () => (await run(home, "watch", "--json")).stdout;
    assert.match(await watched(), /the vault at my sister's house has fetched nothing in the last 31 days/);
    await pull(vault, "home");
    assert.doesNotMatch(await watched(), /has fetched nothing/);
    const snapshots = await pbsOf(vault.sheet, "vault").snapshots("home-copies");
    const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
    assert.deepEqual(guests.toSorted(), GUESTS);
    const [key] = new Set(snapshots.map(({ fingerprint }) => fingerprint));
    assert.ok(key !== undefined && key !== null);
  });

  it("is left as it is by a second run, and by a look at the living server", async () => {
    const again = await onSite(vault, "up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const drift = await run(vault, "drift");
    assert.equal(drift.code, 0, drift.stdout + drift.stderr);
  });

  it("is refused a place in home's stack: a login for the vault there stops the plan before anything is declared", async () => {
    await setSecret(home, "homeReader", reader.secret);
    const { code, stdout, stderr } = await onSite(home, "preview");
    assert.equal((await onSite(home, "config", "rm", "homeReader")).code, 0);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /holds homeReader: a login for another place does not belong/);
    assert.equal(`${stdout}${stderr}`.includes(reader.secret), false);
  });

  it("can be deleted with none of home's logins: not the program's, not the nodes', not root's of the node", async () => {
    const { endpoint, trust } = doorOf(vault);
    const { id, secret } = home.sheet.pbs["backup"]!.logins.token;
    const written = await onNode(home.sheet, "tappaas1", "cat /etc/pve/priv/storage/*.pw");
    const logins = [
      { tokenId: id, secret },
      { tokenId: "tappaas@pbs!pve", secret: written.trim() },
      { tokenId: reader.authId, secret: reader.secret },
      { username: "root@pam", password: home.sheet.pbs["backup"]!.logins["root@pam"].password },
      { username: "root@pam", password: home.sheet.nodes["tappaas1"]!.logins["root@pam"].password },
    ];
    for (const login of logins) {
      const thief = new PbsClient({ endpoint, trust, login }, [1, 1]);
      await assert.rejects(thief.ask(z.unknown(), forget("home-copies", "140")), /authentication failed|permission/);
      await thief.close();
    }
    assert.ok((await pbsOf(vault.sheet, "vault").snapshots("home-copies")).length > 0);
  });

  it("cannot be used to change home: the vault's login may neither write nor delete there", async () => {
    const { endpoint, trust } = doorOf(home);
    const thief = new PbsClient({ endpoint, trust, login: { tokenId: reader.authId, secret: reader.secret } }, [1, 1]);
    await assert.rejects(thief.ask(z.unknown(), forget("tappaas_backup", "140")), /permission/);
    await thief.close();
  });

  it("gives a guest back byte for byte on a clean node when home is gone, and nothing without home's key", async () => {
    const living = diskSums(home.places, "tappaas1", "140");
    const paper = readEscrow(readFileSync(home.places.escrowFile, "utf8"));
    forgetLabSite(HOME);

    const clean = placesOf(CLEAN);
    const { nodes, ca } = await startLab(clean, undefined, "127.0.73");
    const spare = nodes["spare"]!;
    const [right, wrong] = [join(clean.root, "right.txt"), join(clean.root, "wrong.txt")];
    await writeEscrow(right, paper);
    await writeEscrow(wrong, { ...paper, key: mintBackupKey() });
    const server = vault.sheet.pbs["vault"]!;
    const there = ["--pbs", server.address, "--datastore", "home-copies", "--pbs-fingerprint", server.fingerprint];
    const onto = ["--pve", spare.api, "--pve-ca", ca, "--node", "spare", "--guest", "140", "--to", "9140"];
    const env = {
      PVE_PASSWORD: spare.logins["root@pam"].password,
      PBS_PASSWORD: server.logins["root@pam"].password,
    };
    const restore = (sheet: string) =>
      vault.stack.command(["restore", ...onto, ...there, "--escrow-file", sheet, "--json"], { env, quiet: true });
    const refused = await restore(wrong);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /No other key can read this backup|holds/);
    const { code, stderr } = await restore(right);
    assert.equal(code, 0, stderr);
    assert.deepEqual(diskSums(clean, "spare", "9140"), living);
    assert.notDeepEqual(living, {});
  });
});

function forgetVault(): void {
  forgetLabSite(VAULT, placesOf(VAULT, VAULT_STACK));
}

async function pull(site: LabSite, job: string): Promise<void> {
  const pbs = pbsOf(site.sheet, "vault");
  const upid = await pbs.ask(z.string(), { method: "POST", path: `/admin/sync/${job}/run`, parameters: {} });
  await pbs.taskEnd(upid);
}

function doorOf({ sheet }: LabSite) {
  const [server] = Object.values(sheet.pbs);
  return { endpoint: server!.api, trust: { fingerprint: server!.fingerprint } };
}

function forget(store: string, guest: string) {
  const parameters = { "backup-type": "vm", "backup-id": guest };
  return { method: "DELETE" as const, path: `/admin/datastore/${store}/groups`, parameters };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
