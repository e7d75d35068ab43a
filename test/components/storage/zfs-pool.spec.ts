import { strict as assert } from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ZfsPool, zfsPoolProblems, type ZfsPoolArgs } from "../../../components/storage/zfs-pool";
import { ZFS_POOL_SCRIPT } from "../../../components/storage/zfs-pool-script";
import { mockPulumi, registered, settled, type Registrations } from "../../support/mocks";

const validArgs = {
  node: "tappaas1",
  shell: { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" },
  pool: "tanka1",
  raidlevel: "mirror",
  disks: ["ata-DISK_1", "ata-DISK_2"],
} as const satisfies ZfsPoolArgs;

const COMMAND = "command:remote:Command";

describe("ZfsPool", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(() => ({ stdout: '{"name":"tanka1"}' }));
  });

  it("hands the script the pool, its shape and its disks, and no way to delete", async () => {
    const pool = new ZfsPool("tanka1", validArgs);
    await registered(pool);
    await settled();

    const command = registrations.ofType(COMMAND)["tanka1"];
    assert.equal(command?.["stdin"], "name=tanka1\nraidlevel=mirror\ndisk=ata-DISK_1\ndisk=ata-DISK_2\n");
    assert.equal(command["create"], ZFS_POOL_SCRIPT);
    assert.equal(command["delete"], undefined);
    assert.equal(command["update"], undefined);
    assert.equal(command["triggers"], undefined);
    assert.equal(command["logging"], "none");
    assert.equal(command["addPreviousOutputInEnv"], false);
  });

  it("keeps the pool when it leaves the program, and runs nothing again for a rotated SSH key", async () => {
    const pool = new ZfsPool("tanka1", validArgs);
    await registered(pool);
    await settled();

    const { protect, retainOnDelete, ignoreChanges } = registrations.optionsOf("tanka1", COMMAND);
    assert.deepEqual(
      { protect, retainOnDelete, ignoreChanges },
      { protect: true, retainOnDelete: true, ignoreChanges: ["connection"] },
    );
  });

  it("keeps the SSH key out of plain state, as argument and as connection", async () => {
    const pool = new ZfsPool("tanka1", validArgs);
    await registered(pool);
    await settled();

    assert.equal(
      JSON.stringify(registrations.requestOf("tanka1", "tappaas:storage:ZfsPool").toObject()).includes("PRIVATE"),
      false,
    );
    const connection = registrations.requestOf("tanka1", COMMAND).getObject()?.toJavaScript()["connection"] as Record<
      string,
      unknown
    >;
    assert.equal(connection["4dabf18193072939515e22adb298388d"], "1b47061264138c4ac30d75fd1eb44270");
  });

  it("names every invalid argument in one error", () => {
    const args = { ...validArgs, pool: "mirror1", disks: ["sda/../x"] } as const;

    assert.throws(() => new ZfsPool("tanka1", args), {
      message: [
        'ZfsPool "tanka1" has invalid arguments:',
        '  - pool: expected a ZFS pool name such as "tanka1", got "mirror1"',
        "  - disks: expected at least 2 disks for mirror, got 1",
        '  - disks[0]: expected a name from /dev/disk/by-id, got "sda/../x"; names like sda change at the next boot',
      ].join("\n"),
    });
  });
});

describe("zfsPoolProblems", () => {
  const cases: readonly { name: string; args: Partial<ZfsPoolArgs>; paths: readonly string[] }[] = [
    { name: "accepts a mirror of two", args: {}, paths: [] },
    { name: "accepts a mirror of three", args: { disks: ["a", "b", "c"] }, paths: [] },
    { name: "rejects one disk for a mirror", args: { disks: ["a"] }, paths: ["disks"] },
    { name: "rejects two disks for single", args: { raidlevel: "single" }, paths: ["disks"] },
    {
      name: "rejects five disks for pairs",
      args: { raidlevel: "raid10", disks: ["a", "b", "c", "d", "e"] },
      paths: ["disks"],
    },
    { name: "rejects a disk named twice", args: { disks: ["a", "a"] }, paths: ["disks"] },
  ];
  for (const { name, args, paths } of cases) {
    it(name, () => {
      assert.deepEqual(
        zfsPoolProblems({ ...validArgs, ...args }).map(({ path }) => path),
        paths,
      );
    });
  }
});

