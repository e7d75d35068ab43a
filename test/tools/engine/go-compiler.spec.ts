import { strict as assert } from "node:assert";

import { goProblem } from "../../../tools/engine/go-compiler";

describe("the Go compiler that builds the engine", () => {
  it("will do from 1.26 on", () => {
    const versions = ["go1.26", "go1.26.8 linux/amd64", "go1.30rc1", "go2.0.1"];
    assert.deepEqual(
      versions.map((version) => goProblem(`go version ${version}`)),
      versions.map(() => undefined),
    );
  });

  it("is named with what was found when it is too old or missing", () => {
    const sentence = (found: string) => `Missing: Go 1.26 or newer (${found}), to build the Pulumi engine.`;
    assert.equal(goProblem("go version go1.9.7 linux/amd64"), sentence("this is 1.9"));
    assert.equal(goProblem("go version go1.25.3 linux/amd64"), sentence("this is 1.25"));
    assert.equal(goProblem(""), sentence("none was found"));
  });
});
