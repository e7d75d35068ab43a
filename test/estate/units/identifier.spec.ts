import { strict as assert } from "node:assert";

import { identifierForm, isIdentifier, type IdentifierKind } from "../../../estate/units/identifier";

const cases: readonly { kind: IdentifierKind; right: readonly string[]; wrong: readonly string[] }[] = [
  { kind: "pbsId", right: ["tappaas_backup", "abc"], wrong: ["ab", "a".repeat(33), "-ab", "a b", "a/b"] },
  { kind: "storage", right: ["tanka1", "tappaas_backup", "local-zfs"], wrong: ["1tank", "a", "tank_", "a b"] },
  { kind: "namespace", right: ["", "remote/oak", "a/b/c/d/e/f/g/h"], wrong: ["/a", "a/", "a//b", "a/b/c/d/e/f/g/h/i"] },
  { kind: "node", right: ["tappaas1", "pve-2"], wrong: ["-pve", "pve.lan", "pve_1", ""] },
  { kind: "zfsPool", right: ["tanka1", "rpool"], wrong: ["mirror1", "raidz", "spare", "log", "c0", "1tank", "a/b"] },
  { kind: "disk", right: ["ata-WDC_WD40-1234", "wwn-0x5000c500"], wrong: ["sda", "nvme0n1", "/dev/sda", "../x", ""] },
  { kind: "path", right: ["/tankc1/tappaas_backup"], wrong: ["/", "/a/", "a", "/a b", "//a"] },
  { kind: "address", right: ["10.0.0.10", "backup.mgmt.internal", "2001:db8::1", "::1"], wrong: ["", "a b", "-x"] },
  { kind: "userId", right: ["tappaas@pbs", "root@pam"], wrong: ["tappaas", "a@b!c", "a b@pbs", "@pbs"] },
];

describe("a name", () => {
  for (const { kind, right, wrong } of cases) {
    it(`of the kind ${kind} is told from what Proxmox, ZFS or Linux would refuse`, () => {
      assert.deepEqual(
        [right.filter((text) => !isIdentifier(kind, text)), wrong.filter((text) => isIdentifier(kind, text))],
        [[], []],
      );
      assert.match(identifierForm(kind), /^[a3]/);
    });
  }
});
