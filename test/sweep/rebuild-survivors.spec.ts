import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { askLab as askSocket } from "../../lab/core/control";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient, type ListedGuest } from "../../provider/clients/restore-client";
import { askLab, startLab, stopLab } from "../../tools/lab-site/lab";
import { observeLabSite, type LabSite, type ReferenceSite, referenceStanding } from "../../tools/lab-site/prepare";
import { answer } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite, loseState, onNode, pbsOf, pveOf, runBackups } from "../engine/support/lab-site";

interface Case {
  readonly prefix: string;
  readonly nodes: readonly string[];
  /** Pools by node that somebody imports by hand. */
  readonly pools: Readonly<Record<string, readonly string[]>>;
  /** A guest that is written to after its last backup, and one whose disks are lost, each with its node. */
  readonly written: { readonly vmid: number; readonly node: string };
  readonly lost: { readonly vmid: number; readonly node: string };
  /** Whether the program makes the backup server, which then finds the datastore by itself. */
  readonly makesServer: boolean;
}

const CASES: Readonly<Record<ReferenceSite, Case>> = {
  "single-node": {
    ...{ prefix: "127.0.122", nodes: ["tappaas1"], makesServer: false },
    pools: { tappaas1: ["tanka1", "tankb1"] },
    written: { vmid: 140, node: "tappaas1" },
    lost: { vmid: 610, node: "tappaas1" },
  },
  "three-node": {
    ...{ prefix: "127.0.123", nodes: ["tappaas1", "tappaas2", "tappaas3"], makesServer: true },
    pools: { tappaas1: ["tanka1"], tappaas2: ["tanka1", "tankb1"], tappaas3: ["tanka1", "tankc1"] },
    written: { vmid: 140, node: "tappaas1" },
    lost: { vmid: 340, node: "tappaas1" },
  },
};

interface Content {
  readonly config: Record<string, string>;
  readonly disks: Record<string, { sha256: string }>;
}

