import { strict as assert } from "node:assert";

import fc from "fast-check";

import { DEFAULT_RETENTION } from "../../estate/units/retention";
import { copies } from "../../planning/copies";
import { deletionResistance } from "../../planning/deletion-resistance";
import { NODE_ROOT, PASSPHRASE, SERVER_ADMIN, SERVER_ROOT, WRITER } from "../../planning/credentials";
import { type Copy, type Model, type Place } from "../../planning/model";
import { modelOf } from "../../planning/site-model";
import { survival, survivalOfPairs, VERDICTS, type Outcome, type SurvivalRow } from "../../planning/survival";
import { observationWith } from "../estate/site";
import { anyModel, estateWith, guest } from "./estates";
import { propertyRuns } from "../support/property-runs";

const SHEETS = {
  version: 1 as const,
  fingerprint: "0e",
  checkEveryDays: 180,
  places: [
    { who: "my sister", where: "her safe", checked: "2026-11-01" },
    { who: "the bank", where: "a locker", checked: "2026-11-01" },
  ],
};

const VAULT: Place = {
  id: "off-site:vault",
  kind: "off-site",
  name: "the vault",
  within: undefined,
  disks: [],
  medium: "chunks of a backup server",
};

function vaultCopy(model: Model, changes: Partial<Copy> = {}): Copy {
  const backup = model.copies.find(({ kind }) => kind === "backup")!;
  return {
    ...backup,
    id: "off-site:vault",
    kind: "off-site",
    name: "the copy in the vault",
    at: VAULT.id,
    overInternet: true,
    destroyedBy: [["credential:vault"]],
    ...changes,
  };
}

/** The same site with one more copy. */
function withCopy(model: Model, copy: Copy): Model {
  return { ...model, places: [...model.places, VAULT], copies: [...model.copies, copy] };
}

function rowOf(rows: readonly SurvivalRow[], ...ids: readonly string[]): SurvivalRow {
  const row = rows.find(({ losses }) => losses.length === ids.length && losses.every(({ id }) => ids.includes(id)));
  assert.ok(
    row !== undefined,
    `${ids.join()} of ${rows.map(({ losses }) => losses.map(({ id }) => id).join("+")).join()}`,
  );
  return row;
}

function verdicts({ outcomes }: SurvivalRow): string[] {
  return [...new Set(outcomes.map(({ verdict }) => verdict))];
}

const rank = ({ verdict }: Outcome) => VERDICTS.indexOf(verdict);
const home = modelOf(estateWith([guest(101), guest(102)]), { escrow: SHEETS });
const DISK = "disk:pool:tappaas1/tanka1/tappaas1-tanka1-";

