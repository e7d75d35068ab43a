import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { restore, type RestoreOrder } from "../../commands/restore";
import { PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { parseBackupKey } from "../../provider/keys/backup-key";
import { prefixOf } from "./support/pve-site";
import { ShellSite } from "./support/shell-site";

describe("a guest that comes back into another deployment", () => {
  let home: ShellSite;
  let pve: PveClient;
  let order: Omit<RestoreOrder, "guest" | "to">;
  let said: string[] = [];

  before(async () => {
    home = await ShellSite.start(prefixOf(89));
    const { api: endpoint, logins } = home.site.sheet.content.nodes["tappaas1"]!;
    const trust = { authority: readFileSync(home.site.sheet.content.ca, "utf8") };
    pve = new PveClient(
      { endpoint, trust, login: { username: "root@pam", password: logins["root@pam"].password } },
      [1, 1],
    );
    const { address, fingerprint, logins: server } = home.site.sheet.content.pbs["backup"]!;
    const { password } = server["root@pam"];
    await done("backup", "proxmox-backup-manager datastore create main /srv/main");
    const place = `--server ${address} --datastore main --fingerprint ${fingerprint}`;
    const login = `--username root@pam --password ${password}`;
    await done("tappaas1", `pvesm add pbs main ${place} ${login} --encryption-key autogen`);
    await done("tappaas1", "vzdump 110,140,312 --storage main");
    const key = parseBackupKey(await done("tappaas1", "cat /etc/pve/priv/storage/main.enc"));
    const sheet = { site: "home", date: "2026-11-26", address, port: 8007, tlsFingerprint: fingerprint };
    const escrow = { ...sheet, datastore: "main", namespace: "", key };
    const say = (line: string) => void said.push(line);
    order = { pve, node: "tappaas1", escrow, login: { username: "root@pam", password }, dryRun: false, say };
  });
  after(async () => {
    await pve.close();
    await home.stop();
  });
  beforeEach(() => {
    said = [];
  });

  const done = async (machine: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await home.run(machine, command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const lines = (type: "qemu" | "lxc", vmid: number) => new RestoreClient(pve).lines({ node: "tappaas1", type, vmid });
  const disks = async (vmid: number) => {
    const found = (await home.site.control.run("content", { node: "tappaas1", vmid: String(vmid) })) as {
      disks: Record<string, { sha256: string }>;
    };
    return Object.values(found.disks).map(({ sha256 }) => sha256);
  };

  it("has a name, a number and a network of its own, the same content, and the living one is as it was", async () => {
    const before = await lines("qemu", 140);
    const deployment = { prefix: "staging-", networks: { lan: "drill/210" } };
    await restore({ ...order, guest: "140", to: 2140, deployment });
    const there = await lines("qemu", 2140);
    assert.equal(there["name"], "staging-identity");
    assert.match(there["net0"] ?? "", /^virtio=BC:24:11:[0-9A-F:]{8},bridge=drill,tag=210$/);
    assert.notEqual(there["net0"]?.slice(0, 24), before["net0"]?.slice(0, 24), "its address is its own");
    assert.deepEqual(await disks(2140), await disks(140));
    assert.deepEqual(await lines("qemu", 140), before);
  });

  it("is a container as well, by its host name", async () => {
    await restore({ ...order, guest: "312", to: 2312, deployment: { prefix: "staging-", networks: { lan: "drill" } } });
    const there = await lines("lxc", 2312);
    assert.match(there["hostname"] ?? "", /^staging-/);
    assert.match(there["net0"] ?? "", /bridge=drill/);
  });

  it("cannot meet the living one when its cables are out, and keeps every card", async () => {
    await restore({ ...order, guest: "110", to: 2110, deployment: { unplugged: true } });
    const there = await lines("qemu", 2110);
    for (const card of ["net0", "net1"]) assert.match(there[card] ?? "", /link_down=1$/, card);
    assert.match(there["net1"] ?? "", /bridge=wan/);
  });

  it("gives one disk to a guest that exists, in place of its own, which stays as the way back; production is not touched", async () => {
    const production = { lines: await lines("qemu", 140), disks: await disks(140) };
    await done("tappaas1", "qm set 2140 --delete scsi0");
    const kept = (await lines("qemu", 2140))["unused0"];
    assert.match(kept ?? "", /^tanka1:vm-2140-disk-0$/);
    await restore({ ...order, guest: "140", to: 9140, deployment: { unplugged: true } });
    await done("tappaas1", "qm disk move 9140 scsi0 --target-vmid 2140 --target-disk scsi0");
    await done("tappaas1", "qm start 2140");
    await done("tappaas1", "qm destroy 9140");
    assert.match((await lines("qemu", 2140))["scsi0"] ?? "", /^tanka1:vm-2140-disk-1,/);
    assert.deepEqual(await disks(2140), production.disks);
    await done("tappaas1", "qm stop 2140 && qm set 2140 --delete scsi0");
    await done("tappaas1", `qm set 2140 --scsi0 ${kept ?? ""} && qm start 2140`);
    assert.deepEqual({ lines: await lines("qemu", 140), disks: await disks(140) }, production);
  });

  it("loses a card for which somebody says none", async () => {
    const deployment = { prefix: "staging-", networks: { lan: "drill", wan: "none" } };
    await restore({ ...order, guest: "110", to: 2111, deployment });
    const there = await lines("qemu", 2111);
    assert.match(there["net0"] ?? "", /bridge=drill/);
    assert.equal(there["net1"], undefined);
  });

  it("is not restored while a network of it is mapped nowhere, or its name would be none", async () => {
    const deployment = { prefix: "staging_", networks: { lan: "drill" } };
    await assert.rejects(restore({ ...order, guest: "110", to: 2112, deployment }), (error: Error) => {
      assert.match(error.message, /"staging_firewall" is no host name/);
      assert.match(error.message, /wan[\s\S]*\nCure: /);
      return true;
    });
    await assert.rejects(lines("qemu", 2112));
  });

  it("is shown with its lines before anything is restored", async () => {
    const deployment = { prefix: "staging-", unplugged: true };
    await restore({ ...order, guest: "140", to: 2141, deployment, dryRun: true });
    assert.match(said.join("\n"), /name: staging-identity\n.*net0: .*link_down=1/);
    await assert.rejects(lines("qemu", 2141));
  });
});
