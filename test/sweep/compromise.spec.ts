import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { readAnyStackFile } from "../../commands/stack-file";
import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { readSiteFolder } from "../../estate/site-folder";
import { isDestroyed, openedBy } from "../../planning/aftermath";
import * as credentials from "../../planning/credentials";
import { deletionResistance } from "../../planning/deletion-resistance";
import { type Model } from "../../planning/model";
import { modelOf } from "../../planning/site-model";
import { REPOSITORY } from "../../tools/lab-site/places";
import { observeLabSite, type LabSite } from "../../tools/lab-site/prepare";
import { changeSettings, run, setSecret } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { runBackups } from "../engine/support/lab-site";
import { triedOnBucket } from "./compromise/bucket-attempts";
import { NODE, ownerOf } from "./compromise/client";
import { evilChange, type EvilChange } from "./compromise/evil-change";
import { triedOnGuest } from "./compromise/guest-attempts";
import { reread, setProtection, spoilNextBackup } from "./compromise/harm";
import { dateAhead, datesAhead, runJob, spreads } from "./compromise/lock-out";
import { triedOnServer } from "./compromise/server-attempts";
import { compromisedSites, forgetSites, secretsOf, type Sites } from "./compromise/sites";
import { cellOf, COPIES, documented, fewestToDestroyAll, type CopyName, type Row } from "./compromise/table";
import { type Thief } from "./compromise/thief";
import { thievesOf } from "./compromise/thieves";
import { receiverAt } from "./support/receiver";

