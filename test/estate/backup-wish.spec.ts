import { strict as assert } from "node:assert";

import fc from "fast-check";

import { daysOf, reachOf, wishFindings } from "../../estate/backup-wish-findings";
import { parseTappaas, type TappaasSurroundings } from "../../estate/tappaas-inventory";
import { DEFAULT_RETENTION, survivors } from "../../estate/units/retention";
import { valueOf } from "../../estate/problem";
import { configuration, identity, lines, module } from "./site";

const shop = (backup?: Record<string, unknown>) => ({ vmid: 610, environment: "customers", ...(backup && { backup }) });
const customers = (json: Record<string, unknown>) => ({ file: "environments/customers.json", json });
const read = (surroundings: TappaasSurroundings, backup?: Record<string, unknown>) =>
  parseTappaas(configuration, [module("shop", shop(backup)), module("identity", identity)], surroundings);
const guestsOf = (surroundings: TappaasSurroundings, backup?: Record<string, unknown>) =>
  valueOf(read(surroundings, backup), "inventory").guests;
const wishOfShop = (surroundings: TappaasSurroundings, backup?: Record<string, unknown>) =>
  guestsOf(surroundings, backup).find(({ vmid }) => vmid === 610)?.wish;

const DAY = 86_400_000;

describe("what is wished of a guest's backups", () => {
  const environment = customers({ dataResidency: "eu-only", backup: { retention: "2y", schedule: "weekly" } });
  const site = { backup: { defaultRetention: "7y", offsiteResidency: "global" } };

  it("is what its module says, else its environment, else the site", () => {
    const all = { site, environments: [environment] };
    assert.deepEqual(wishOfShop(all, { retention: "30d" }), {
      retention: { value: "30d", by: "modules/shop.json: backup.retention" },
      residency: { value: "eu-only", by: "environments/customers.json: dataResidency" },
      schedule: { value: "weekly", by: "environments/customers.json: backup.schedule" },
    });
    assert.equal(wishOfShop(all)?.retention?.by, "environments/customers.json: backup.retention");
    assert.deepEqual(wishOfShop({ site, environments: [customers({})] }), {
      retention: { value: "7y", by: "site.json: backup.defaultRetention" },
      residency: { value: "global", by: "site.json: backup.offsiteResidency" },
    });
    const both = customers({ dataResidency: "global", backup: { residency: "eu-only" } });
    assert.equal(wishOfShop({ environments: [both] })?.residency?.value, "eu-only");
  });

  it("is nothing where no level says anything, and the site is taken as it was before there were levels", () => {
    assert.equal(wishOfShop({}), undefined);
    assert.equal(
      guestsOf({ site: { backup: null } }).some(({ wish }) => wish !== undefined),
      false,
    );
  });

  it("is refused with the file and the key when it cannot be understood", () => {
    const wrong = [customers({ dataResidency: "EU", backup: { retention: "7 years" } })];
    assert.deepEqual(lines(read({ environments: wrong }, { schedule: "hourly" })).length, 3);
    assert.match(
      lines(read({}, { schedule: "hourly" })).join(),
      /modules\/shop\.json.*backup\.schedule.*once a day at most/,
    );
    const other = [{ file: "environments/own.json", json: {} }];
    assert.match(lines(read({ environments: other })).join(), /environment.*one of the environments own.*"customers"/);
  });
});

describe("a wish that the site does not meet", () => {
  const found = (surroundings: TappaasSurroundings, keep = {}, country?: string, backup?: Record<string, unknown>) =>
    wishFindings({ guests: guestsOf(surroundings, backup), retention: { ...keep } }, country).map(
      ({ path, advice }) => `${path}: ${advice}`,
    );

  it("is said when backups would be gone too early, with who wished for them, and not when they are kept", () => {
    const site = { site: { backup: { defaultRetention: "7y" } } };
    assert.deepEqual(found(site, DEFAULT_RETENTION), []);
    const short = found(site, { keepDaily: 7, keepMonthly: 12 });
    assert.equal(short.length, 2);
    assert.match(
      short.join("\n"),
      /shop: its backups are wanted for 7y \(site\.json: .*\), and pruning keeps them for 336 days at least; raise/,
    );
  });

  it("is said when backups stay longer than a module wants them, and nothing is deleted for it", () => {
    const [line, ...others] = found({}, DEFAULT_RETENTION, undefined, { retention: "30d" });
    assert.deepEqual(others, []);
    assert.match(line ?? "", /^shop: .*wanted for 30d .*and stay for ever: .*nothing is deleted earlier/);
  });

  it("is said when backups that are to stay in the EU lie elsewhere, or nobody says where", () => {
    const bound = { environments: [customers({ dataResidency: "eu-only" })] };
    assert.match(
      found(bound, DEFAULT_RETENTION, "US").join(),
      /it is in US, and backups of shop are to stay in the EU/,
    );
    assert.match(found(bound, DEFAULT_RETENTION).join(), /nobody says where it is.*set backupServer\.country/);
    assert.deepEqual(found(bound, DEFAULT_RETENTION, "NL"), []);
    assert.deepEqual(found({ environments: [customers({ dataResidency: "global" })] }, DEFAULT_RETENTION, "US"), []);
  });

  it("is said when a guest asks for an hour of its own, which it does not get", () => {
    assert.match(
      found({}, DEFAULT_RETENTION, "NL", { schedule: "22:30" }).join(),
      /asks for a backup 22:30; it is in the nightly/,
    );
    assert.deepEqual(found({}, DEFAULT_RETENTION, "NL", { schedule: "daily" }), []);
  });

  it("promises no more of a retention than PBS's own rule keeps, on whatever day", () => {
    const counts = fc.record({
      keepDaily: fc.integer({ min: 1, max: 14 }),
      keepWeekly: fc.integer({ min: 0, max: 8 }),
      keepMonthly: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 364 }), (retention, shift) => {
        const day = (back: number) => Date.parse("2026-11-20T21:00:00Z") - (shift + back) * DAY;
        const all = Array.from({ length: 300 }, (_, back) => new Date(day(back)));
        const oldest = survivors(all, retention, "UTC").at(-1) ?? new Date(day(0));
        const reached = (day(0) - oldest.getTime()) / DAY;
        // February is shorter than a month of 30 days by two.
        assert.ok(reached >= reachOf(retention) - 2, `${reached} and ${reachOf(retention)}`);
        assert.ok(reached <= reachOf(retention) + 2 * 31 + 2 * 7, `${reached} and ${reachOf(retention)}`);
      }),
      { numRuns: 40 },
    );
    assert.equal(reachOf(DEFAULT_RETENTION), Infinity);
    assert.deepEqual(["30d", "8w", "12m", "7y"].map(daysOf), [30, 56, 360, 2555]);
  });
});
