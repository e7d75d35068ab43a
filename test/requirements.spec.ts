import { strict as assert } from "node:assert";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..");

/** A promise is worth what would fail without it: the documents may not point at what is not there. */
describe("the documents", () => {
  it("keep one row for every requirement", () => {
    const ids = [...read("docs/requirements.md").matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(ids.length, 224);
  });

  it("name tests that exist", () => {
    const rows = [...read("docs/requirements.md").matchAll(/(test\/[\w/.-]+\.ts): "([^"]+)"/g)];
    const missing = rows.filter(
      ([, file = "", title = ""]) => !existsSync(join(ROOT, file)) || !read(file).includes(title),
    );
    assert.ok(rows.length > 15);
    assert.deepEqual(
      missing.map(([row]) => row),
      [],
    );
  });

  it("name files of the project that exist", () => {
    const named = [
      ...read("docs/requirements.md").matchAll(
        /`((?:estate|components|provider|commands|stacks|docs|lab)\/[\w/.-]+)`/g,
      ),
    ];
    assert.deepEqual(
      named.map(([, file = ""]) => file).filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });

  it("link only to what is there", () => {
    for (const file of ["README.md", ...markdownBelow("docs"), ...markdownBelow("sites"), "lab/README.md"]) {
      const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => target);
      const broken = links.filter((target) => !existsSync(join(ROOT, dirname(file), target)));
      assert.deepEqual(broken, [], file);
    }
  });
});

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function markdownBelow(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return entries.filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
}
