import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { PbsClient } from "../../provider/clients/pbs-client";
import { type LabSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, type LabSource } from "../../tools/lab-site/vault";
import { changeSettings, run } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, onSite, pbsOf, runBackups, up } from "../engine/support/lab-site";

const ALICE = "test-peers-alice";
const BOB = "test-peers-bob";
const GUESTS = ["110", "130", "140", "312", "610"];
const NOTHING = z.unknown();

/** Two sites, two labs, two stacks, two passphrases. Each keeps copies of the other; what goes across is one text either way. */
describe("two sites that keep each other's backups", function () {
  inOrder(this);
  let alice: LabSite;
  let bob: LabSite;
  /** What bob reads alice with. */
  let reader: LabSource;

  before(async () => {
    alice = await freshLabSite(ALICE, "127.0.141");
    bob = await freshLabSite(BOB, "127.0.142");
    for (const [site, user] of [
      [alice, "bob@pbs"],
      [bob, "alice@pbs"],
    ] as const) {
      changeSettings(site, (settings) => ({ ...settings, backup: { ...asObject(settings.backup), readers: [user] } }));
      await up(site);
      runBackups(site);
    }
    reader = (await copyReaderOf(alice, "bob@pbs"))!;
  });
  after(() => {
    forgetLabSite(ALICE);
    forgetLabSite(BOB);
  });

  it("are joined by one text either way, and each is brought up from its own stack", async () => {
    await invite(alice, bob, "alice");
    await invite(bob, alice, "bob");
    // Alice has little room: of bob she keeps one guest.
    changeSettings(alice, (settings) => withPeer(settings, "bob", { groups: ["group:vm/140"], limit: "100 GiB" }));
    for (const site of [alice, bob]) {
      const { code, stdout, stderr } = await run(site, "up", "--yes");
      assert.equal(code, 0, stdout + stderr);
    }
  });

  it("have each other's guests after the next run, all or those that were chosen, encrypted", async () => {
    await pull(bob, "alice");
    await pull(alice, "bob");
    assert.deepEqual(await guestsIn(bob, "alice-copies"), GUESTS);
    assert.deepEqual(await guestsIn(alice, "bob-copies"), ["140"]);
    const copies = await pbsOf(bob.sheet).snapshots("alice-copies");
    assert.ok(copies.every(({ files }) => files.some((file) => file["crypt-mode"] === "encrypt")));
  });

  it("are left as they are by a second run, and a watch finds nothing wrong with the copies", async () => {
    for (const site of [alice, bob]) {
      const again = await onSite(site, "up", "--yes", "--skip-preview", "--expect-no-changes");
      assert.equal(again.code, 0, again.stdout + again.stderr);
      const { stdout } = await run(site, "watch", "--json");
      assert.deepEqual(
        (JSON.parse(stdout) as { what: string }[]).filter(({ what }) => what.startsWith("copies")),
        [],
      );
    }
  });

  it("let the other read the one namespace of their own backups: neither those below it, nor other datastores", async () => {
    const owner = pbsOf(alice.sheet);
    await owner.ask(NOTHING, {
      method: "POST",
      path: "/admin/datastore/tappaas_backup/namespace",
      parameters: { name: "private" },
    });
    const client = clientOf(reader, alice);
    try {
      assert.ok((await client.groups("tappaas_backup")).length > 0);
      await assert.rejects(client.groups("tappaas_backup", "private"), /permission/);
      await assert.rejects(client.groups("bob-copies"), /permission/);
      await assert.rejects(client.ask(NOTHING, forget("tappaas_backup", "140")), /permission/);
      assert.deepEqual(Object.keys(await client.privileges("/datastore/bob-copies")), []);
    } finally {
      await client.close();
      await owner.close();
    }
    // What bob fetches goes on with the namespace there.
    await pull(bob, "alice");
  });

  it("keep what the other deletes at home, by their own retention", async () => {
    const owner = pbsOf(alice.sheet);
    await owner.ask(NOTHING, forget("tappaas_backup", "140"));
    await owner.close();
    await pull(bob, "alice");
    assert.deepEqual(await guestsIn(bob, "alice-copies"), GUESTS);
    const jobs = await pbsOf(bob.sheet).pruneJobs();
    const own = jobs.find(({ store }) => store === "alice-copies");
    assert.equal(own?.["keep-daily"], 7);
  });

  it("say when the other's copies no longer come in", async () => {
    const owner = pbsOf(alice.sheet);
    await owner.removeToken("bob@pbs", "pull");
    await owner.close();
    await assert.rejects(pull(bob, "alice"));
    const { code, stdout } = await run(bob, "watch", "--json");
    assert.equal(code, 2);
    assert.match(stdout, /copies of alice.*\n.*the last run failed/);
  });
});

/** One side invites, the other takes the text into its own stack. */
async function invite(from: LabSite, to: LabSite, name: string): Promise<void> {
  const identity = ["--identity-file", join(to.places.root, "peer-identity.txt")];
  const key = await to.stack.command(["peer", "key", ...identity], { quiet: true });
  assert.equal(key.code, 0, key.stderr);
  const invited = await run(from, "peer", "invite", "--to", key.stdout.trim());
  assert.equal(invited.code, 0, invited.stderr);
  const text = join(to.places.root, "invitation.txt");
  writeFileSync(text, invited.stdout);
  const where = ["--name", name, "--file", text, "--path", `/tankc1/${name}-copies`];
  const accepted = await run(to, "peer", "accept", ...where, ...identity, "--yes");
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(readFileSync(to.places.stackFile, "utf8"), new RegExp(`${name}Reader:`));
}

async function pull(site: LabSite, job: string): Promise<void> {
  const pbs = pbsOf(site.sheet);
  try {
    const upid = await pbs.ask(z.string(), { method: "POST", path: `/admin/sync/${job}/run`, parameters: {} });
    await pbs.taskEnd(upid);
  } finally {
    await pbs.close();
  }
}

async function guestsIn(site: LabSite, store: string): Promise<string[]> {
  const snapshots = await pbsOf(site.sheet).snapshots(store);
  const guests = snapshots.filter((one) => one["backup-type"] !== "host").map((one) => one["backup-id"]);
  return [...new Set(guests)].toSorted();
}

function clientOf({ authId, secret }: LabSource, { sheet }: LabSite): PbsClient {
  const { api, fingerprint } = sheet.pbs["backup"]!;
  return new PbsClient({ endpoint: api, trust: { fingerprint }, login: { tokenId: authId, secret } }, [1, 1]);
}

function forget(store: string, guest: string) {
  const parameters = { "backup-type": "vm", "backup-id": guest };
  return { method: "DELETE" as const, path: `/admin/datastore/${store}/groups`, parameters };
}

function withPeer<T extends object>(settings: T, name: string, changes: object): T {
  const peers = (settings as { peers?: Record<string, object> }).peers ?? {};
  return { ...settings, peers: { ...peers, [name]: { ...peers[name], ...changes } } };
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
