import { strict as assert } from "node:assert";

import { zfsOf } from "../../../lab/core/zfs";
import { LabNode } from "./lab-node";

/** What the library sends: options of zpool-create(8) as TAPPaaS uses them. */
const CREATE = "zpool create -o ashift=12 -o autotrim=on -O compression=lz4 -O atime=off -O xattr=sa";
const by = (...letters: string[]) => letters.map((letter) => `/dev/disk/by-id/ata-LAB_DISK_${letter}`).join(" ");

/** Sources: OpenZFS 2.3 manual pages, cmd/zpool/zpool_main.c, cmd/zpool/zpool_vdev.c, cmd/zpool/os/linux/zpool_vdev_os.c. */
describe("zpool on a node", () => {
  let node: LabNode;

  beforeEach(async () => {
    node = await LabNode.start("127.0.82");
  });

  afterEach(async () => {
    await node.stop();
  });

  const run = async (command: string) => {
    const { code, stdout, stderr } = await node.run(command);
    return { code, stdout, stderr };
  };
  const failure = (stderr: string, code = 1) => ({ code, stdout: "", stderr });
  const success = (stdout: string) => ({ code: 0, stdout, stderr: "" });

  it("lists the pools for scripts, one tab between values", async () => {
    assert.deepEqual(await run("zpool list -H -o name,health,ashift"), success("tanka1\tONLINE\t12\n"));
    assert.match(
      (await run("zpool list -H -p tanka1")).stdout,
      /^tanka1\t\d{11}\t24576\t\d{11}\t-\t-\t0\t0\t1\.00\tONLINE\t-\n$/,
    );
  });

  it("lists the pools for people under headings", async () => {
    assert.match(
      (await run("zpool list")).stdout,
      /^NAME +SIZE +ALLOC +FREE +CKPOINT +EXPANDSZ +FRAG +CAP +DEDUP +HEALTH +ALTROOT\ntanka1 +63\.8G +24K +63\.\dG +- +- +0% +0% +1\.00x +ONLINE +-\n$/,
    );
  });

  it("shows the disks of a pool by their by-id names, and with -L by the kernel's", async () => {
    const names = async (options: string) =>
      (await run(`zpool list -v -H ${options} tanka1`)).stdout
        .split("\n")
        .map((line) => line.trimStart().split("\t")[0]);

    assert.deepEqual(await names("-P"), [
      "tanka1",
      "mirror-0",
      "/dev/disk/by-id/ata-LAB_DISK_A-part1",
      "/dev/disk/by-id/ata-LAB_DISK_B-part1",
      "",
    ]);
    assert.deepEqual(await names("-P -L"), ["tanka1", "mirror-0", "/dev/sda1", "/dev/sdb1", ""]);
    assert.deepEqual(await names(""), ["tanka1", "mirror-0", "ata-LAB_DISK_A", "ata-LAB_DISK_B", ""]);
  });

  it("says of a pool that is not there that it is not there, and fails", async () => {
    assert.deepEqual(await run("zpool list tankb1"), failure("cannot open 'tankb1': no such pool\n"));
    assert.deepEqual(await run("zpool status tankb1"), failure("cannot open 'tankb1': no such pool\n"));
    assert.deepEqual(await run("zpool get -H health tankb1"), failure("cannot open 'tankb1': no such pool\n"));
  });

  it("makes the pool that was asked for, with its properties, and keeps it across a restart", async () => {
    assert.deepEqual(await run(`${CREATE} tankb1 mirror ${by("C", "D")}`), success(""));
    await node.restart();

    assert.deepEqual(
      await run("zpool get -H -p -o property,value,source ashift,autotrim,health tankb1"),
      success("ashift\t12\tlocal\nautotrim\ton\tlocal\nhealth\tONLINE\t-\n"),
    );
    assert.deepEqual(
      await run("zfs get -H -p -o property,value,source compression,atime,xattr,mountpoint tankb1"),
      success("compression\tlz4\tlocal\natime\toff\tlocal\nxattr\tsa\tlocal\nmountpoint\t/tankb1\tdefault\n"),
    );
    assert.match((await run("zpool get -H -p -o value guid tankb1")).stdout, /^\d{10,20}\n$/);
  });

  it("makes stripes, pairs and raidz as they are spelled", async () => {
    await run(`${CREATE} pairs mirror ${by("C", "D")} mirror ${by("E", "F")}`);
    const groups = (await run("zpool list -v -H pairs")).stdout.match(/mirror-\d/g);
    assert.deepEqual(groups, ["mirror-0", "mirror-1"]);
    await run("zpool destroy pairs");

    assert.equal((await run(`${CREATE} wide raidz2 ${by("C", "D", "E", "F")}`)).code, 0);
    assert.match((await run("zpool list -v -H wide")).stdout, /\traidz2-0\t/);
  });

  it("takes no disk of another pool, not even by force", async () => {
    const inUse = `${by("A")} is in use and contains a unknown filesystem.\n`;

    assert.deepEqual(await run(`zpool create tankb1 ${by("A")}`), failure(inUse));
    assert.deepEqual(await run(`zpool create -f tankb1 ${by("A")}`), failure(inUse));
    assert.deepEqual(await run("zpool list -H -o name"), success("tanka1\n"));
    assert.deepEqual(node.events("danger"), []);
  });

  it("takes no disk with a filesystem unless forced, and then says so in the log", async () => {
    assert.deepEqual(
      await run(`zpool create tankb1 ${by("G")}`),
      failure(
        `invalid vdev specification\nuse '-f' to override the following errors:\n${by("G")} contains a filesystem of type 'ext4'\n`,
      ),
    );
    assert.deepEqual(node.events("danger"), []);

    assert.equal((await run(`zpool create -f tankb1 ${by("G")}`)).code, 0);
    assert.deepEqual(node.events("danger"), ["zpool create -f tankb1"]);
  });

  it("takes no disk of an exported pool or of another machine's", async () => {
    await run("zpool export tanka1");
    const complaint = (kind: string) =>
      failure(
        `invalid vdev specification\nuse '-f' to override the following errors:\n${by("A")}-part1 is part of ${kind} 'tanka1'\n`,
      );
    assert.deepEqual(await run(`zpool create tankb1 ${by("A")}`), complaint("exported pool"));

    await node.site.control.run("pool-from-elsewhere", { machine: "tappaas1", pool: "tanka1" });
    assert.deepEqual(await run(`zpool create tankb1 ${by("A")}`), complaint("potentially active pool"));
  });

  const refusals: readonly { title: string; command: string; says: string; code?: number }[] = [
    {
      title: "a second pool of the same name",
      command: `zpool create tanka1 ${by("C")}`,
      says: "cannot create 'tanka1': pool already exists",
    },
    {
      title: "a mirror of one disk",
      command: `zpool create tankb1 mirror ${by("C")}`,
      says: "invalid vdev specification: mirror requires at least 2 devices",
    },
    {
      title: "a raidz2 of two disks",
      command: `zpool create tankb1 raidz2 ${by("C", "D")}`,
      says: "invalid vdev specification: raidz2 requires at least 3 devices",
    },
    {
      title: "a disk that the node does not have",
      command: `zpool create tankb1 ${by("Z")}`,
      says: `cannot resolve path '${by("Z")}'`,
    },
    {
      title: "a short name that is no disk",
      command: "zpool create tankb1 sdz",
      says: "cannot open 'sdz': no such device in /dev\nmust be a full path or shorthand device name",
    },
    {
      title: "groups of unlike redundancy",
      command: `zpool create tankb1 ${by("E")} mirror ${by("C", "D")}`,
      says: "mismatched replication level: both disk and mirror vdevs are present",
    },
    {
      title: "a mirror of unlike sizes",
      command: `zpool create tankb1 mirror ${by("C", "H")}`,
      says: "invalid vdev specification\nuse '-f' to override the following errors:\nmirror contains devices of different sizes",
    },
    {
      title: "a reserved name",
      command: `zpool create mirror1 ${by("C")}`,
      says: "cannot create 'mirror1': name is reserved",
    },
    {
      title: "a pool property that is none",
      command: `zpool create -o compression=lz4 tankb1 ${by("C")}`,
      says: "property 'compression' is not a valid pool or vdev property",
    },
    {
      title: "an ashift out of range",
      command: `zpool create -o ashift=5 tankb1 ${by("C")}`,
      says: "cannot create 'tankb1': property 'ashift' number 5 is invalid, only values between 9 and 16 are allowed",
    },
    {
      title: "a dataset property that is none",
      command: `zpool create -O compresion=lz4 tankb1 ${by("C")}`,
      says: "cannot create 'tankb1': invalid property 'compresion'",
    },
    {
      title: "a pool without disks",
      command: "zpool create tankb1",
      says: "missing vdev specification\nusage:",
      code: 2,
    },
    {
      title: "an unknown option",
      command: `zpool create -z tankb1 ${by("C")}`,
      says: "invalid option 'z'\nusage:",
      code: 2,
    },
    {
      title: "an unknown property",
      command: "zpool get helth tanka1",
      says: "bad property list: invalid property 'helth'\nusage:",
      code: 2,
    },
    { title: "an unknown command", command: "zpool scrubb tanka1", says: "unrecognized command 'scrubb'", code: 2 },
  ];
  for (const { title, command, says, code = 1 } of refusals) {
    it(`refuses ${title} and changes nothing`, async () => {
      const before = await run("zpool list -v -H -p; zfs list -H");
      const outcome = await run(command);

      assert.equal(outcome.code, code);
      assert.ok(outcome.stderr.includes(says), outcome.stderr);
      assert.deepEqual(await run("zpool list -v -H -p; zfs list -H"), before);
    });
  }

  it("lists what only waits to be imported, without importing it", async () => {
    assert.deepEqual(await run("zpool import"), failure("no pools available to import\n"));
    await run("zpool export tanka1");

    assert.match((await run("zpool import")).stdout, /^ {3}pool: tanka1\n {5}id: \d+\n {2}state: ONLINE\n/);
    assert.deepEqual(await run("zpool list -H -o name"), success(""));

    assert.deepEqual(await run("zpool import tanka1"), success(""));
    assert.deepEqual(await run("zpool list -H -o name"), success("tanka1\n"));
  });

  it("tells a degraded pool from a healthy one", async () => {
    assert.equal((await run("zpool status -x")).stdout, "all pools are healthy\n");
    await node.site.control.run("pull-disk", { machine: "tappaas1", disk: "ata-LAB_DISK_B" });

    assert.equal((await run("zpool get -H -o value health tanka1")).stdout, "DEGRADED\n");
    assert.match((await run("zpool status tanka1")).stdout, /state: DEGRADED\n[^]*ata-LAB_DISK_B +UNAVAIL/);
  });

  it("reports the status as JSON with paths", async () => {
    const { stdout } = await run("zpool status -j --json-int -P");
    const { output_version: version, pools } = JSON.parse(stdout) as {
      output_version: unknown;
      pools: Record<
        string,
        { state: string; vdevs: Record<string, { vdevs: Record<string, { vdevs: Record<string, { path: string }> }> }> }
      >;
    };

    assert.deepEqual(version, { command: "zpool status", vers_major: 0, vers_minor: 1 });
    assert.equal(pools["tanka1"]?.state, "ONLINE");
    const disks = Object.values(pools["tanka1"].vdevs["tanka1"]?.vdevs["mirror-0"]?.vdevs ?? {}).map(
      ({ path }) => path,
    );
    assert.deepEqual(disks, ["/dev/disk/by-id/ata-LAB_DISK_A-part1", "/dev/disk/by-id/ata-LAB_DISK_B-part1"]);
  });

  it("destroys a pool when told to, and the log cannot be missed", async () => {
    assert.deepEqual(await run("zpool destroy tanka1"), success(""));

    assert.deepEqual(node.events("danger"), ["zpool destroy tanka1"]);
    assert.deepEqual(await run("zpool list"), success("no pools available\n"));
    assert.match((await run("zpool import -D")).stdout, /tanka1[^]*DESTROYED/);
  });

  it("plans a pool with -n and makes none", async () => {
    assert.match(
      (await run(`zpool create -n tankb1 mirror ${by("C", "D")}`)).stdout,
      /^would create 'tankb1' with the following layout:/,
    );
    assert.deepEqual(await run("zpool list -H -o name"), success("tanka1\n"));
  });
});