/** Each credential that there is, and what it reaches: tried one by one, and held against docs/how-to/compromise.md. */
describe("whoever takes a credential", function () {
  inOrder(this);
  let sites: Sites;
  let change: EvilChange;
  let thieves: readonly Thief[];
  let spread: ReadonlySet<CopyName>;
  const seen = new Map<string, Map<CopyName, Row>>();

  before(async () => {
    sites = await compromisedSites();
    change = evilChange(sites.home);
  });
  after(() => {
    (change as EvilChange | undefined)?.forget();
    forgetSites();
  });

  it("finds in a pull request's CI nothing of the site's, though the change reads all that is there", async () => {
    const workflow = readFileSync(`${REPOSITORY}/.github/workflows/preview.yml`, "utf8");
    assert.equal(/secrets\.|\benv:|\bid-token\b|pull_request_target/.test(workflow), false);
    assert.ok(Object.keys((parse(workflow) as { on: object }).on).every((event) => event === "pull_request"));
    const inPreview = await change.inPreview();
    for (const secret of Object.values(await secretsOf(sites.home))) {
      assert.equal(inPreview.seen.includes(JSON.stringify(secret).slice(1, -1)), false);
    }
    thieves = await thievesOf(sites, { merged: await change.merged(), inPreview });
  });

  it("is refused by a server, and not by a mistake in the attempt: with the owners' passwords each succeeds", async () => {
    const { home, provider, account, doors } = sites;
    const logins = [
      { authId: "root@pam", secret: home.sheet.nodes[NODE]!.logins["root@pam"].password },
      ...Object.values(doors).map((door) => ownerOf(door)),
      ownerOf({ lab: provider, server: "vault" }),
    ];
    const owners: Thief = { credential: "all of them", logins, keys: [], root: [], buckets: [account] };
    const found = await triedOnAll(owners, sites, new Set());
    const cells = Object.fromEntries([...found].map(([copy, row]) => [copy, cellOf(row)]));
    const server = "DrL";
    assert.deepEqual(cells, {
      "the guest itself": "DORL",
      "the backup at home": server,
      "the copy at the vault": server,
      "the copy at the peer": server,
      "the append-only bucket": "DOrL",
      "the ordinary bucket": "DOrL",
      "the copy at the provider": server,
    });
  });

  it("who dates a backup ahead at home keeps later ones out of the copies too, wherever it is fetched or sent", async () => {
    const { doors } = sites;
    const found: CopyName[] = [];
    for (const door of Object.values(doors)) {
      if (door.job !== undefined && (await spreads(door, doors["the backup at home"]))) found.push(door.copy);
    }
    spread = new Set(found);
    assert.deepEqual(found.toSorted(), COPIES.slice(2).toSorted());
  });

  for (const [credential, row] of documented()) {
    it(`${credential}: gets of each copy what the table says, and no more`, async () => {
      const thief = thieves.find((one) => one.credential === credential);
      assert.ok(thief !== undefined, `nobody tries ${credential}`);
      const found = await triedOnAll(thief, sites, spread);
      seen.set(credential, found);
      const cells = (verdicts: ReadonlyMap<CopyName, Row>) =>
        COPIES.map((copy) => `${copy}: ${cellOf(verdicts.get(copy)!)}`);
      assert.deepEqual(cells(found), cells(row));
    });
  }

  it("is in the table, whatever the credential: none is left out", () => {
    assert.deepEqual([...documented().keys()].toSorted(), thieves.map(({ credential }) => credential).toSorted());
  });

  it("needs one more from elsewhere to destroy every copy of a guest, except with an ordinary bucket alone, after its window", () => {
    const fewest = (copies: readonly CopyName[], afterWindow = true) =>
      fewestToDestroyAll(seen, [...COPIES.slice(0, 2), ...copies], afterWindow);
    const found: Readonly<Record<string, number>> = Object.fromEntries(
      COPIES.slice(2).map((copy) => [copy, fewest([copy])]),
    );
    const expected: typeof found = {
      "the copy at the vault": 2,
      "the copy at the peer": 2,
      "the append-only bucket": 2,
      "the ordinary bucket": 1,
      "the copy at the provider": 2,
    };
    assert.deepEqual(found, expected);
    assert.equal(fewest(["the ordinary bucket"], false), 2);
    for (const [copy, name] of Object.entries<string>(NAMES)) {
      const planned = deletionResistance(plannedModel(sites.home, [name]));
      assert.deepEqual([...new Set(planned.map(({ count }) => count))], [found[copy]], copy);
      const windows = new Set(planned.map(({ until }) => JSON.stringify(until)));
      assert.deepEqual([...windows], [name === "ordinary" ? '{"days":30,"count":2}' : undefined], copy);
    }
  });

  it("is counted so by the report of the site, which says what an ordinary bucket gives back, and for how long", async () => {
    const restore = changeSettings(sites.home, (settings) => ({ ...only(settings, ["ordinary"]), hosted: {} }));
    const ordinary = await run(sites.home, "report");
    restore();
    assert.match(ordinary.stdout, /1 after 30 days, 2 until then: the stack's passphrase/);
    assert.match(ordinary.stdout, /gives everything back for 30 days/);
  });

  it("destroys what the plan says of that credential alone", () => {
    const model = plannedModel(sites.home, Object.values(NAMES));
    for (const [id, credential] of Object.entries(PLANNED)) {
      const opened = openedBy(model, [id]);
      const planned = model.copies.flatMap((copy) => (isDestroyed(copy, opened) ? columnOf(copy) : []));
      const real = [...(seen.get(credential) ?? [])].filter(
        ([copy, { delete: gone, overwrite }]) =>
          gone === "yes" || overwrite === "yes" || (copy === "the ordinary bucket" && gone === "undone"),
      );
      assert.deepEqual([...new Set(planned)].toSorted(), real.map(([copy]) => copy).toSorted(), credential);
    }
  });

  it("with the nodes' login dates ahead, unprotects its own and plants chunks: each is found, and the receiver is told", async () => {
    const { home, doors, vault } = sites;
    const door = doors["the backup at home"];
    await setProtection(door, ownerOf(door), true);
    assert.equal(await observeLabSite(home, true), 0);
    await assert.rejects(setProtection(door, sites.readers.vault, false));
    await setProtection(door, door.writer, false);
    const { read } = await spoilNextBackup(door);
    await assert.rejects(read(), /Index and chunk CryptMode don't match/);
    await assert.rejects(reread(door));
    await dateAhead(door);
    const receiver = await receiverAt("127.0.147.99");
    try {
      await setSecret(home, "alertAddress", receiver.address);
      assert.equal((await run(home, "watch", "--send")).code, 2);
      const [told = ""] = receiver.heard;
      assert.match(told, /ct\/312 in tappaas_backup: the backup of [^\n"]* was protected when/);
      assert.match(told, /host\/in-clear in tappaas_backup: the backup of [^\n"]* failed verification/);
      assert.match(told, /host\/canary in tappaas_backup: [^\n"]*dated 2096-01-01[^\n"]*make rotate/);
    } finally {
      receiver.close();
    }
    const { stdout } = await run(vault, "watch", "--json");
    assert.match(stdout, /host\/ahead-home-copies in home-copies[\s\S]*dated 2096-01-01/);
  });
});

/** Copies elsewhere as the settings name them. */
const NAMES = {
  "the copy at the vault": "vault",
  "the copy at the peer": "peer",
  "the append-only bucket": "bucket",
  "the ordinary bucket": "ordinary",
  "the copy at the provider": "provider",
} as const;

/** Rows of the table that the plan counts as a credential. */
const PLANNED = {
  [credentials.NODE_ROOT]: "root on a node",
  [credentials.NODE_ADMIN]: "the program's login on the nodes",
  [credentials.SERVER_ROOT]: "root on the backup server",
  [credentials.SERVER_ADMIN]: "the program's login on the backup server",
  [credentials.WRITER]: "the nodes' login on the backup server",
  [credentials.PASSPHRASE]: "home's state and passphrase",
  "credential:off-site:vault": "the vault's own login",
  "credential:off-site:peer": "root at the peer",
  "credential:off-site:provider": "root at the provider",
  "credential:bucket-key:bucket": "home's key of the append-only bucket",
  "credential:bucket-key:ordinary": "home's key of the ordinary bucket",
} as const;

function columnOf({ id, kind }: Model["copies"][number]): CopyName[] {
  if (kind === "live") return ["the guest itself"];
  if (kind === "backup") return ["the backup at home"];
  return Object.entries(NAMES).flatMap(([copy, name]) =>
    id.startsWith(`off-site:${name}:`) ? [copy as CopyName] : [],
  );
}

/** Tries everything to every copy, and leaves each as it was for the next. */
async function triedOnAll(thief: Thief, sites: Sites, spread: ReadonlySet<CopyName>): Promise<Map<CopyName, Row>> {
  const home = sites.doors["the backup at home"];
  const found = new Map<CopyName, Row>([["the guest itself", await triedOnGuest(thief, home)]]);
  const isDated = spread.size > 0 && (await datesAhead(thief, home));
  for (const door of Object.values(sites.doors)) {
    const attempt = door.bucket === undefined ? triedOnServer : triedOnBucket;
    const row = await attempt(thief, door, home);
    found.set(door.copy, isDated && spread.has(door.copy) ? { ...row, "lock out": "yes" } : row);
    if (row.delete === "no" && row["lock out"] === "no") continue;
    if (door === home) runBackups(sites.home);
    else await runJob(door);
  }
  return found;
}

/** What the plan is made of, as `make report` makes it, with some of the copies elsewhere. */
function plannedModel({ places }: LabSite, names: readonly string[]): Model {
  const all = readAnyStackFile(places.stackFile);
  assert.ok(all.role === "site");
  const settings = { ...only(all, names), hosted: pick(all.hosted, names) };
  const { inventory, observation } = valueOf(readSiteFolder(places.site), settings.site);
  return modelOf(valueOf(estateOf({ inventory, settings, observation }), "estate"), { observation });
}

/** The settings with some of their copies elsewhere. */
function only<T extends { readonly offsite?: unknown }>(settings: T, names: readonly string[]): T {
  return { ...settings, offsite: pick(settings.offsite as object, names) };
}

function pick<T extends object>(all: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) as T;
}