describe("survival", () => {
  const rows = survival(home);
  const pairs = survivalOfPairs(home);

  it("outlives one disk of a mirror without a second of downtime, and comes back from the backup after two", () => {
    assert.deepEqual(verdicts(rowOf(rows, `${DISK}1`)), ["runs"]);
    const both = rowOf(pairs, `${DISK}1`, `${DISK}2`);
    assert.deepEqual(verdicts(both), ["returns"]);
    assert.ok(both.outcomes.every(({ dataLost = 0 }) => dataLost >= 86_400));
    assert.ok(both.outcomes[0]!.recovery!.terms.some(({ name }) => name === "replacement of the disk"));
  });

  it("says plainly that nothing is left when the site burns and no copy lies elsewhere", () => {
    const burnt = rowOf(rows, "site:sites/single-node");
    assert.deepEqual(verdicts(burnt), ["lost"]);
    assert.deepEqual(
      [burnt.outcomes[0]!.copiesLeft, burnt.severity.level, burnt.severity.called],
      [0, 1, "everyone involved"],
    );
  });

  it("brings everything back from a copy elsewhere, but only while its key lies elsewhere too", () => {
    const away = withCopy(home, vaultCopy(home));
    assert.deepEqual(verdicts(rowOf(survival(away), "site:sites/single-node")), ["returns"]);
    const bare = modelOf(estateWith([guest(101)]));
    assert.deepEqual(verdicts(rowOf(survival(withCopy(bare, vaultCopy(bare))), "site:sites/single-node")), ["lost"]);
  });

  it("runs on without the backup server, with a copy less", () => {
    const { outcomes, severity } = rowOf(rows, "server:tappaas_backup");
    assert.ok(outcomes.every(({ verdict, copiesLeft }) => verdict === "runs" && copiesLeft === 1));
    assert.equal(severity.level, 3);
  });

  it("loses the pool and the server together, and with them everything", () => {
    assert.deepEqual(verdicts(rowOf(pairs, "pool:tappaas1/tanka1", "server:tappaas_backup")), ["lost"]);
  });

  it("starts by itself from a replica that high availability watches, and loses one interval of work", () => {
    const observation = observationWith({
      replication: { complete: true, items: [{ id: "101-0", target: "tappaas2", schedule: "*/15" }] },
      highAvailability: { complete: true, items: [{ kind: "resource", id: "vm:101", state: "started" }] },
    });
    const model = modelOf(estateWith([guest(101), guest(102, { node: "tappaas2" })]), { observation });
    const [first, second] = rowOf(survival(model), "node:tappaas1").outcomes;
    assert.deepEqual([first!.verdict, first!.recovery?.method, first!.dataLost], ["returns", "failover", 900]);
    assert.equal(second!.verdict, "runs");
  });

  it("waits for a person where a pool is lost under guests whose node lives, for high availability watches nodes", () => {
    const observation = observationWith({
      replication: { complete: true, items: [{ id: "101-0", target: "tappaas2", schedule: "*/15" }] },
      highAvailability: { complete: true, items: [{ kind: "resource", id: "vm:101", state: "started" }] },
    });
    const all = survival(modelOf(estateWith([guest(101), guest(102, { node: "tappaas2" })]), { observation }));
    const [byNode] = rowOf(all, "node:tappaas1").outcomes;
    const [byPool] = rowOf(all, "pool:tappaas1/tanka1").outcomes;
    assert.deepEqual([byPool!.recovery?.method, byPool!.dataLost], ["rollback", 900]);
    assert.ok(byPool!.recovery!.estimate > byNode!.recovery!.estimate);
  });

  it("counts the failover that a change declares before it is applied, and says that nobody has seen its replica yet", () => {
    const plain = estateWith([guest(101), guest(102, { node: "tappaas2" })]);
    const [first] = plain.guests;
    const wish = { guest: first!, failoverNodes: [{ node: "tappaas2", job: 0 }], schedule: "*/15" } as const;
    const rule = { name: "ha-g101", alsoHolds: [] };
    const declared = { ...plain, failover: { ...plain.failover, guests: [{ ...wish, rule }] } };
    const believed = /replica of g101 on tappaas2 is there, which is declared and nobody has seen yet/;
    const said = (model: Model) => model.assumptions.map(({ text }) => text).join();

    const before = modelOf(declared);
    const [outcome] = rowOf(survival(before), "node:tappaas1").outcomes;
    assert.deepEqual([outcome!.verdict, outcome!.recovery?.method, outcome!.dataLost], ["returns", "failover", 900]);
    assert.match(said(before), believed);

    const observation = observationWith({
      replication: { complete: true, items: [{ id: "101-0", target: "tappaas2", schedule: "*/5" }] },
      highAvailability: { complete: true, items: [{ kind: "resource", id: "vm:101", state: "started" }] },
    });
    const after = modelOf(declared, { observation });
    assert.equal(rowOf(survival(after), "node:tappaas1").outcomes[0]!.dataLost, 300);
    assert.doesNotMatch(said(after), believed);
    assert.equal(after.copies.filter(({ kind }) => kind === "replica").length, 1);
  });

  it("goes back to before a deletion for as long as a version from before it is kept, and says how coarse they are", () => {
    const lost = [1, 7, 30, 90, 365].map((days) => rowOf(rows, `deletion:${days}`).outcomes[0]!.dataLost! / 86_400);
    assert.ok(
      lost.every((days, index) => index === 0 || days >= lost[index - 1]!),
      lost.join(),
    );
    assert.equal(lost[0], 1);
    assert.ok(lost[2]! <= 36 && lost[4]! > 36, lost.join());
    const short = withRetention(home, { keepDaily: 7 });
    assert.deepEqual(verdicts(rowOf(survival(short), "deletion:30")), ["lost"]);
  });

  it("loses everything to the thief of a passphrase that opens guests and backups, and nothing to the writer's", () => {
    assert.deepEqual(verdicts(rowOf(rows, PASSPHRASE)), ["lost"]);
    assert.deepEqual(verdicts(rowOf(rows, WRITER)), ["runs"]);
    assert.deepEqual(verdicts(rowOf(rows, NODE_ROOT)), ["returns"]);
  });

  it("is cut off from outside without the internet, and runs on inside", () => {
    assert.deepEqual(verdicts(rowOf(rows, "internet")), ["cut off"]);
  });

  it("never bounds above its estimate, whatever is lost", () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        for (const { outcomes } of [...survival(model), ...survivalOfPairs(model)]) {
          for (const { recovery } of outcomes)
            assert.ok(recovery === undefined || recovery.bound <= recovery.estimate * (1 + 1e-9));
        }
      }),
      { numRuns: propertyRuns(15) },
    );
  });

  it("never gets worse by one more copy, after any loss and any two", () => {
    const kinds = fc.record({
      retention: fc.constantFrom(DEFAULT_RETENTION, undefined),
      interval: fc.constantFrom(900, 86_400, 604_800),
      at: fc.constantFrom(VAULT.id, "node:tappaas1", "server:tappaas_backup"),
      key: fc.boolean(),
    });
    fc.assert(
      fc.property(anyModel, kinds, (model, { key, ...changes }) => {
        const more = withCopy(model, vaultCopy(model, { ...changes, ...(!key && { key: undefined }) }));
        const before = [...survival(model), ...survivalOfPairs(model)];
        for (const row of [...survival(more), ...survivalOfPairs(more)]) {
          const old = before.find(
            ({ losses }) => losses.map(({ id }) => id).join() === row.losses.map(({ id }) => id).join(),
          );
          row.outcomes.forEach((outcome, index) => {
            const was = old?.outcomes[index];
            if (was === undefined) return;
            assert.ok(rank(outcome) <= rank(was) && outcome.copiesLeft >= was.copiesLeft);
            assert.ok((outcome.dataLost ?? Infinity) <= (was.dataLost ?? Infinity));
          });
        }
      }),
      { numRuns: propertyRuns(8) },
    );
  });

  it("is never better after two losses than after one of them", () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const single = new Map(survival(model).map((row) => [row.losses[0]!.id, row]));
        for (const { losses, outcomes } of survivalOfPairs(model)) {
          for (const { id } of losses) {
            outcomes.forEach((outcome, index) => {
              const alone = single.get(id)!.outcomes[index]!;
              assert.ok(outcome.copiesLeft <= alone.copiesLeft);
              assert.ok(
                rank(outcome) >= rank(alone),
                `${losses.map((loss) => loss.id).join()} ${outcome.verdict} ${alone.verdict}`,
              );
            });
          }
        }
      }),
      { numRuns: propertyRuns(8) },
    );
  });
});

