import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Clock, type ClockSetting } from "../../../lab/core/clock";
import { Document } from "../../../lab/core/state";

describe("the site's clock", () => {
  const directory = mkdtempSync(join(tmpdir(), "clock-"));
  let real = 1_000_000;
  let file = 0;

  after(() => {
    rmSync(directory, { recursive: true });
  });

  function open(name: string): Clock {
    const initial = (): ClockSetting => ({ offset: 0, frozenAt: null });
    return new Clock(new Document(join(directory, name), initial), () => real);
  }

  it("runs as outside until it is told otherwise, then as fast as told", () => {
    const clock = open(`${(file += 1)}`);
    real += 500;
    assert.equal(clock.now(), real);
    clock.run(60);
    real += 2000;
    assert.equal(clock.now(), real + 2000 * 59);
  });

  it("lets an hour pass at once, and remembers it after a restart", () => {
    const name = `${(file += 1)}`;
    const before = open(name).now();
    open(name).pass(3_600_000);
    assert.equal(open(name).now(), before + 3_600_000);
  });

  it("tells the time of day that was set without any time having passed", () => {
    const clock = open(`${(file += 1)}`);
    const passed = clock.passed();
    clock.set(Date.UTC(2026, 0, 31), true);
    assert.deepEqual([clock.passed(), clock.now()], [passed, Date.UTC(2026, 0, 31)]);
    clock.pass(5000);
    real += 700;
    assert.equal(clock.now(), Date.UTC(2026, 0, 31) + 5000);
    assert.equal(clock.passed(), passed + 5700);
  });

  it("never goes back and never stands still", () => {
    const clock = open(`${(file += 1)}`);
    assert.throws(() => {
      clock.pass(-1);
    }, RangeError);
    assert.throws(() => {
      clock.run(0);
    }, RangeError);
  });
});