describe("the ZFS pool script", () => {
  let home: string;
  let calls: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "zfs-pool-"));
    calls = join(home, "calls");
    writeFileSync(calls, "");
  });

  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  /** Puts a `zpool` on PATH that answers as told and writes down how it was called. */
  function zpoolAnswers(answers: {
    list?: string;
    listed?: string;
    importable?: string;
    health?: string;
    listFails?: boolean;
  }) {
    const { list = "", listed = "", importable = "", health = "ONLINE", listFails = false } = answers;
    writeFileSync(join(home, "list"), list);
    writeFileSync(join(home, "listed"), listed);
    writeFileSync(join(home, "importable"), importable);
    const script = `#!/bin/bash
echo "$*" >> ${calls}
case "$*" in
  "list -H -o name") ${listFails ? "exit 1" : `cat ${home}/list`} ;;
  "list -v -H -P "*) cat ${home}/listed ;;
  "get -H -p -o value health "*) echo ${health} ;;
  "get -H -p -o value guid "*) echo 42 ;;
  import) cat ${home}/importable ;;
esac
`;
    writeFileSync(join(home, "zpool"), script);
    chmodSync(join(home, "zpool"), 0o755);
  }

  function run(raidlevel: string, ...disks: string[]) {
    const input = [`name=tanka1`, `raidlevel=${raidlevel}`, ...disks.map((disk) => `disk=${disk}`), ""].join("\n");
    const { status, stdout, stderr } = spawnSync("bash", ["-c", ZFS_POOL_SCRIPT], {
      input,
      encoding: "utf8",
      env: { PATH: `${home}:${process.env["PATH"] ?? ""}` },
    });
    const created = readFileSync(calls, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("create"));
    return { status, stdout, stderr, created };
  }

  const mirror = "tanka1\t1\n\tmirror-0\t1\n\t\t/dev/disk/by-id/ata-A-part1\t1\n\t\t/dev/disk/by-id/ata-B-part1\t1\n";

  it("is accepted by bash", () => {
    execFileSync("bash", ["-n"], { input: ZFS_POOL_SCRIPT });
  });

  it("adopts a pool of the same shape on the same disks and changes nothing", () => {
    zpoolAnswers({ list: "rpool\ntanka1\n", listed: mirror });

    const { status, stdout, created } = run("mirror", "ata-B", "ata-A");

    assert.deepEqual({ status, created }, { status: 0, created: [] });
    assert.deepEqual(JSON.parse(stdout), { name: "tanka1", guid: "42", adopted: true });
  });

  it("makes a pool that is not there, by-id and without force", () => {
    zpoolAnswers({ list: "rpool\ntanka10\n" });

    const { status, created } = run("mirror", "ata-A", "ata-B");

    assert.equal(status, 0);
    assert.deepEqual(created, [
      "create -o ashift=12 -o autotrim=on -O compression=lz4 -O atime=off -O xattr=sa tanka1 mirror /dev/disk/by-id/ata-A /dev/disk/by-id/ata-B",
    ]);
  });

  it("pairs the disks in order for raid10", () => {
    zpoolAnswers({});

    const { created } = run("raid10", "a", "b", "c", "d");

    assert.match(
      created.join(),
      / tanka1 mirror \/dev\/disk\/by-id\/a \/dev\/disk\/by-id\/b mirror \/dev\/disk\/by-id\/c /,
    );
  });

  it("adopts a single disk, a raidz and pairs by their shape", () => {
    const disk = (name: string) => `\t/dev/disk/by-id/${name}-part1\t1\n`;
    const shapes = {
      single: [`tanka1\t1\n${disk("a")}`, ["a"]],
      raidz: [`tanka1\t1\n\traidz1-0\t1\n${disk("a")}${disk("b")}${disk("c")}`, ["a", "b", "c"]],
      raid10: [
        `tanka1\t1\n\tmirror-0\t1\n${disk("a")}${disk("b")}\tmirror-1\t1\n${disk("c")}${disk("d")}`,
        ["a", "b", "c", "d"],
      ],
    } as const;
    for (const [raidlevel, [listed, disks]] of Object.entries(shapes)) {
      zpoolAnswers({ list: "tanka1\n", listed });
      const { status, created } = run(raidlevel, ...disks);
      assert.deepEqual({ status, created }, { status: 0, created: [] }, raidlevel);
    }
  });

  it("refuses a pool of another shape and says that nothing was changed", () => {
    zpoolAnswers({ list: "tanka1\n", listed: "tanka1\t1\n\t/dev/disk/by-id/ata-A-part1\t1\n" });

    const { status, stderr, created } = run("mirror", "ata-A", "ata-B");

    assert.deepEqual({ status, created }, { status: 1, created: [] });
    assert.match(stderr, /^ZFS pool tanka1: exists as single, expected mirror; .* nothing was changed$/m);
  });

  it("refuses a pool on other disks", () => {
    zpoolAnswers({ list: "tanka1\n", listed: mirror });

    const { status, stderr, created } = run("mirror", "ata-A", "ata-C");

    assert.deepEqual({ status, created }, { status: 1, created: [] });
    assert.match(stderr, /exists on .*ata-A .*ata-B - expected .*ata-C/);
  });

  it("makes nothing when the node cannot list its pools", () => {
    zpoolAnswers({ listFails: true });

    const { status, stderr, created } = run("mirror", "ata-A", "ata-B");

    assert.deepEqual({ status, created }, { status: 1, created: [] });
    assert.match(stderr, /cannot list the pools of this node; nothing was changed/);
  });

  it("makes nothing over a pool that only waits to be imported", () => {
    zpoolAnswers({ importable: "   pool: tanka1\n     id: 1\n  state: ONLINE\n" });

    const { status, stderr, created } = run("mirror", "ata-A", "ata-B");

    assert.deepEqual({ status, created }, { status: 1, created: [] });
    assert.match(stderr, /exists but is not imported/);
  });

  it("adopts a degraded pool and says so loudly", () => {
    zpoolAnswers({ list: "tanka1\n", listed: mirror, health: "DEGRADED" });

    const { status, stderr } = run("mirror", "ata-A", "ata-B");

    assert.equal(status, 0);
    assert.match(stderr, /ZFS pool tanka1 is DEGRADED/);
  });
});