for (const [reference, { prefix, nodes, pools, written, lost, makesServer }] of Object.entries(CASES))
  describe(`a site of ${reference} whose systems are gone and whose disks are not`, function () {
    inOrder(this);
    const name = `sweep-survivors-${reference}`;
    const standing = referenceStanding(reference as ReferenceSite);
    let site: LabSite;
    let pve: PveClient;
    let living: readonly ListedGuest[];
    const contents = new Map<number, Content>();

    before(async () => {
      site = await freshLabSite(name, prefix, standing);
      assert.equal(await observeLabSite(site, true), 0);
      const { value, said } = await answer(site, "up", "--yes");
      assert.equal(value.end, "applied", said);
      runBackups(site);
      for (const node of nodes) await onNode(site.sheet, node, "systemctl start tappaas-host-config.service");
      const later = { ...written, key: "scsi0", offset: 4096, text: "written after the last backup" };
      await askSocket(join(site.places.lab, "control.sock"), "write-disk", later);
      pve = pveOf(site.sheet, nodes[0]!);
      living = await ownGuests();
      for (const { vmid, node } of living) contents.set(vmid, contentOf(node, vmid));
      assert.ok(living.length >= 5);
    });
    after(async () => {
      await pve.close();
      forgetLabSite(name);
    });

    const ownGuests = async () => (await new RestoreClient(pve).guests()).filter(({ node }) => nodes.includes(node));
    const contentOf = (node: string, vmid: number) =>
      JSON.parse(askLab(site.places, "content", node, String(vmid))) as Content;
    const sums = ({ disks }: Content) => Object.values(disks).map(({ sha256 }) => sha256);
    const command = (...args: string[]) =>
      site.stack.command([...args, "--settings", site.places.stackFile], {
        ...{ quiet: true, env: { PBS_PASSWORD: Object.values(site.sheet.pbs)[0]!.logins["root@pam"].password } },
      });

    it("has empty systems under the old names, and pools that another machine used last", async () => {
      stopLab(site.places);
      askLab(site.places, "reinstall", ...nodes, "backup");
      process.env["LAB_PREFIX"] = prefix;
      await startLab(site.places, standing.day, prefix);
      delete process.env["LAB_PREFIX"];
      await loseState(site, name);
      assert.deepEqual(await ownGuests(), []);
      assert.deepEqual(
        (await pve.storages()).map(({ storage }) => storage),
        ["local"],
      );
      await assert.rejects(
        onNode(site.sheet, nodes[0]!, "zpool import tanka1"),
        /was previously in use from another system/,
      );
    });

    it("has its pools again after an import by hand, with every volume on them", async () => {
      for (const [node, names] of Object.entries(pools))
        for (const pool of names) await onNode(site.sheet, node, `zpool import -f ${pool}`);
      const listed = await onNode(site.sheet, written.node, "zfs list -H -o name -t volume");
      assert.match(listed, new RegExp(`tanka1/vm-${written.vmid}-disk-0`));
      await onNode(site.sheet, lost.node, `zfs destroy tanka1/vm-${lost.vmid}-disk-0`);
    });

    it("has its storages, its datastore and its login again by the program, with every backup that was there", async () => {
      assert.equal(await observeLabSite(site, true), 0);
      // The program installs a server of its own first, and ends there: a shell of the lab does not show it what lies on a pool.
      if (makesServer) assert.match((await answer(site, "up", "--yes")).said, /\.chunks" - EEXIST/);
      const pbs = pbsOf(site.sheet);
      const place = { name: "tappaas_backup", path: "/tankc1/tappaas_backup", "reuse-datastore": true };
      await pbs.taskEnd(await pbs.createDatastore(place));
      await pbs.close();
      assert.match((await answer(site, "up", "--yes")).said, /add "pbs:Datastore\/tappaas_backup" to adoptions/);
      writeFileSync(join(site.places.site, "adoptions.json"), '["pbs:Datastore/tappaas_backup"]');
      const { value, said } = await answer(site, "up", "--yes");
      assert.equal(value.end, "applied", said);
      const snapshots = await pbsOf(site.sheet).snapshots("tappaas_backup");
      assert.ok(snapshots.filter((one) => one["backup-type"] !== "host").length >= living.length);
    });

    it("is shown which guests get their configuration back, and what is missing of which", async () => {
      const { code, stderr } = await command("reattach", "--dry-run");
      assert.equal(code, 0, stderr);
      assert.match(stderr, new RegExp(`\\(${written.vmid}\\) on ${written.node}: tanka1:vm-${written.vmid}-disk-0`));
      assert.match(
        stderr,
        new RegExp(`NOT covered:[\\s\\S]*\\(${lost.vmid}\\): none of its disks is on ${lost.node}: make rebuild`),
      );
      assert.deepEqual(await ownGuests(), []);
    });

    it("has its guests on their own disks again, with what was written after the last backup, and nothing was written to a disk", async () => {
      const { code, stderr } = await command("reattach", "--yes");
      assert.equal(code, 0, stderr);
      const there = await ownGuests();
      assert.deepEqual(
        there.map(({ vmid, node }) => [vmid, node]).toSorted(),
        living
          .filter(({ vmid }) => vmid !== lost.vmid)
          .map(({ vmid, node }) => [vmid, node])
          .toSorted(),
      );
      for (const { vmid, node } of there) assert.deepEqual(contentOf(node, vmid), contents.get(vmid));
      assert.ok(there.some(({ status }) => status === "running"));
    });

    it("gives nothing back twice, and writes over no configuration", async () => {
      const { code, stderr } = await command("reattach", "--yes");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Left alone, because it lives: /);
      for (const { vmid, node } of await ownGuests()) assert.deepEqual(contentOf(node, vmid), contents.get(vmid));
    });

    it("has the guest whose disks are lost out of its backup, and the others untouched by that", async () => {
      const words = ["--escrow-file", site.places.escrowFile, "--pbs-login", "root@pam", "--yes"];
      const { code, stderr } = await command("rebuild", ...words);
      assert.equal(code, 0, stderr);
      const there = await ownGuests();
      assert.equal(there.length, living.length);
      for (const { vmid, node } of there) assert.deepEqual(sums(contentOf(node, vmid)), sums(contents.get(vmid)!));
    });

    it("is what the program says at its end", async () => {
      assert.equal(await observeLabSite(site, true), 0);
      const { value, said } = await answer(site, "up", "--yes");
      assert.ok(["nothing", "applied"].includes(value.end), said);
      assert.deepEqual(value.harm, []);
      const again = await answer(site, "up", "--yes");
      assert.deepEqual([again.value.end, again.value.changes], ["nothing", []], again.said);
    });
  });
