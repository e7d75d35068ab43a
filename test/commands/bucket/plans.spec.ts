import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { cleanPlan, removedIn, type CleanSources, type NamedVersion } from "../../../commands/bucket/clean-plan";
import { digestsIn } from "../../../commands/bucket/index-file";
import { chunkName } from "../../../commands/bucket/object-name";
import { rewindPlan } from "../../../commands/bucket/rewind-plan";

const NOW = new Date("2026-11-20T12:00:00Z");
const DAY = 86_400_000;
const ago = (days: number) => new Date(NOW.getTime() - days * DAY);
const DIGITS = "0123456789abcdef".split("");
const digest = (letter: string) => letter.repeat(64);

/** Versions of one object, newest first: its age in days, and whether it is a mark or which content it has. */
function object(
  name: string,
  ...versions: readonly (readonly [days: number, content: string | null])[]
): NamedVersion[] {
  return versions.map(([days, content], index) => ({
    ...{ name, key: `copies/${name}`, versionId: `${name}#${versions.length - index}`, isLatest: index === 0 },
    ...{ isMarker: content === null, etag: content ?? "", size: content === null ? 0 : 1000, modified: ago(days) },
    storageClass: "STANDARD",
  }));
}

const chunk = (letter: string, ...versions: Parameters<typeof object>[1][]) =>
  object(chunkName(digest(letter)), ...(versions.length === 0 ? [[40, letter] as const] : versions));
const path = (time: string, group = "vm/101") => `.cnt/${group}/${time}`;
const snapshot = (time: string, group = "vm/101") => [
  ...object(`${path(time, group)}/disk.fidx`, [1, "index"]),
  ...object(`${path(time, group)}/index.json.blob`, [1, "manifest"]),
];
const [OLD, NEW] = ["2026-10-01T21:00:00Z", "2026-11-19T21:00:00Z"];

function planOf(versions: NamedVersion[], indices: Record<string, string[]> = {}, more: Partial<CleanSources> = {}) {
  const usual = { versions, retention: { keepLast: 1 }, timeZone: "UTC", undeleteDays: 30, now: NOW, ...more };
  const isGone = removedIn(usual);
  const staying = Object.entries(indices).filter(([name]) => !isGone(`${name}/disk.fidx`));
  return cleanPlan({ ...usual, named: new Set(staying.flatMap(([, letters]) => letters.map(digest))) });
}

