import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** What `make` would run, without running it. */
function planned(...words: string[]): string {
  const cwd = join(__dirname, "..");
  const env = { PATH: process.env["PATH"] ?? "" };
  const { stdout, stderr } = spawnSync("make", ["-n", ...words], { cwd, encoding: "utf8", env });
  return stdout + stderr;
}

describe("make", () => {
  it("works on the lab unless a site is named, and on that site when one is", () => {
    for (const verb of ["up", "down", "preview", "drift", "observe", "rotate", "before-update"]) {
      assert.match(planned(verb), /tools\/lab-site\/main\.ts/, verb);
      const named = planned(verb, "SITE=home");
      assert.match(named, /commands\/main\.ts .*home/, verb);
      assert.doesNotMatch(named, /lab-site/, verb);
      assert.match(planned(verb, "SITE=home", "STACK=home-trial"), /commands\/main\.ts .*home-trial/, verb);
    }
  });

  it("brings either reference site up on the lab, whose addresses are nobody's", () => {
    for (const name of ["single-node", "three-node"]) {
      assert.match(planned("up", `STACK=${name}`), new RegExp(`lab-site/main\\.ts --stack "${name}" up`));
      assert.match(planned("observe", `STACK=${name}`), new RegExp(`lab-site/main\\.ts --stack "${name}" observe`));
    }
  });

  it("gives a file's name to the command as it was typed, whatever stands in it", () => {
    assert.match(planned("restore-config", "SITE=home"), /commands\/main\.ts restore-config --stack "home" \$\{OF:\+/);
    assert.doesNotMatch(planned("restore-config", "OF=tappaas1", "FILE=/srv/typed"), /typed/);
  });

  it("tells what is missing instead of guessing a node or a site", () => {
    for (const [words, expected] of [
      [["enrol"], /say which: make enrol HOST=/],
      [["init"], /say its name: make init SITE=home/],
    ] as const) {
      const { status, stderr } = spawnSync("make", ["-o", "node_modules/.ready", ...words], {
        cwd: join(__dirname, ".."),
        encoding: "utf8",
        env: { PATH: process.env["PATH"] },
      });
      assert.notEqual(status, 0);
      assert.match(stderr, expected);
    }
  });
});
