import { strict as assert } from "node:assert";

import fc from "fast-check";

import { KeyError, mintBackupKey } from "../../../provider/keys/backup-key";
import { type BackupPlace } from "../../../provider/keys/escrow";
import { keyBytes } from "../../../provider/keys/key-groups";
import {
  joinShares,
  readShareText,
  shareLines,
  shareOfLines,
  shareText,
  splitKey,
} from "../../../provider/keys/key-shares";

const key = mintBackupKey();
const place: BackupPlace = {
  site: "home",
  date: "2026-11-27",
  address: "10.0.0.12",
  port: 8007,
  tlsFingerprint: undefined,
  datastore: "tappaas_backup",
  namespace: "",
  keyFingerprint: key.fingerprint,
};

const sizes = fc.integer({ min: 2, max: 6 }).chain((of) => fc.tuple(fc.constant(of), fc.integer({ min: 2, max: of })));

describe("a key that several people keep", () => {
  it("comes back from any of them who are enough, typed from paper", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(1000), async ([of, needed], turn) => {
        const shares = await splitKey(key, of, needed);
        const chosen = Array.from({ length: needed }, (_, index) => shares[(turn + index) % of]!);
        const typed = chosen.map((share) => shareOfLines(shareLines(share).map((line) => ` ${line.toUpperCase()} `)));
        assert.equal((await joinShares(typed)).fingerprint, key.fingerprint);
      }),
      { numRuns: 20 },
    );
  });

  it("does not come back from fewer, nor from one who comes twice, and it is said who is missing", async () => {
    const [first, second, third] = await splitKey(key, 3, 3);
    await assert.rejects(joinShares([first!, second!]), /Expected 3 of the 3 shares, got number 1, 2; fetch one more/);
    await assert.rejects(joinShares([first!, third!, third!]), /got number 1, 3/);
    await assert.rejects(joinShares([]), /got none/);
  });

  it("tells nothing to one of them alone: no byte of it stands on a sheet", async () => {
    const hex = keyBytes(key).toString("hex");
    for (const share of await splitKey(key, 3, 2)) {
      const text = shareText(place, share);
      for (let at = 0; at + 8 <= hex.length; at += 4)
        assert.ok(!text.replaceAll(" ", "").includes(hex.slice(at, at + 8)));
    }
  });

  it("is not put together from shares of two sets, or of two keys", async () => {
    const [old] = await splitKey(key, 3, 2);
    const [, today] = await splitKey(key, 3, 2);
    const [, other] = await splitKey(mintBackupKey(), 3, 2);
    await assert.rejects(joinShares([old!, today!]), /another key than they name|do not belong together/);
    await assert.rejects(joinShares([old!, other!]), /several keys/);
    const [, fourth] = await splitKey(key, 4, 2);
    await assert.rejects(joinShares([old!, fourth!]), /several keys or sets/);
  });

  it("comes back from sheets as they are printed, each with where the backups are", async () => {
    const shares = await splitKey(key, 3, 2);
    const read = shares.map((share) => readShareText(shareText(place, share).replaceAll("\n", "\r\n")));
    assert.deepEqual(
      read.map(({ place: on }) => on),
      [place, place, place],
    );
    assert.equal((await joinShares([read[2]!.share, read[0]!.share])).fingerprint, key.fingerprint);
    const foreign = shareText({ ...place, keyFingerprint: mintBackupKey().fingerprint }, shares[0]!);
    assert.throws(() => readShareText(foreign), /not of the key whose fingerprint it names/);
  });

  it("is taken apart in no way that one person could undo, or nobody could", async () => {
    for (const [of, needed] of [
      [3, 1],
      [2, 3],
      [1, 1],
      [10, 2],
      [2.5, 2],
    ] as const)
      await assert.rejects(splitKey(key, of, needed), KeyError);
  });
});
