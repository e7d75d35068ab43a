import { strict as assert } from "node:assert";

import { guardFindings } from "../../../commands/doctor/return-guard";

const printed = (...lines: string[]) => ({ code: 0, stdout: `${lines.join("\n")}\n`, stderr: "" });
const ON = ["unit=enabled", "unit=enabled"];
const GOOD = "seen=peer:good:record 4 says home";
const BAD = "seen=dns:bad:curl: (7) Failed to connect";
const found = (...lines: string[]) => guardFindings("tappaas1", printed(...lines), ["140", "610"]);

describe("the doctor, about what keeps a returning node from serving twice", () => {
  it("is content when it starts with the node and the node itself reads the record", () => {
    assert.deepEqual(
      found(...ON, GOOD).map(({ is, says }) => [is, says]),
      [["ok", "tappaas1 reads peer: record 4 says home"]],
    );
  });

  it("names who would stay off after a power cut when no place tells the node anything", () => {
    const [one, ...more] = found(...ON, BAD);
    assert.deepEqual([one?.is, more], ["failure", []]);
    assert.match(one?.says ?? "", /after a power cut 140, 610 stay off \(dns: curl: \(7\) Failed to connect\)/);
  });

  it("warns of one place of two that the node cannot read", () => {
    assert.deepEqual(
      found(...ON, GOOD, BAD).map(({ is }) => is),
      ["ok", "warning"],
    );
  });

  it("fails where the node has none, where it does not start, and where it is of an older release", () => {
    const none = guardFindings("tappaas1", { code: 65, stdout: "", stderr: "" }, ["140"]);
    assert.match(none[0]?.says ?? "", /has none: .*it starts what serves elsewhere/);
    const [off] = found("unit=enabled", "unit=disabled", GOOD);
    assert.deepEqual([off?.is, off?.says], ["failure", "it does not start with tappaas1"]);
    const old = guardFindings("tappaas1", { code: 64, stdout: "", stderr: "return guard: hold, ask" }, ["140"]);
    assert.match(old[0]?.cure ?? "", /make up/);
  });

  it("warns of guests that are kept off now, by number, and takes an earlier decision for nothing that is seen now", () => {
    const findings = found(...ON, GOOD, "answer=none", "place=peer: no answer", "held=140", "held=610");
    assert.deepEqual(
      findings.map(({ is, says }) => [is, says.replace(/^tappaas1 reads.*/, "reads")]),
      [
        ["ok", "reads"],
        ["warning", "it keeps off 140, 610"],
      ],
    );
  });
});