describe("zfs on a node", () => {
  let node: LabNode;

  before(async () => {
    node = await LabNode.start("127.0.83");
  });

  after(async () => {
    await node.stop();
  });

  const run = async (command: string) => {
    const { code, stdout, stderr } = await node.run(command);
    return { code, stdout, stderr };
  };

  it("makes datasets, and says where each property comes from", async () => {
    assert.deepEqual(await run("zfs create -o atime=on tanka1/vm"), { code: 0, stdout: "", stderr: "" });

    assert.deepEqual((await run("zfs list -H -o name")).stdout, "tanka1\ntanka1/vm\n");
    assert.deepEqual(
      (await run("zfs get -H -p -o property,value,source compression,atime,sync,type tanka1/vm")).stdout,
      "compression\tlz4\tinherited from tanka1\natime\ton\tlocal\nsync\tstandard\tdefault\ntype\tfilesystem\t-\n",
    );
  });

  it("gets all properties of a dataset, exact", async () => {
    const { stdout } = await run("zfs get -H -p -o property,value all tanka1");
    const lines = stdout.trim().split("\n");
    const values = new Map(lines.map((line) => line.split("\t") as [property: string, value: string]));

    assert.equal(values.get("recordsize"), "131072");
    assert.equal(values.get("quota"), "0");
    assert.equal(values.get("compression"), "lz4");
    assert.match(values.get("available") ?? "", /^\d{11}$/);
  });

  it("changes a property, keeps somebody's own, and refuses what is none", async () => {
    assert.equal((await run("zfs set compression=zstd org.example:note=mine tanka1")).code, 0);
    assert.equal((await run("zfs get -H -o value compression,org.example:note tanka1")).stdout, "zstd\nmine\n");

    assert.deepEqual(await run("zfs set compresion=lz4 tanka1"), {
      code: 1,
      stdout: "",
      stderr: "cannot set property for 'tanka1': invalid property 'compresion'\n",
    });
    assert.match(
      (await run("zfs set compression=brotli tanka1")).stderr,
      /^cannot set property for 'tanka1': 'compression' must be one of 'on \| off/,
    );
  });

  const refusals: readonly { title: string; command: string; says: string }[] = [
    {
      title: "a dataset that is not there",
      command: "zfs list tanka1/none",
      says: "cannot open 'tanka1/none': dataset does not exist\n",
    },
    {
      title: "a dataset that exists",
      command: "zfs create tanka1/here; zfs create tanka1/here",
      says: "cannot create 'tanka1/here': dataset already exists\n",
    },
    {
      title: "a dataset without its parent",
      command: "zfs create tanka1/a/b",
      says: "cannot create 'tanka1/a/b': parent does not exist\n",
    },
    {
      title: "a dataset of no pool",
      command: "zfs create tankz/a",
      says: "cannot create 'tankz/a': no such pool 'tankz'\n",
    },
  ];
  for (const { title, command, says } of refusals) {
    it(`refuses ${title}`, async () => {
      assert.deepEqual(await run(command), { code: 1, stdout: "", stderr: says });
    });
  }

  it("shares one truth with the node's API", async () => {
    await run("zfs create -V 4G tanka1/vm-900-disk-0");

    const volume = zfsOf(node.site, "tappaas1").value.datasets.find(({ name }) => name === "tanka1/vm-900-disk-0");
    assert.deepEqual({ type: volume?.type, volsize: volume?.volsize }, { type: "volume", volsize: 4 * 2 ** 30 });
  });
});
