import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utils } from "ssh2";

import { drill } from "../../commands/drill";
import { type DrillOrder } from "../../commands/drill/order";
import { nodesSource } from "../../commands/drill/source";
import { parseInventory } from "../../estate/inventory";
import { valueOf } from "../../estate/problem";
import { keyFingerprint } from "../../lab/pve/key-fingerprint";
import { modelOf } from "../../planning/site-model";
import { PveClient } from "../../provider/clients/pve-client";
import { DRILL_PRIVILEGES, pvePrivileges } from "../../provider/rights/pve-rights";
import { estateWith, guest } from "../planning/estates";
import { MemoryBackups } from "./support/memory-backups";
import { ended, openPve, prefixOf, type PveSite } from "./support/pve-site";

const raw = Buffer.alloc(32, 7);
const key = JSON.stringify({ kdf: null, data: raw.toString("base64"), fingerprint: keyFingerprint(raw) });
const GUESTS = [
  guest(140, { name: "identity" }),
  guest(312, { name: "vllm-amd", kind: "ct" }),
  guest(610, { name: "vaultwarden" }),
];

describe("a drill, by the rights of its login", () => {
  const backups = new MemoryBackups("main", "right");
  let pve: PveSite;
  let client: PveClient;
  let folder: string;
  const said: string[] = [];

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(76), backups.connect);
    const server = { server: "127.0.64.30", datastore: "main", username: "pve@pbs!one", password: "right" };
    await pve.ask("POST /storage", { storage: "main", type: "pbs", ...server, "encryption-key": key });
    const dumped = await pve.ask("POST /nodes/tappaas1/vzdump", { vmid: "140,312", storage: "main" });
    assert.equal(await ended(pve.access, "tappaas1", dumped.data), "OK");
    await pve.ask("POST /access/users", { userid: "drill@pve" });
    await grant(DRILL_PRIVILEGES);
    const { data } = await pve.ask("POST /access/users/drill@pve/token/up", { privsep: 0 });
    const login = { tokenId: "drill@pve!up", secret: (data as { value: string }).value };
    client = new PveClient({ endpoint: pve.access.url, trust: { authority: pve.access.ca }, login }, [1, 1]);
    folder = mkdtempSync(join(tmpdir(), "drill-"));
  });
  after(async () => {
    if (process.env["PVE_URL"] !== undefined) return;
    await client.close();
    await pve.stop();
    rmSync(folder, { recursive: true });
  });

  async function grant(more: readonly string[]): Promise<void> {
    const privs = [...pvePrivileges("apply"), ...more].join(" ");
    const { status } = await pve.ask("POST /access/roles", { roleid: "Drill", privs });
    if (status !== 200) await pve.ask("PUT /access/roles/Drill", { privs });
    await pve.ask("PUT /access/acl", { path: "/", roles: "Drill", users: "drill@pve" });
  }

  const talk = {
    say: (line: string) => void said.push(line),
    confirm: () => Promise.resolve(true),
    ask: () => Promise.resolve(""),
  };
  const numbers = async () => {
    const { data } = await pve.ask("GET /cluster/resources", { type: "vm" });
    return (data as { vmid: number }[]).map(({ vmid }) => vmid).sort();
  };

  async function drilled(changes: Partial<DrillOrder["choices"]>) {
    const { guests } = valueOf(parseInventory({ guests: GUESTS }, "inventory.json"), "inventory");
    const times = { patience: 2_000, settle: 10, pause: 5 };
    return drill(
      {
        ...{ siteFolder: folder, site: "sites/home", pve: client, guests, ...times, dryRun: false, cleanOnly: false },
        ...{ source: nodesSource("main", keyFingerprint(raw)), model: modelOf(estateWith(GUESTS)) },
        privateKey: utils.generateKeyPairSync("ed25519").private,
        choices: { count: 2, from: 9900, ...changes },
      },
      talk,
    );
  }

  it("has enough with those that stand in the documentation, for machines and containers", async () => {
    const before = await numbers();
    for (const name of ["identity", "vllm-amd"]) {
      const { end, record } = await drilled({ guest: name });
      assert.equal(end, "passed", JSON.stringify(record));
      assert.deepEqual(record?.left, []);
    }
    assert.deepEqual(await numbers(), before);
  });

  it("says of a guest without a backup that it failed, by name", async () => {
    const { end, record } = await drilled({ guest: "vaultwarden" });
    assert.equal(end, "failed");
    assert.deepEqual(
      record?.guests.map(({ verdict, why }) => [verdict, why]),
      [["failed", "there is no backup of it"]],
    );
  });

  it("names the guests that there are when it is asked for another", async () => {
    await assert.rejects(drilled({ guest: "nobody" }), /there are identity, vllm-amd, vaultwarden\.\nCure: /);
  });

  for (const privilege of DRILL_PRIVILEGES) {
    it(`needs ${privilege}: without it nothing passes, nothing is left, and what lives is as it was`, async () => {
      const before = await numbers();
      await grant(DRILL_PRIVILEGES.filter((one) => one !== privilege));
      const end = await drilled({ guest: "identity", storage: "tanka1" }).then(
        (result) => result.end,
        (error: unknown) => String(error),
      );
      await grant(DRILL_PRIVILEGES);
      assert.notEqual(end, "passed");
      assert.deepEqual(await numbers(), before);
      assert.equal(existsSync(join(folder, "drill.json")), false);
    });
  }
});
