import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chosenPassphrase, isRehearsal, provePaper, type Person } from "../../../commands/key/paper";
import { writeKeySettings } from "../../../commands/key/settings";
import { SettingsFile } from "../../../commands/settings-file";
import { mintBackupKey } from "../../../provider/keys/backup-key";
import { keyGroups } from "../../../provider/keys/key-groups";
import { REPOSITORY } from "../../../tools/lab-site/places";

const key = mintBackupKey();
const TODAY = "2026-11-26";

/** Somebody who reads the paper as it is, or wrongly for a while, and answers other questions from a list. */
class Reader implements Person {
  readonly said: string[] = [];
  readonly asked: string[] = [];
  constructor(
    readonly answers: Readonly<Record<string, string>>,
    readonly hidden: string[] = [],
    public slips = 0,
  ) {}

  readonly say = (line: string) => {
    this.said.push(line);
  };

  readonly ask = (question: string) => {
    this.asked.push(question);
    const [, line, place] = /Line (\d), group (\d)/.exec(question) ?? [];
    if (line === undefined) {
      const [, answer = ""] = Object.entries(this.answers).find(([words]) => question.includes(words)) ?? [];
      return Promise.resolve(answer);
    }
    const right = keyGroups(key)[(Number(line) - 1) * 4 + Number(place) - 1] ?? "";
    this.slips -= 1;
    return Promise.resolve(this.slips >= 0 ? "what is this" : right);
  };

  readonly askHidden = () => Promise.resolve(this.hidden.shift() ?? assert.fail("asked too often"));
}

describe("the paper of a key", () => {
  let folder: string;
  let files: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paper-"));
    files = ["escrow.html", "escrow.txt"].map((name) => join(folder, name));
    for (const file of files) writeFileSync(file, "the key in the clear");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const escrow = () => readFileSync(join(folder, "escrow.json"), "utf8");

  it("is made where a person sits and nowhere else; only a rehearsal on a stand-in has none", () => {
    assert.equal(isRehearsal(true, { TAPPAAS_REHEARSAL: "1" }), false);
    assert.equal(isRehearsal(false, { TAPPAAS_REHEARSAL: "1" }), true);
    assert.throws(
      () => isRehearsal(false, {}),
      /nobody is here to print it. Nothing was made.\nCure: run it on a terminal/,
    );
  });

  it("is not made by a script: no key, no sheet, and exit status 1", function () {
    this.timeout(30_000);
    const words = ["key", "mint", "--site", "home", "--pbs", "10.0.0.12"];
    const into = ["--key-file", "k/key.age", "--identity-file", "k/id.txt", "--escrow-file", "k/escrow.txt"];
    const main = join(REPOSITORY, "commands/main.ts");
    const tsx = join(REPOSITORY, "node_modules/tsx/dist/loader.mjs");
    const env = { PATH: process.env["PATH"] ?? "" };
    const args = [`--import=${tsx}`, main, ...words, ...into];
    const ran = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
    assert.equal(ran.status, 1, ran.stderr);
    assert.match(ran.stderr, /nobody is here to print it/);
    assert.equal(existsSync(join(folder, "k")), false);
  });

  it("is read back in four groups; who keeps it and where is written down, and the files go when that is wished", async () => {
    const person = new Reader({ "Who keeps": "my sister", "Where does": "her safe", Remove: "y" });
    assert.equal(await provePaper(key, { files, folder }, person, TODAY), true);
    assert.equal(person.asked.filter((question) => question.startsWith("Line ")).length, 4);
    const { places } = JSON.parse(escrow()) as { places: unknown };
    assert.deepEqual(places, [{ who: "my sister", where: "her safe", checked: TODAY }]);
    assert.deepEqual(readdirSync(folder), ["escrow.json"]);
    assert.match(person.said.join("\n"), /within 180 days[\s\S]*another house/);
  });

  it("keeps its files until somebody says otherwise, and writes down nobody who was not named", async () => {
    const person = new Reader({});
    assert.equal(await provePaper(key, { files, folder }, person, TODAY), true);
    assert.deepEqual(readdirSync(folder).sort(), ["escrow.html", "escrow.txt"]);
  });

  it("that nobody can read counts for nothing after three times, and its files stay", async () => {
    const slipped = new Reader({ "Who keeps": "my sister", "Where does": "her safe" }, [], 5);
    assert.equal(await provePaper(key, { files, folder }, slipped, TODAY), true);
    rmSync(join(folder, "escrow.json"));
    const never = new Reader({ "Who keeps": "my sister", Remove: "y" }, [], 100);
    assert.equal(await provePaper(key, { files, folder }, never, TODAY), false);
    assert.deepEqual(readdirSync(folder).sort(), ["escrow.html", "escrow.txt"]);
  });

  it("gets a passphrase that is long enough and was typed twice", async () => {
    const person = new Reader({}, [
      "short",
      "bread lake gate moss",
      "bread lake gate mass",
      "bread lake gate moss",
      "bread lake gate moss",
    ]);
    assert.equal(await chosenPassphrase(person, 12), "bread lake gate moss");
    assert.match(person.said.join("\n"), /has 5 characters[\s\S]*two different ones/);
    assert.doesNotMatch(person.said.join("\n"), /bread|moss|mass/);
  });

  it("has its fingerprint and public half written into the settings, never over others", () => {
    const path = join(folder, "Pulumi.home.yaml");
    writeFileSync(path, 'config:\n  tappaas-resilience:settings:\n    key:\n      fingerprint: "" # of the key\n');
    const master = { publicKey: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", privateKey: "PRIVATE" };
    assert.equal(writeKeySettings(path, key, master).length, 2);
    assert.equal(new SettingsFile(path).get("key", "fingerprint"), key.fingerprint);
    assert.equal(new SettingsFile(path).get("key", "masterPublicKey"), master.publicKey);
    assert.doesNotMatch(readFileSync(path, "utf8"), /PRIVATE/);

    const other = mintBackupKey();
    assert.match(
      writeKeySettings(path, other, master).join(),
      /key\.fingerprint in Pulumi\.home\.yaml is another and was left/,
    );
    assert.equal(new SettingsFile(path).get("key", "fingerprint"), key.fingerprint);
  });
});
