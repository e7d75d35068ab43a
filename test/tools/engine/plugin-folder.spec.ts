import { strict as assert } from "node:assert";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { furnishPlugin, linksInto } from "../../../tools/engine/plugin-folder";

describe("a plugin folder of the lab", () => {
  let root: string;
  let source: string;
  let folder: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "plugins-"));
    [source, folder] = [join(root, "source"), join(root, "resource-command-v1.2.1")];
    mkdirSync(source);
    writeFileSync(join(source, "main.js"), "now");
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("is a folder, because the engine passes over one that is a link", () => {
    symlinkSync(source, folder);
    furnishPlugin(folder, linksInto(source));
    assert.equal(lstatSync(folder).isSymbolicLink(), false);
    assert.equal(readFileSync(join(folder, "main.js"), "utf8"), "now");
  });

  it("holds what its source holds today, and nothing from yesterday", () => {
    writeFileSync(join(source, "old.js"), "");
    furnishPlugin(folder, linksInto(source));
    rmSync(join(source, "old.js"));
    writeFileSync(join(source, "new.js"), "");

    furnishPlugin(folder, linksInto(source));

    assert.deepEqual(readdirSync(folder), ["main.js", "new.js"]);
  });

  it("stays untouched where it is right, for a run may be using it", () => {
    furnishPlugin(folder, linksInto(source));
    const before = lstatSync(join(folder, "main.js")).ino;
    furnishPlugin(folder, linksInto(source));
    assert.equal(lstatSync(join(folder, "main.js")).ino, before);
  });

  it("never touches the source when it is furnished or cleared", () => {
    furnishPlugin(folder, linksInto(source));
    furnishPlugin(folder, {});
    assert.deepEqual([readdirSync(folder), readdirSync(source)], [[], ["main.js"]]);
  });
});
