import { strict as assert } from "node:assert";

import { parseSettings } from "../../estate/settings";
import { lines, settingsWith, writtenSettings } from "./site";

describe("settings", () => {
  it("fill in what TAPPaaS does", () => {
    const { backup, backupServer, nodes } = settingsWith();

    assert.deepEqual(backup, {
      schedule: "21:00",
      buckets: {},
      weeklySchedule: "sun 16:00",
      monthlySchedule: "*-*-01 12:00",
      pruneSchedule: "02:00",
      configurationTime: "20:30",
      configurations: {},
      garbageCollection: "03:00",
      verifySchedule: "04:00",
      readers: [],
      reverifyAfter: 30,
      exclude: {},
    });
    assert.deepEqual([backupServer.port, backupServer.user], [8007, "tappaas@pbs"]);
    assert.deepEqual([nodes["tappaas1"]?.ssh.port, nodes["tappaas1"]?.ssh.user], [22, "root"]);
  });

  it("name the roles that there are when they name another", () => {
    assert.deepEqual(lines(parseSettings({ ...writtenSettings, role: "dr" })), [
      '- role: expected one of "site", "vault", "bucket", "dr-host", "dr-cloud", got "dr"; correct it',
    ]);
  });

  it("keep fingerprints in the one form in which they are compared", () => {
    const { key } = settingsWith({ key: { fingerprint: "0E".repeat(32) } });

    assert.equal(key.fingerprint, Array<string>(32).fill("0e").join(":"));
  });

  it("name every key that is missing, unknown or malformed, all at once", () => {
    const written = {
      ...writtenSettings,
      rop: "15 minutes",
      nodes: { tappaas1: { api: "http://10.0.0.10:8006", ssh: { host: "10.0.0.10" } } },
      backup: { schedule: "often", retention: { keepDaily: 0 } },
      key: {},
    };

    assert.deepEqual(lines(parseSettings(written)), [
      '- nodes.tappaas1.api: expected an address such as "https://10.0.0.10:8006", got "http://10.0.0.10:8006"; correct it',
      '- nodes.tappaas1.ssh.hostKey: expected a host key such as "ssh-ed25519 AAAA…", got nothing; set it',
      '- backup.schedule: expected a calendar event that fires, such as "21:00" or "mon..fri 22:30", got "often"; correct it',
      "- backup.retention.keepDaily: expected a whole number from 1 to 1000, got 0; correct it",
      '- key.fingerprint: expected 32 bytes in hex such as "0e:ab:…:d4", got nothing; set it',
      "- rop: expected no such key; remove it or correct its spelling",
    ]);
  });

  const refused: readonly { title: string; changes: Record<string, unknown>; path: string }[] = [
    { title: "a schedule that never fires", changes: { backup: { schedule: "02-30" } }, path: "backup.schedule" },
    { title: "a retention without any count", changes: { backup: { retention: {} } }, path: "backup.retention" },
    {
      title: "an exclusion without a reason",
      changes: { backup: { exclude: { 901: "" } } },
      path: "backup.exclude.901",
    },
    { title: "an exclusion of no VMID", changes: { backup: { exclude: { mail: "x" } } }, path: "backup.exclude" },
    { title: "a role that no program has", changes: { role: "dr" }, path: "role" },
    {
      title: "a state with a password in its address",
      changes: { state: { backend: "s3://a:b@c" } },
      path: "state.backend",
    },
    { title: "a state in no folder", changes: { state: { copies: ["file:pulumi"] } }, path: "state.copies[0]" },
    { title: "a site without nodes", changes: { nodes: {} }, path: "nodes" },
    { title: "a site's folder outside the repository", changes: { site: "../other" }, path: "site" },
    {
      title: "a disk by a name that changes at the next boot",
      changes: { pools: [{ node: "tappaas1", name: "tanka1", raidlevel: "single", disks: ["sda"] }] },
      path: "pools[0].disks[0]",
    },
    { title: "a port that is none", changes: { backupServer: { address: "a", port: 0 } }, path: "backupServer.port" },
    {
      title: "a password in an API address",
      changes: { nodes: { a: { api: "https://root:x@pve:8006", ssh: { host: "a", hostKey: "ssh-rsa AAAA" } } } },
      path: "nodes.a.api",
    },
  ];
  for (const { title, changes, path } of refused) {
    it(`refuse ${title}`, () => {
      assert.deepEqual(
        lines(parseSettings({ ...writtenSettings, ...changes })).map((line) => line.slice(2, line.indexOf(": "))),
        [path],
      );
    });
  }
});
