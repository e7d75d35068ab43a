import { type Suite } from "mocha";

/** Tests of a suite that stand on each other: after one has failed, the rest is skipped, and other suites go on. */
export function inOrder(suite: Suite): void {
  let failed = false;
  suite.beforeEach(function () {
    if (failed) this.skip();
  });
  suite.afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
}