describe("cleaning a bucket", () => {
  it("removes what the retention does not keep, and the chunks that nothing else names", () => {
    const versions = [...snapshot(OLD), ...snapshot(NEW), ...chunk("a"), ...chunk("b"), ...chunk("c")];
    const plan = planOf(versions, { [path(OLD)]: ["a", "b"], [path(NEW)]: ["b", "c"] });
    assert.deepEqual(
      plan.removed.map(({ time }) => time.toISOString()),
      [new Date(OLD).toISOString()],
    );
    assert.deepEqual(
      plan.deleted.map(({ key }) => key).toSorted(),
      [
        `copies/${chunkName(digest("a"))}`,
        `copies/${path(OLD)}/disk.fidx`,
        `copies/${path(OLD)}/index.json.blob`,
      ].toSorted(),
    );
  });

  it("never frees a chunk that a backup which stays names", () => {
    const letter = fc.constantFrom(...DIGITS);
    const letters = fc.uniqueArray(letter);
    const times = fc.uniqueArray(fc.integer({ min: 3, max: 400 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        times,
        fc.array(letters, { minLength: 6, maxLength: 6 }),
        fc.nat({ max: 3 }),
        (days, named, keepLast) => {
          const names = days.map((day) => path(ago(day).toISOString().replace(".000Z", "Z")));
          const versions = [
            ...names.flatMap((name) => [
              ...object(`${name}/disk.fidx`, [3, "i"]),
              ...object(`${name}/index.json.blob`, [3, "m"]),
            ]),
            ...DIGITS.flatMap((one) => chunk(one)),
          ];
          const indices = Object.fromEntries(names.map((name, index) => [name, named[index] ?? []]));
          const plan = planOf(versions, indices, { retention: { keepLast: keepLast + 1 } });
          const staying = plan.kept
            .flatMap((one) => indices[one.path] ?? [])
            .map((one) => `copies/${chunkName(digest(one))}`);
          const freed = new Set(plan.deleted.map(({ key }) => key));
          assert.equal(
            staying.some((key) => freed.has(key)),
            false,
          );
          assert.ok(plan.kept.length >= Math.min(days.length, keepLast + 1));
        },
      ),
    );
  });

  it("leaves alone what is protected, what is unfinished, and what may belong to a backup under way", () => {
    const unfinished = object(`${path(OLD, "vm/102")}/disk.fidx`, [40, "index"]);
    const versions = [
      ...snapshot(OLD),
      ...object(`${path(OLD)}/.protected`, [1, "p"]),
      ...snapshot(NEW),
      ...unfinished,
      ...chunk("a", [1, "a"]),
      ...chunk("b"),
    ];
    const plan = planOf(versions, { [path(OLD)]: [], [path(NEW)]: [], [path(OLD, "vm/102")]: ["b"] });
    assert.deepEqual([plan.removed, plan.deleted], [[], []]);
  });

  it("brings back a chunk that a backup names and that is marked as deleted, and lets none of its versions go", () => {
    const versions = [...snapshot(NEW), ...chunk("a", [50, null], [90, "a"])];
    const plan = planOf(versions, { [path(NEW)]: ["a"] });
    assert.deepEqual(plan.broughtBack, [
      { key: `copies/${chunkName(digest("a"))}`, versionId: `${chunkName(digest("a"))}#2` },
    ]);
    assert.deepEqual([plan.expired, plan.missing], [[], []]);
  });

  it("says which chunks a backup needs and no version has", () => {
    const plan = planOf([...snapshot(NEW)], { [path(NEW)]: ["a"] });
    assert.deepEqual(plan.missing, [digest("a")]);
  });

  it("lets old versions go only after their window, counted from when they were replaced", () => {
    const versions = object(`${path(NEW)}/index.json.blob`, [1, "c"], [29, "b"], [31, "a"], [90, "0"]);
    const plan = planOf([...versions, ...object(`${path(NEW)}/disk.fidx`, [1, "i"])], { [path(NEW)]: [] });
    assert.deepEqual(
      plan.expired.map(({ versionId }) => versionId.split("#")[1]),
      ["1"],
    );
    const deleted = planOf(chunk("a", [31, null], [90, "a"]));
    assert.deepEqual(
      deleted.expired.map(({ versionId }) => versionId.split("#")[1]),
      ["2", "1"],
    );
  });

  it("keeps for ever what was overwritten though PBS writes it once, and says so", () => {
    const plan = planOf([...snapshot(NEW), ...chunk("a", [60, "poison"], [90, "a"])], { [path(NEW)]: ["a"] });
    assert.deepEqual(plan.overwritten, [chunkName(digest("a"))]);
    assert.deepEqual(plan.expired, []);
  });

  it("shows what is there, what can be brought back, and what came in by month", () => {
    const { bytes, growth } = planOf([...snapshot(NEW), ...chunk("a", [1, null], [40, "a"])]);
    assert.deepEqual(bytes, { current: 2000, old: 1000 });
    assert.deepEqual(growth, { "2026-10": 1000, "2026-11": 2000 });
  });

  it("counts namespaces apart: the newest of one does not push out that of another", () => {
    const versions = [
      ...snapshot(NEW),
      ...snapshot(OLD).map((one) => ({ ...one, name: one.name.replace(".cnt/", ".cnt/ns/a/ns/b/") })),
    ];
    const plan = planOf(versions, {});
    assert.deepEqual(
      plan.kept.map(({ namespace }) => namespace),
      ["", "a/b"],
    );
  });
});

describe("an index of PBS in a bucket", () => {
  const MAGIC = { fixed: [47, 127, 65, 237, 145, 253, 15, 205], dynamic: [28, 145, 78, 165, 25, 186, 179, 205] };
  const header = (magic: readonly number[]) => Buffer.concat([Buffer.from(magic), Buffer.alloc(4096 - magic.length)]);

  it("says which chunks it needs, of fixed and of variable length", () => {
    const digests = Buffer.from(digest("a") + digest("b"), "hex");
    assert.deepEqual([...digestsIn(Buffer.concat([header(MAGIC.fixed), digests]), "x")], [digest("a"), digest("b")]);
    const entries = [digest("a"), digest("b")].flatMap((one) => [Buffer.alloc(8, 1), Buffer.from(one, "hex")]);
    assert.deepEqual(
      [...digestsIn(Buffer.concat([header(MAGIC.dynamic), ...entries]), "x")],
      [digest("a"), digest("b")],
    );
  });

  it("stops everything when it is cut off or is none", () => {
    assert.throws(
      () => digestsIn(Buffer.concat([header(MAGIC.fixed), Buffer.alloc(31)]), "x"),
      /cut off.*nothing is freed/s,
    );
    assert.throws(() => digestsIn(Buffer.alloc(5000), "x"), /is no index of PBS/);
  });
});

describe("taking a bucket back to a moment", () => {
  const at = ago(10);

  it("undoes deletions, overwrites and what came later, and touches nothing else", () => {
    const versions = [
      ...object("deleted", [5, null], [20, "a"]),
      ...object("overwritten", [5, "b"], [20, "a"]),
      ...object("later", [5, "a"]),
      ...object("same", [20, "a"]),
      ...object("later and gone", [4, null], [5, "a"]),
      ...object("gone before", [15, null], [20, "a"]),
      ...object("again", [5, "a"], [20, "a"]),
    ];
    const plan = rewindPlan(versions, at);
    assert.deepEqual(plan.unmarked, [{ key: "copies/deleted", versionId: "deleted#2" }]);
    assert.deepEqual(plan.restored, [{ key: "copies/overwritten", versionId: "overwritten#1" }]);
    assert.deepEqual(plan.hidden, [{ key: "copies/later" }]);
  });

  it("leaves the mark of the server that uses it now", () => {
    assert.deepEqual(rewindPlan(object(".in-use", [5, null], [20, "a"]), at).unmarked, []);
  });
});
