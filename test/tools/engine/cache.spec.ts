import { strict as assert } from "node:assert";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { cached, cacheKey, cacheRoot, type BuildInputs } from "../../../tools/engine/cache";
import { THIS_PROCESS } from "../../../tools/engine/process-identity";

const inputs: BuildInputs = {
  files: { "a/go.mod": "module a", "b/main.go": "package main" },
  go: "go1.26.8",
  packages: { "@pulumi/pulumi": "3.260.0" },
  arch: "x64",
};

describe("the cache of built engines", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cache-"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("makes another engine for another source, compiler, package or machine", () => {
    const others: BuildInputs[] = [
      { ...inputs, files: { ...inputs.files, "a/go.mod": "module b" } },
      { ...inputs, files: { "c/go.mod": "module a", "b/main.go": "package main" } },
      { ...inputs, go: "go1.27.0" },
      { ...inputs, packages: { "@pulumi/pulumi": "3.261.0" } },
      { ...inputs, arch: "arm64" },
    ];
    assert.equal(new Set([inputs, ...others].map(cacheKey)).size, others.length + 1);
  });

  it("knows an engine again in whatever order its sources are read", () => {
    const reordered = { ...inputs, files: { "b/main.go": "package main", "a/go.mod": "module a" } };
    assert.equal(cacheKey(reordered), cacheKey(inputs));
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
    assert.deepEqual(readdirSync(root), ["key"]);
  });

  it("never uses what a failed build left behind", async () => {
    const failed = cached(root, "key", (folder) => {
      writeFileSync(join(folder, "half"), "");
      return Promise.reject(new Error("no space left"));
    });
    await assert.rejects(failed, /no space left/);
    assert.deepEqual(readdirSync(root), []);
  });

  it("goes on after a build that was killed, without anything of it", async () => {
    const builder = spawn(process.execPath, ["--import=tsx", "-e", KILLED_BUILD, root], { cwd: REPOSITORY });
    const killed = new Promise((ended) => builder.once("exit", ended));
    await new Promise((started) => builder.stdout.once("data", started));
    builder.kill("SIGKILL");
    await killed;
    assert.equal(readdirSync(root).length, 2, "a lock and a half-built folder");

    const folder = await cached(root, "key", () => Promise.resolve());

    assert.deepEqual([readdirSync(root), readdirSync(folder)], [["key"], []]);
  });

  it("takes over from a process whose number now belongs to another", async () => {
    writeFileSync(join(root, "key.lock"), `${process.pid}-1`);
    await cached(root, "key", () => Promise.resolve());
    assert.equal(existsSync(join(root, "key.lock")), false);
  });

  it("leaves alone what a living process is still building", async () => {
    const living = join(root, `unfinished-${THIS_PROCESS}-other`);
    mkdirSync(living);
    await cached(root, "key", () => Promise.resolve());
    assert.ok(existsSync(living));
  });

  it("lets the second of two runs wait for the first", async () => {
    let builds = 0;
    const slow = async () => {
      builds += 1;
      await new Promise((done) => setTimeout(done, 300));
    };
    await Promise.all([cached(root, "key", slow), cached(root, "key", slow)]);
    assert.equal(builds, 1);
  });

  it("keeps the engine that was finished first when two were built at once", async () => {
    await cached(root, "key", async (folder) => {
      writeFileSync(join(folder, "pulumi"), "second");
      mkdirSync(join(root, "key"));
      writeFileSync(join(root, "key", "pulumi"), "first");
      await Promise.resolve();
    });
    assert.equal(readFileSync(join(root, "key", "pulumi"), "utf8"), "first");
    assert.deepEqual(readdirSync(root), ["key"]);
  });

  it("keeps them outside the repository, where the owner says", () => {
    assert.equal(cacheRoot({ TAPPAAS_CACHE: "/there", XDG_CACHE_HOME: "/xdg", HOME: "/home/ada" }), "/there");
    assert.equal(cacheRoot({ XDG_CACHE_HOME: "/xdg", HOME: "/home/ada" }), "/xdg/tappaas-resilience");
    assert.equal(
      cacheRoot({ TAPPAAS_CACHE: "", XDG_CACHE_HOME: "", HOME: "/home/ada" }),
      "/home/ada/.cache/tappaas-resilience",
    );
  });
});

describe("making the engine ready by hand", () => {
  it("names a missing compiler with its cure, and leaves with 2", () => {
    const path = mkdtempSync(join(tmpdir(), "path-"));
    const env = { PATH: path, HOME: path, TAPPAAS_CACHE: path };
    const { status, stderr } = spawnSync(process.execPath, ["--import=tsx", "tools/engine/install.ts"], {
      cwd: REPOSITORY,
      env,
      encoding: "utf8",
    });
    rmSync(path, { recursive: true });
    assert.deepEqual(
      [status, stderr.split("\n").slice(0, 2)],
      [
        2,
        [
          "Missing: Go 1.26 or newer (none was found), to build the Pulumi engine.",
          "  Cure: install it from https://go.dev/dl, or install pulumi 3.252 or newer and its plugin with",
        ],
      ],
    );
  });
});

const REPOSITORY = resolve(__dirname, "../../..");

const KILLED_BUILD = `
  const { writeFileSync } = require("node:fs");
  const { cached } = require("./tools/engine/cache");
  cached(process.argv[1], "key", (folder) => {
    writeFileSync(folder + "/half", "");
    console.log("building");
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  });
`;
