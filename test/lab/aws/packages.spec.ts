import { strict as assert } from "node:assert";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pythonWithPackages } from "../../../lab/aws/packages";

describe("the emulator of AWS, on a machine that lacks something", () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-packages-"));
  const { PATH, TAPPAAS_CACHE } = process.env;

  beforeEach(() => {
    Object.assign(process.env, { PATH: `${folder}:/bin`, TAPPAAS_CACHE: join(folder, "cache") });
  });
  afterEach(() => {
    process.env["PATH"] = PATH;
    if (TAPPAAS_CACHE === undefined) delete process.env["TAPPAAS_CACHE"];
    else process.env["TAPPAAS_CACHE"] = TAPPAAS_CACHE;
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const python = (script: string): void => {
    writeFileSync(join(folder, "python3"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "python3"), 0o755);
  };

  it("says that there is no Python, and what to install", async () => {
    process.env["PATH"] = join(folder, "nothing");
    await assert.rejects(pythonWithPackages(), /no python3 on PATH\.\nCure: install Python 3\.10 or newer with pip/);
  });

  it("says that Python is too old", async () => {
    python("echo 3 8 cpython-38");
    await assert.rejects(pythonWithPackages(), /needs Python 3\.10 or newer, and python3 is 3\.8\.\nCure:/);
  });

  it("says that there is no pip", async () => {
    python('[ "$1" = -c ] && echo 3 12 cpython-312 && exit; exit 1');
    await assert.rejects(
      pythonWithPackages(),
      /python3 has no pip to install it with\.\nCure: apt install python3-pip/,
    );
  });

  it("shows what pip says when the registry is not reached, and leaves nothing half made", async () => {
    python('[ "$1" = -c ] && echo 3 12 cpython-312 && exit; [ "$3" = --version ] && exit; echo no route >&2; exit 1');
    await assert.rejects(
      pythonWithPackages(),
      /could not be installed:\nno route\nCure: see that pip reaches its registry/,
    );
    await assert.rejects(pythonWithPackages(), /could not be installed/);
  });
});
