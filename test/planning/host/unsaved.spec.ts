import { strict as assert } from "node:assert";

import { isOnlyUnread, unsavedBecause, type SavedEvidence } from "../../../planning/host/unsaved";

const saved: SavedEvidence = {
  status: "stopped",
  backup: { time: 2_000, verified: true, wasOff: true },
  work: [
    { type: "qmrestore", start: 900, end: 1_000 },
    { type: "qmstart", start: 1_100, end: 1_101 },
    { type: "qmshutdown", start: 1_900, end: 1_950 },
    { type: "vzdump", start: 2_000, end: 2_400 },
  ],
};
const why = (changes: Partial<SavedEvidence>) => unsavedBecause({ ...saved, ...changes });
const backup = (changes: object) => ({ backup: { ...saved.backup!, ...changes } });

describe("A guest that is to be taken away", () => {
  it("has everything in a backup that was taken while it was off, and read again", () => {
    assert.equal(why({}), undefined);
  });

  it("never has while it runs, whatever backups there are", () => {
    assert.match(why({ status: "running" }) ?? "", /^it is running, so it writes; its newest backup is of 1970-/);
    assert.match(why({ status: undefined }) ?? "", /unknown state/);
  });

  it("has not without a backup, or with one that was taken while it ran, or of which nothing says that it was off", () => {
    assert.equal(why({ backup: undefined }), "there is no backup of it");
    assert.match(why(backup({ wasOff: false })) ?? "", /when it was not off/);
    assert.match(why(backup({ wasOff: undefined })) ?? "", /nothing says that it was/);
  });

  it("has not when it was started, rolled back or changed after that backup, or something is at it now", () => {
    for (const type of ["qmstart", "qmrollback", "resize", "qmrestore"]) {
      assert.match(
        why({ work: [...saved.work, { type, start: 2_500, end: 2_501 }] }) ?? "",
        new RegExp(`${type} was after that`),
      );
      assert.match(why({ work: [...saved.work, { type, start: 1_990, end: undefined }] }) ?? "", new RegExp(type));
    }
    assert.equal(why({ work: [...saved.work, { type: "vzdump", start: 2_500, end: 2_600 }] }), undefined);
  });

  it("has not when nobody has read that backup again", () => {
    assert.match(why(backup({ verified: false })) ?? "", /nobody has read that again since/);
  });

  it("lacks nothing but that reading only when its backup is good in all else", () => {
    const only = (changes: Partial<SavedEvidence>) => isOnlyUnread({ ...saved, ...changes });
    assert.equal(only(backup({ verified: false })), true);
    assert.equal(only({}), false);
    assert.equal(only({ backup: undefined }), false);
    assert.equal(only({ ...backup({ verified: false }), status: "running" }), false);
    assert.equal(only(backup({ verified: false, wasOff: false })), false);
  });
});
