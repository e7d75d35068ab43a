"use strict";
const { appendFileSync } = require("node:fs");
const Mocha = require("mocha");

/** Mocha's own report, and one line of counts into the file that COUNTS_FILE names, so that several runs add up. */
module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      if (process.env.COUNTS_FILE) appendFileSync(process.env.COUNTS_FILE, `${passes} ${failures} ${pending}\n`);
    });
  }
};
