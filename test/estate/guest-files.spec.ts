import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { guestFileFindings } from "../../estate/guest-files";
import { type ObservedGuest } from "../../estate/observation";
import { namedFilesOf } from "../../estate/units/named-file";
import { identity, inventoryOf, module, observationWith, threeNodes } from "./site";

const { guests } = inventoryOf(
  [module("identity", { ...identity, HANode: "tappaas2" }), module("plain", { vmid: 150 })],
  threeNodes,
);
const storages = {
  complete: true,
  items: [
    { storage: "local", type: "dir", content: ["iso", "snippets"] },
    { storage: "nas", type: "nfs", content: ["iso"] },
  ],
};

function said(vmid: number, files: ObservedGuest["files"]): string[] {
  const item = { vmid, kind: "vm" as const, node: "tappaas1", name: "", disks: [], files };
  const observation = observationWith({ storages, guests: { complete: true, items: [item] } });
  return guestFileFindings(guests, observation).map(({ path, advice }) => `${path}: ${advice}`);
}

describe("a guest that needs a file of its node to start", () => {
  it("is found by its CD drive, its data for cloud-init and its script, and not by what PVE makes itself", () => {
    const config = {
      ide2: "local:iso/debian-13.iso,media=cdrom,size=600M",
      ide0: "tanka1:vm-140-cloudinit,media=cdrom",
      sata1: "none,media=cdrom",
      scsi0: "tanka1:vm-140-disk-0,size=32G",
      cicustom: "user=local:snippets/user.yaml,network=nas:snippets/net.yaml",
      hookscript: "local:snippets/hook.pl",
      description: "local:iso/only-words",
    };
    assert.deepEqual(namedFilesOf(config), [
      { line: "cicustom", volume: "local:snippets/user.yaml" },
      { line: "cicustom", volume: "nas:snippets/net.yaml" },
      { line: "hookscript", volume: "local:snippets/hook.pl" },
      { line: "ide2", volume: "local:iso/debian-13.iso" },
    ]);
  });

  it("is told so before it has to start elsewhere, with the command that frees it", () => {
    const [drive] = said(150, [{ line: "ide2", volume: "local:iso/debian-13.iso" }]);
    assert.match(drive ?? "", /^guest vm:150 "plain": its ide2 names local:iso\/debian-13\.iso, which is in none/);
    assert.match(drive ?? "", /`qm set 150 --ide2 none,media=cdrom` empties the drive$/);
    const [script] = said(150, [{ line: "hookscript", volume: "local:snippets/hook.pl" }]);
    assert.match(script ?? "", /keep a copy of it with the bundle, or `qm set 150 --delete hookscript`$/);
  });

  it("is told that its failover ends with it off, unless every node sees that file", () => {
    assert.match(said(140, [{ line: "ide2", volume: "local:iso/a.iso" }]).join(), /a failover ends with it off/);
    assert.doesNotMatch(said(140, [{ line: "ide2", volume: "nas:iso/a.iso" }]).join(), /failover/);
    const [seed] = said(140, [{ line: "cicustom", volume: "local:snippets/user.yaml" }]);
    assert.match(seed ?? "", /keep a copy of it on each of its nodes, and with the bundle$/);
  });

  it("is nobody else's guest, and none that names no file", () => {
    assert.deepEqual([said(999, [{ line: "ide2", volume: "local:iso/a.iso" }]), said(150, undefined)], [[], []]);
  });

  it("names each file once and none that is not there, however its configuration is written", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,10}$/);
    const line = fc.constantFrom("ide0", "sata3", "scsi7", "cicustom", "hookscript");
    fc.assert(
      fc.property(fc.dictionary(line, fc.tuple(name, fc.constantFrom("iso", "snippets"), name)), (files) => {
        const config = Object.fromEntries(
          Object.entries(files).map(([key, [storage, kind, file]]) => [key, `${storage}:${kind}/${file},media=cdrom`]),
        );
        const volumes = Object.values(files).map(([storage, kind, file]) => `${storage}:${kind}/${file}`);
        assert.deepEqual(
          namedFilesOf(config)
            .map(({ volume }) => volume)
            .toSorted(),
          volumes.toSorted(),
        );
      }),
    );
  });
});
