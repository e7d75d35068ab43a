import { strict as assert } from "node:assert";

import { brokenAlarms, futureAlarms, unprotectedAlarms, type SeenBackup } from "../../../commands/watch/harm";
import { type Observation } from "../../../estate/observation";

const NOW = new Date("2026-11-21T14:00:00Z");
const T1 = "2026-11-19T21:00:00.000Z";
const T2 = "2026-11-20T21:00:00.000Z";

function backup(time: string, more: Partial<SeenBackup> = {}): SeenBackup {
  const one = { store: "main", namespace: "", group: "vm/140", isProtected: false, isBroken: false };
  return { ...one, time: new Date(time), ...more };
}

/** What the site's last look wrote down. */
function looked(group: object): Observation {
  const items = [{ store: "main", group: "vm/140", snapshots: 2, unencrypted: 0, ...group }];
  return { takenAt: "2026-11-20T22:00:00Z", backupGroups: { complete: true, items } } as unknown as Observation;
}

describe("What a watch finds of harm done with the login that writes", () => {
  it("is a backup dated in the future, which keeps every later one out of its group, also out of the copies", () => {
    const dated = (hours: number) => backup(new Date(NOW.getTime() + hours * 3_600_000).toISOString());
    assert.deepEqual(futureAlarms([dated(-1), dated(0.5)], NOW), []);
    const [alarm] = futureAlarms([dated(2)], NOW);
    assert.match(
      `${alarm?.what}: ${alarm?.text}`,
      /vm\/140 in main: .*2026-11-21T16:00:00.000Z, and takes no new one.*every copy/,
    );
  });

  it("is a backup that lost its protection, or went with it, since the site was last looked at", () => {
    const before = looked({ protected: [T1, T2] });
    assert.deepEqual(
      unprotectedAlarms(before, [backup(T1, { isProtected: true }), backup(T2, { isProtected: true })]),
      [],
    );
    const [alarm, ...others] = unprotectedAlarms(before, [backup(T1), backup(T2, { isProtected: true })]);
    assert.deepEqual(others, []);
    assert.match(
      `${alarm?.what}: ${alarm?.text}`,
      /vm\/140 in main: the backup of 2026-11-19T21.* was protected .*2026-11-20T22/,
    );
    assert.match(unprotectedAlarms(before, [])[0]?.text ?? "", /and 1 more of it was protected/);
  });

  it("is nothing where none was protected, or nobody has looked before", () => {
    assert.deepEqual(unprotectedAlarms(looked({}), [backup(T1)]), []);
    assert.deepEqual(unprotectedAlarms(undefined, [backup(T1)]), []);
  });

  it("is a backup that failed verification, once a group", () => {
    assert.deepEqual(brokenAlarms([backup(T1)]), []);
    const alarms = brokenAlarms([backup(T1, { isBroken: true }), backup(T2, { isBroken: true })]);
    assert.equal(alarms.length, 1);
    assert.match(alarms[0]?.text ?? "", /2026-11-19T21:00:00.000Z and 1 more of it failed verification/);
  });
});