describe("the count of copies", () => {
  const digits = (model: Model) =>
    Object.fromEntries(copies(model)[0]!.digits.map(({ name, found, met }) => [name, [found, met]]));

  it("finds two copies at a site with its own backup server, none of them away and none out of a thief's reach", () => {
    assert.deepEqual(digits(home), {
      copies: [2, false],
      media: [2, true],
      "off-site": [0, false],
      "out of a thief's reach": [0, false],
      unverified: [0, true],
    });
  });

  it("counts no backup that lies on the machine of the guests", () => {
    const beside = estateWith([guest(101)], { backupServer: { address: "10.0.0.10", fingerprint: "0e".repeat(32) } });
    assert.deepEqual(digits(modelOf(beside, { escrow: SHEETS }))["copies"], [1, false]);
  });

  it("loses no digit by a replica more, also on the machine of the backups: there the backup counts", () => {
    const guests = [guest(101), guest(102, { node: "tappaas2" })];
    const server = { backupServer: { address: "10.0.0.11", fingerprint: "0e".repeat(32) } };
    const replicated = (target: string) => ({
      replication: { complete: true, items: [{ id: "101-0", target, schedule: "*/15" }] },
    });
    const plain = digits(modelOf(estateWith(guests, server), { escrow: SHEETS }));
    const more = observationWith(replicated("tappaas2"));
    assert.deepEqual(digits(modelOf(estateWith(guests, server), { escrow: SHEETS, observation: more })), plain);
  });

  it("is whole with a vault that another login guards and two sheets away, and not with one", () => {
    assert.ok(Object.values(digits(withCopy(home, vaultCopy(home)))).every(([, met]) => met));
    const one = modelOf(estateWith([guest(101)]), { escrow: { ...SHEETS, places: SHEETS.places.slice(0, 1) } });
    assert.deepEqual(digits(withCopy(one, vaultCopy(one)))["off-site"], [0, false]);
  });
});

