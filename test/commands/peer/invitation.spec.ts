import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { accept, accepting } from "../../../commands/peer/accept";
import { opened, sealed, type Invitation } from "../../../commands/peer/invitation";
import { type Secrets } from "../../../commands/secrets";
import { ensureIdentity, recipientOf } from "../../../provider/keys/key-file";
import { writtenVault } from "../../estate/vault";

const NOW = new Date("2026-11-26T12:00:00Z");
const SECRET = "b1946ac9-2fd0-4c8e-9d40-6f1a2b3c4d5e";
const KEY = "tappaas-resilience:settings";

const INVITATION: Invitation = {
  version: 1,
  until: "2026-11-29T12:00:00.000Z",
  from: "cabin",
  address: "10.9.0.1",
  port: 8007,
  fingerprint: "2a:".repeat(31) + "2a",
  datastore: "tappaas_backup",
  authId: "vault@pbs!pull",
  secret: SECRET,
};

describe("An invitation to fetch copies", () => {
  let folder: string;
  let own: string;
  let text: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "peer-"));
    own = await ensureIdentity(join(folder, "peer-identity.txt"));
    text = await sealed(INVITATION, await recipientOf(own));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is opened by the side that it is for, as it was made, and by a key that stays the same", async () => {
    assert.deepEqual(await opened(`Hello!\n${text}\nRegards`, own, NOW), INVITATION);
    assert.deepEqual(await opened(text.replaceAll("\n", "\r\n"), own, NOW), INVITATION);
    assert.equal(await ensureIdentity(join(folder, "peer-identity.txt")), own);
    assert.equal(statSync(join(folder, "peer-identity.txt")).mode & 0o077, 0);
  });

  it("shows nothing on its way: neither the secret nor where home is", () => {
    const seen = text + Buffer.from(text.split("\n").slice(1, -2).join(""), "base64").toString("latin1");
    for (const part of [SECRET, "10.9.0.1", "vault@pbs", "cabin"]) assert.equal(seen.includes(part), false, part);
  });

  it("is refused by another side, which learns nothing of it", async () => {
    const other = await ensureIdentity(join(folder, "other.txt"));
    await assert.rejects(opened(text, other, NOW), (error: Error) => {
      assert.match(error.message, /for another key than this side's\.\nCure: send the other side what make peer-key/);
      return !error.message.includes(SECRET);
    });
  });

  it("is refused when a single letter of it changed on its way, or its end is missing", async () => {
    const rows = text.trimEnd().split("\n");
    const changed = rows.with(-2, (rows.at(-2)!.startsWith("A") ? "B" : "A") + rows.at(-2)!.slice(1)).join("\n");
    await assert.rejects(
      opened(changed, own, NOW),
      /was changed on its way, or is cut off\.\nCure: copy the whole text/,
    );
    await assert.rejects(opened(rows.slice(0, -1).join("\n"), own, NOW), /no invitation\.\nCure: copy the whole text/);
    await assert.rejects(opened("hello", own, NOW), /no invitation/);
  });

  it("is refused once its time is over, with its last moment", async () => {
    const late = new Date("2026-11-29T12:00:01Z");
    await assert.rejects(
      opened(text, own, late),
      /was good until 2026-11-29T12:00:00.000Z\.\nCure: ask .* for a new one/,
    );
  });

  it("is not made for something that is no public key", async () => {
    await assert.rejects(sealed(INVITATION, own), /Expected the other side's public key, age1…/);
    await assert.rejects(sealed(INVITATION, own), (error: Error) => !error.message.includes(own));
    await assert.rejects(sealed(INVITATION, "age1abc"), /Cure: let the other side run make peer-key/);
  });

  describe("that is taken", () => {
    const file = () => join(folder, "Pulumi.offsite.yaml");
    const kept = new Map<string, string>();
    const secrets: Secrets = {
      open: () => Promise.resolve(),
      get: (key) => Promise.resolve(kept.get(key)),
      set: (key, value) => Promise.resolve(void kept.set(key, value)),
      remove: (key) => Promise.resolve(void kept.delete(key)),
    };
    const sources = () =>
      (parse(readFileSync(file(), "utf8")) as { config: Record<string, typeof writtenVault> }).config[KEY]!
        .sources as Record<string, unknown>;
    const order = (changes: object = {}) => ({
      ...{ invitation: INVITATION, settingsFile: file(), name: "cabin", path: "/tankc1/cabin-copies" },
      ...changes,
    });

    beforeEach(() => {
      kept.clear();
      writeFileSync(file(), `# mine\n${stringify({ config: { [KEY]: writtenVault } })}`);
    });

    it("becomes a source of the vault beside the others, its secret encrypted and nowhere in the settings", async () => {
      await accept(order(), accepting(order()), secrets);
      const { fingerprint, datastore, authId, address, port } = INVITATION;
      const into = { datastore: "cabin-copies", path: "/tankc1/cabin-copies" };
      assert.deepEqual(sources(), {
        ...writtenVault.sources,
        cabin: { address, port, fingerprint, datastore, authId, into },
      });
      assert.deepEqual([...kept], [["cabinReader", SECRET]]);
      const text = readFileSync(file(), "utf8");
      assert.equal(text.includes(SECRET), false);
      assert.ok(text.startsWith("# mine"));
    });

    it("says what it would do, and writes nothing by itself", () => {
      const before = readFileSync(file(), "utf8");
      const said = accepting(order({ address: "10.7.0.1" })).lines.join("\n");
      assert.match(said, /read tappaas_backup on 10\.7\.0\.1 with vault@pbs!pull, and nothing else/);
      assert.match(said, /cabin-copies \(\/tankc1\/cabin-copies\)/);
      assert.equal(said.includes(SECRET), false);
      assert.deepEqual([readFileSync(file(), "utf8"), kept.size], [before, 0]);
    });

    it("gives a copy that is there a new login, and moves none of it", async () => {
      const again = order({
        name: "home",
        path: "/elsewhere",
        invitation: { ...INVITATION, authId: "vault@pbs!second" },
      });
      await accept(again, accepting(again), secrets);
      const home = sources()["home"] as typeof writtenVault.sources.home;
      assert.equal(home.authId, "vault@pbs!second");
      assert.deepEqual([home.into, home.address], [writtenVault.sources.home.into, "10.8.0.1"]);
    });

    it("is refused where its name is that of another copy, and where nobody says where the copies are to lie", () => {
      const other = order({ name: "home", invitation: { ...INVITATION, datastore: "another" } });
      assert.throws(() => accepting(other), /already the name of a copy of another datastore, and that copy stays/);
      assert.throws(() => accepting(order({ path: undefined })), /not said where the copies are to lie/);
    });
  });
});
