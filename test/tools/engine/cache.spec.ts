import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cached, cacheKey, cacheRoot, type BuildInputs } from "../../../tools/engine/cache";

const inputs: BuildInputs = { files: { "a/go.mod": "module a" }, go: "go1.26.8", sdk: "3.260.0", arch: "x64" };

describe("the cache of built engines", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cache-"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("makes another engine for another source, compiler, SDK or machine", () => {
    const others: BuildInputs[] = [
      { ...inputs, files: { "a/go.mod": "module b" } },
      { ...inputs, files: { "b/go.mod": "module a" } },
      { ...inputs, go: "go1.27.0" },
      { ...inputs, sdk: "3.261.0" },
      { ...inputs, arch: "arm64" },
    ];
    assert.equal(new Set([inputs, ...others].map(cacheKey)).size, others.length + 1);
  });

  it("builds once and finds it again", async () => {
    let builds = 0;
    const build = (folder: string) => {
      builds += 1;
      writeFileSync(join(folder, "pulumi"), "built");
      return Promise.resolve();
    };

    const first = await cached(root, "key", build);
    const second = await cached(root, "key", build);

    assert.deepEqual([first, builds, readFileSync(join(second, "pulumi"), "utf8")], [second, 1, "built"]);
  });

  it("never uses what an interrupted build left behind", async () => {
    const interrupted = cached(root, "key", (folder) => {
      writeFileSync(join(folder, "half"), "");
      return Promise.reject(new Error("interrupted"));
    });
    await assert.rejects(interrupted, /interrupted/);
    assert.equal(existsSync(join(root, "key")), false);

    const folder = await cached(root, "key", () => Promise.resolve());
    assert.equal(existsSync(join(folder, "half")), false);
  });

  it("takes over the lock of a process that is gone", async () => {
    writeFileSync(join(root, "key.lock"), "999999999");
    await cached(root, "key", () => Promise.resolve());
    assert.equal(existsSync(join(root, "key.lock")), false);
  });

  it("lets the second of two runs wait for the first", async () => {
    let builds = 0;
    const slow = async () => {
      builds += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
    };
    await Promise.all([cached(root, "key", slow), cached(root, "key", slow)]);
    assert.equal(builds, 1);
  });

  it("keeps them outside the repository, where the owner says", () => {
    assert.equal(cacheRoot({ TAPPAAS_CACHE: "/there" }), "/there");
    assert.equal(cacheRoot({ HOME: "/home/ada" }), "/home/ada/.cache/tappaas-resilience");
  });
});
