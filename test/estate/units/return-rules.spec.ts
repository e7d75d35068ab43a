import { strict as assert } from "node:assert";

import { RETURN_RULES, returnRule, type ReturnAnswer } from "../../../estate/units/return-rules";

const ANSWERS: readonly ReturnAnswer[] = ["elsewhere", "home", "none"];

describe("which guests of a returning site start", () => {
  it("is decided for every answer and every guest, by exactly one line", () => {
    for (const answer of ANSWERS)
      for (const named of [true, false])
        for (const prepared of [true, false]) {
          const fits = RETURN_RULES.filter(
            (rule) =>
              rule.answer === answer && (rule.named ?? named) === named && (rule.prepared ?? prepared) === prepared,
          );
          assert.deepEqual(fits, [returnRule(answer, { named, prepared })]);
        }
  });

  it("is never one that is recorded elsewhere, and never one that may be elsewhere while nobody answers", () => {
    for (const prepared of [true, false]) assert.equal(returnRule("elsewhere", { named: true, prepared }).does, "hold");
    for (const named of [true, false]) assert.equal(returnRule("none", { named, prepared: true }).does, "hold");
  });

  it("is every other one: whatever a place of record says or does not, no guest that cannot be elsewhere stays off", () => {
    for (const answer of ["home", "none"] as const)
      assert.equal(returnRule(answer, { named: false, prepared: false }).does, "start");
    assert.equal(returnRule("home", { named: false, prepared: true }).does, "start");
    assert.equal(returnRule("elsewhere", { named: false, prepared: true }).does, "start");
  });

  it("is said in words that a shell takes as they are", () => {
    for (const { because } of RETURN_RULES) assert.match(because, /^[a-z ,]+$/);
  });
});
