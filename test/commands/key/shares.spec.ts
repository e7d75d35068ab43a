import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sharePage } from "../../../commands/key/share-page";
import { handOut, typedShares } from "../../../commands/key/shares";
import { overdueChecks, isOnPaper } from "../../../estate/escrow-record";
import { valueOf } from "../../../estate/problem";
import { readEscrow as readRecord } from "../../../commands/escrow-file";
import { escrowFindings } from "../../../commands/doctor/escrow";
import { mintBackupKey } from "../../../provider/keys/backup-key";
import { readEscrow, type BackupPlace } from "../../../provider/keys/escrow";
import { keepKeyFile } from "../../../provider/keys/key-file";
import { shareLines, shareText, splitKey, type KeyShare } from "../../../provider/keys/key-shares";
import { REPOSITORY } from "../../../tools/lab-site/places";

const key = mintBackupKey();
const TODAY = "2026-11-27";
const place: BackupPlace = {
  ...{ site: "home", date: TODAY, address: "10.0.0.12", port: 8007, tlsFingerprint: undefined },
  ...{ datastore: "tappaas_backup", namespace: "", keyFingerprint: key.fingerprint },
};

describe("a key for several people", () => {
  let folder: string;
  let shares: KeyShare[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "shares-"));
    shares = await splitKey(key, 3, 2);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Somebody who reads the share that lies before them, wrongly as often as `slips` says for it. */
  function person(slips: Readonly<Record<number, number>> = {}) {
    const said: string[] = [];
    let now = 0;
    const left = new Map(Object.entries(slips).map(([number, count]) => [Number(number), count * 4]));
    const ask = (question: string) => {
      now = Number(/^Share (\d)/.exec(question)?.[1] ?? now);
      const [, line, group] = /Line (\d), group (\d)/.exec(question) ?? [];
      if (line !== undefined) {
        const wrong = left.get(now) ?? 0;
        left.set(now, wrong - 1);
        const words = shareLines(shares[now - 1]!)
          [Number(line) - 1]!.slice(3)
          .split(" ");
        return Promise.resolve(wrong > 0 ? "0000" : words[Number(group) - 1]!);
      }
      return Promise.resolve(
        question.startsWith("Who") ? `person ${now}` : question.startsWith("Where") ? "a safe" : "",
      );
    };
    return { said, say: (line: string) => said.push(line), ask, askHidden: ask };
  }

  const files = ({ number }: KeyShare) => [join(folder, `share-${number}.txt`)];
  const write = (share: KeyShare) => {
    // No other share may lie there at the same time.
    for (const other of shares) assert.ok(!existsSync(files(other)[0]!), "two shares lie on one disk");
    for (const file of files(share)) writeFileSync(file, "a share");
    return Promise.resolve(files(share));
  };

  it("is handed out share by share, each read back from paper, and no two lie on a disk at once", async () => {
    const left = await handOut(key, shares, { write, folder }, person({ 2: 1 }), TODAY);
    assert.deepEqual(left, []);
    assert.ok(shares.every((share) => !existsSync(files(share)[0]!)));
    const record = valueOf(readRecord(folder)!, "escrow.json");
    assert.deepEqual(
      record.shares?.places.map(({ number, who, where, checked }) => [number, who, where, checked]),
      [1, 2, 3].map((number) => [number, `person ${number}`, "a safe", TODAY]),
    );
    assert.ok(isOnPaper(record));
    assert.equal(overdueChecks(record, Date.parse("2027-11-27")).length, 3);
    assert.ok(!readFileSync(join(folder, "escrow.json"), "utf8").includes(shareLines(shares[0]!)[2]!.slice(3, 12)));
  });

  it("counts no share that nobody could read back, and warns when none may be lost any more", async () => {
    const reader = person({ 1: 3 });
    assert.deepEqual(await handOut(key, shares, { write, folder }, reader, TODAY), [1]);
    const record = valueOf(readRecord(folder)!, "escrow.json");
    assert.equal(record.shares?.places.length, 2);
    const [finding] = escrowFindings(record, key.fingerprint, Date.parse(TODAY));
    assert.match(JSON.stringify(finding), /2 of 3 shares are, and 2 are needed: with one lost/);
    const rest = { ...record, shares: { ...record.shares, places: record.shares.places.slice(1) } };
    assert.ok(!isOnPaper(rest));
  });

  it("is typed in from sheets, a slip is asked for again, and one sheet twice is not two", async () => {
    const said: string[] = [];
    const slipped = shareLines(shares[0]!).map((line) =>
      line.replace(/[0-9a-f](?= \|)/, (digit) => (digit === "0" ? "1" : "0")),
    );
    const typed = [slipped, ...[0, 0, 2].map((at) => shareLines(shares[at]!))].flat();
    const ask = () => Promise.resolve(typed.shift() ?? assert.fail("asked too often"));
    const joined = await typedShares({ say: (line) => said.push(line), ask, askHidden: ask });
    assert.equal(joined.fingerprint, key.fingerprint);
    assert.match(said.join("\n"), /Line 1 does not fit/);
    assert.match(said.join("\n"), /Share 1 was there already/);
  });

  it("is put together by a command into an escrow sheet for its owner's eyes, never over one that is there", () => {
    const [first, second] = [shares[0]!, shares[2]!].map((share) => {
      const file = join(folder, `${share.number}.txt`);
      writeFileSync(file, shareText(place, share));
      return file;
    });
    const sheet = join(folder, "escrow.txt");
    const run = (...words: string[]) => {
      const args = ["--import=tsx", "commands/main.ts", "key", ...words];
      return spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
    };
    const alone = run("join", "--share", first!, "--escrow-file", sheet);
    assert.equal(alone.status, 1);
    assert.match(alone.stderr, /Expected 2 of the 3 shares, got number 1/);
    const ran = run("join", "--share", first!, "--share", second!, "--escrow-file", sheet);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(readEscrow(readFileSync(sheet, "utf8")).key.fingerprint, key.fingerprint);
    assert.equal(statSync(sheet).mode & 0o777, 0o600);
    assert.match(run("join", "--share", first!, "--share", second!, "--escrow-file", sheet).stderr, /exists already/);
  }).timeout(30_000);

  it("is taken apart where a person sits and nowhere else", async () => {
    const at = { keyFile: join(folder, "key.age"), identityFile: join(folder, "id.txt") };
    await keepKeyFile(at, key);
    const args = ["--import=tsx", "commands/main.ts", "key", "split", "--site", "home", "--pbs", "10.0.0.12"];
    const where = [
      "--key-file",
      at.keyFile,
      "--identity-file",
      at.identityFile,
      "--shares-folder",
      join(folder, "out"),
    ];
    const ran = spawnSync(process.execPath, [...args, ...where], {
      cwd: REPOSITORY,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /nobody is here to print it/);
    assert.ok(!existsSync(join(folder, "out")));
  }).timeout(30_000);

  it("is printed with a picture of the share, and nothing from elsewhere", () => {
    const page = sharePage({ ...place, site: "<home>" }, shares[1]!);
    assert.match(page, /<svg/);
    assert.match(page, /Share 2 of 3 of the key of &lt;home&gt;/);
    assert.doesNotMatch(page, /https?:\/\/(?!www\.w3\.org)/);
  });
});