describe("resistance to deletion", () => {
  const countOf = (model: Model) => deletionResistance(model)[0]!.count;

  it("is 1 where one passphrase opens guests and backups, and names it", () => {
    assert.deepEqual(deletionResistance(home)[0]!.credentials, [PASSPHRASE]);
  });

  it("is 2 with a vault of its own login, and without end with a copy that no login reaches", () => {
    const vault = {
      ...withCopy(home, vaultCopy(home)),
      credentials: [...home.credentials, { id: "credential:vault", name: "the vault's", opens: [] }],
    };
    assert.equal(countOf(vault), 2);
    assert.equal(countOf(withCopy(home, vaultCopy(home, { destroyedBy: [] }))), Infinity);
  });

  const ids = [NODE_ROOT, SERVER_ADMIN, SERVER_ROOT, WRITER, PASSPHRASE];
  const anyCopies = fc.array(
    fc.array(fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
    { minLength: 1, maxLength: 4 },
  );
  const guarded = (sets: string[][][], opens: (id: string) => readonly string[] = () => []): Model => ({
    ...home,
    credentials: ids.map((id) => ({ id, name: id, opens: opens(id) })),
    copies: sets.map((destroyedBy, index) => vaultCopy(home, { id: `copy:${index}`, destroyedBy })),
  });

  it("is the fewest: every smaller set leaves a copy", () => {
    fc.assert(
      fc.property(anyCopies, (sets) => {
        const { count, credentials } = deletionResistance(guarded(sets))[0]!;
        const destroys = (stolen: readonly string[]) =>
          sets.every((ways) => ways.some((way) => way.every((id) => stolen.includes(id))));
        assert.ok(destroys(credentials) && credentials.length === count);
        const subsets = Array.from({ length: 2 ** ids.length }, (_, bits) =>
          ids.filter((_id, bit) => (bits >> bit) % 2 === 1),
        );
        assert.ok(subsets.filter((subset) => subset.length < count).every((subset) => !destroys(subset)));
      }),
    );
  });

  it("never falls by a copy more or a right less, and never rises when one credential comes to open another", () => {
    fc.assert(
      fc.property(anyCopies, fc.constantFrom(...ids), fc.constantFrom(...ids), (sets, one, other) => {
        const count = countOf(guarded(sets));
        assert.ok(countOf(guarded([...sets, [[one]]])) >= count);
        assert.ok(countOf(guarded(sets.map((ways) => ways.filter((way) => !way.includes(one))))) >= count);
        assert.ok(countOf(guarded(sets, (id) => (id === one ? [other] : []))) <= count);
      }),
    );
  });
});

function withRetention(model: Model, retention: Copy["retention"]): Model {
  return { ...model, copies: model.copies.map((copy) => (copy.kind === "backup" ? { ...copy, retention } : copy)) };
}
