import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utils } from "ssh2";
import * as z from "zod";

import { drill } from "../../commands/drill";
import { type DrillOrder } from "../../commands/drill/order";
import { nodesSource } from "../../commands/drill/source";
import { parseInventory } from "../../estate/inventory";
import { valueOf } from "../../estate/problem";
import { keyFingerprint } from "../../lab/pve/key-fingerprint";
import { modelOf } from "../../planning/site-model";
import { PveClient } from "../../provider/clients/pve-client";
import {
  DRILL_BRIDGE_PRIVILEGES,
  DRILL_GUEST_PRIVILEGES,
  DRILL_STORAGE_PRIVILEGES,
  pvePrivileges,
} from "../../provider/rights/pve-rights";
import { estateWith, guest } from "../planning/estates";
import { MemoryBackups } from "./support/memory-backups";
import { ended, openPve, prefixOf, type PveSite } from "./support/pve-site";

const raw = Buffer.alloc(32, 7);
const key = JSON.stringify({ kdf: null, data: raw.toString("base64"), fingerprint: keyFingerprint(raw) });
const proxy = (port: number) => ({ proxy: { port, name: `g${port}.example.org` } });
const GUESTS = [
  guest(110, { name: "firewall" }),
  guest(140, { name: "identity", dependsOn: ["firewall:proxy"], ...proxy(9000) }),
  guest(312, { name: "vllm-amd", kind: "ct" }),
  guest(610, { name: "vaultwarden", dependsOn: ["identity:identity", "firewall:proxy"], ...proxy(8222) }),
  guest(130, { name: "tappaas-cicd" }),
];
const NUMBERS = Array.from({ length: 5 }, (_, at) => 9900 + at);

/** A path, and the role that a person writes there by docs/how-to/drill.md. */
type Grants = Readonly<Record<string, readonly string[]>>;

const apply = pvePrivileges("apply");
const numbers = (privileges: readonly string[]): Grants =>
  Object.fromEntries(NUMBERS.map((vmid) => [`/vms/${vmid}`, privileges]));
const DOCUMENTED: Grants = {
  "/": apply,
  ...numbers(DRILL_GUEST_PRIVILEGES),
  "/storage/tanka1": [...apply, ...DRILL_STORAGE_PRIVILEGES],
  "/sdn/zones/localnetwork/drill": DRILL_BRIDGE_PRIVILEGES,
};
const WITHOUT_NETWORK: Grants = {
  ...DOCUMENTED,
  "/sdn/zones/localnetwork/drill": [],
  "/sdn/zones/localnetwork/lan": DRILL_BRIDGE_PRIVILEGES,
};

describe("a drill, by the rights of its login", () => {
  const backups = new MemoryBackups("main", "right");
  let pve: PveSite;
  let client: PveClient;
  let folder: string;
  let said: string[] = [];

  before(async function () {
    if (process.env["PVE_URL"] !== undefined) this.skip();
    pve = await openPve(prefixOf(76), backups.connect);
    const server = { server: "127.0.64.30", datastore: "main", username: "pve@pbs!one", password: "right" };
    await pve.ask("POST /storage", { storage: "main", type: "pbs", ...server, "encryption-key": key });
    const dumped = await pve.ask("POST /nodes/tappaas1/vzdump", { vmid: "110,140,312,610", storage: "main" });
    assert.equal(await ended(pve.access, "tappaas1", dumped.data), "OK");
    await pve.ask("POST /access/users", { userid: "drill@pve" });
    await grant(DOCUMENTED);
    const { data } = await pve.ask("POST /access/users/drill@pve/token/up", { privsep: 0 });
    const login = { tokenId: "drill@pve!up", secret: (data as { value: string }).value };
    client = new PveClient({ endpoint: pve.access.url, trust: { authority: pve.access.ca }, login }, [1, 1]);
    folder = mkdtempSync(join(tmpdir(), "drill-"));
  });
  beforeEach(() => {
    said = [];
  });
  after(async () => {
    if (process.env["PVE_URL"] !== undefined) return;
    await client.close();
    await pve.stop();
    rmSync(folder, { recursive: true });
  });

  /** One role a path, which holds just that. */
  async function grant(grants: Grants): Promise<void> {
    for (const [path, list] of Object.entries(grants)) {
      const roleid = `Drill${path.replaceAll("/", "-")}`;
      const privs = list.join(" ");
      const { status } = await pve.ask("POST /access/roles", { roleid, privs });
      if (status !== 200) await pve.ask("PUT /access/roles/" + roleid, { privs });
      assert.equal((await pve.ask("PUT /access/acl", { path, roles: roleid, users: "drill@pve" })).status, 200);
    }
  }

  const talk = {
    say: (line: string) => void said.push(line),
    confirm: () => Promise.resolve(true),
    ask: () => Promise.resolve(""),
  };

  /** Every guest with its configuration: what a drill may not change. */
  async function everything(): Promise<string> {
    const { data } = await pve.ask("GET /cluster/resources", { type: "vm" });
    const guests = data as { vmid: number; node: string; type: string; status: string }[];
    const configs = guests.map(async ({ node, type, vmid, status }) => {
      const config = (await pve.ask(`GET /nodes/${node}/${type}/${vmid}/config`)).data;
      return [vmid, status, config];
    });
    return JSON.stringify((await Promise.all(configs)).sort());
  }

  async function drilled(changes: Partial<DrillOrder["choices"]>, bridge?: string) {
    const { guests } = valueOf(parseInventory({ guests: GUESTS }, "inventory.json"), "inventory");
    const times = { patience: 2_000, settle: 10, pause: 5 };
    return drill(
      {
        ...{ siteFolder: folder, site: "sites/home", pve: client, guests, ...times, dryRun: false, cleanOnly: false },
        ...{ source: nodesSource("main", keyFingerprint(raw)), model: modelOf(estateWith(GUESTS)), bridge },
        privateKey: utils.generateKeyPairSync("ed25519").private,
        choices: { count: 2, from: 9900, ...changes },
      },
      talk,
    );
  }

  const findings = (result: Awaited<ReturnType<typeof drilled>>) =>
    Object.fromEntries((result.record?.guests ?? []).map(({ name, verdict, why }) => [name, `${verdict}: ${why}`]));

  it("has enough with those that stand in the documentation, for machines and containers", async () => {
    const before = await everything();
    await grant(WITHOUT_NETWORK);
    for (const name of ["identity", "vllm-amd"]) {
      const { end, record } = await drilled({ guest: name });
      assert.equal(end, "passed", JSON.stringify(record));
      assert.deepEqual(record?.left, []);
    }
    await grant({ ...DOCUMENTED, "/sdn/zones/localnetwork/lan": [] });
    const { end, record } = await drilled({ guest: "vllm-amd" }, "drill");
    assert.equal(end, "passed", JSON.stringify(record));
    assert.equal(await everything(), before);
  });

  it("restores what a guest needs too, starts it first, and each service answers from inside, on a bridge that leads nowhere", async () => {
    const before = await everything();
    const result = await drilled({ guest: "vaultwarden" }, "drill");
    assert.equal(result.end, "passed", JSON.stringify(result.record));
    assert.deepEqual(findings(result), {
      firewall: "answered: its guest agent answered",
      identity: "answered: its guest agent answered; port 9000 answered from inside",
      vaultwarden:
        "answered: its guest agent answered; it reaches identity at port 9000; port 8222 answered from inside",
    });
    const [firewall] = result.record?.guests ?? [];
    assert.equal(firewall?.isolation, 'net0 on "drill" of tappaas1, which leads nowhere; net1 without a cable');
    assert.deepEqual(result.record?.network, { node: "tappaas1", bridge: "drill" });
    assert.equal(await everything(), before);
  });

  it("fails a guest whose port does not answer because what it needs did not come back, and names that", async () => {
    const before = await everything();
    const broken = backups.snapshots.find(({ id }) => id === "140");
    assert.ok(broken !== undefined);
    const another = JSON.stringify({ ...(JSON.parse(key) as object), data: "another" });
    backups.snapshots.splice(backups.snapshots.indexOf(broken), 1, { ...broken, key: another });
    const result = await drilled({ guest: "vaultwarden" }, "drill");
    backups.snapshots.splice(backups.snapshots.length - 1, 1);
    backups.snapshots.push(broken);
    assert.equal(result.end, "failed");
    const { firewall = "", identity = "", vaultwarden = "" } = findings(result);
    assert.match(firewall, /^answered: /);
    assert.match(identity, /^failed: /);
    assert.match(
      vaultwarden,
      /^failed: .*port 8222 did not answer from inside; it needs what identity did not come back/,
    );
    assert.equal(await everything(), before);
  });

  it("starts nothing where it is not proved that the bridge leads nowhere, and says by what it could", async () => {
    const before = await everything();
    await assert.rejects(drilled({ guest: "identity" }, "lan"), (error: Error) => {
      assert.match(error.message, /lacks rights[\s\S]*SDN\.Use on \/sdn\/zones\/localnetwork\/lan/);
      return true;
    });
    await grant({ "/sdn/zones/localnetwork/lan": DRILL_BRIDGE_PRIVILEGES });
    await assert.rejects(drilled({ guest: "identity" }, "lan"), (error: Error) => {
      assert.match(error.message, /"lan" on tappaas1 has the cable of enp1s0/);
      assert.match(error.message, /tappaas1 has an address on "lan"/);
      assert.match(error.message, /firewall \(110\), which is not of the drill, has its card net0 on "lan"/);
      assert.match(error.message, /\nCure: .*--alone/);
      return true;
    });
    await grant({ "/sdn/zones/localnetwork/lan": [] });
    assert.equal(existsSync(join(folder, "drill.json")), false);
    assert.equal(await everything(), before);
  });

  it("says of a guest without a backup that it failed, by name", async () => {
    const { end, record } = await drilled({ guest: "tappaas-cicd" });
    assert.equal(end, "failed");
    assert.deepEqual(
      record?.guests.map(({ verdict, why }) => [verdict, why]),
      [["failed", "there is no backup of it"]],
    );
  });

  it("names the guests that there are when it is asked for another", async () => {
    await assert.rejects(drilled({ guest: "nobody" }), /there are firewall, tappaas-cicd, identity, .*\.\nCure: /);
  });

  it("can do nothing to a guest that lives, and make none at another number", async () => {
    const before = await everything();
    await grant(DOCUMENTED);
    const place = "/nodes/tappaas1/qemu/140";
    for (const [method, path, parameters] of [
      ["POST", `${place}/status/stop`, {}],
      ["PUT", `${place}/config`, { description: "mine" }],
      ["DELETE", place, {}],
      ["POST", "/nodes/tappaas1/qemu", { vmid: 9990, name: "mine" }],
    ] as const)
      await assert.rejects(
        client.ask(z.unknown(), { method, path, parameters }),
        /403|Permission/,
        `${method} ${path}`,
      );
    assert.equal(await everything(), before);
  });

  const each: readonly (readonly [string, string, Grants])[] = [
    ...DRILL_GUEST_PRIVILEGES.map(
      (one) => [one, "/vms/9900", numbers(DRILL_GUEST_PRIVILEGES.filter((other) => other !== one))] as const,
    ),
    ...DRILL_STORAGE_PRIVILEGES.map((one) => [one, "/storage/tanka1", { "/storage/tanka1": apply }] as const),
    ...DRILL_BRIDGE_PRIVILEGES.map(
      (one) => [one, "/sdn/zones/localnetwork/drill", { "/sdn/zones/localnetwork/drill": [] }] as const,
    ),
  ];
  for (const [privilege, path, grants] of each) {
    it(`needs ${privilege} on ${path}: without it nothing passes, nothing is left, and what lives is as it was`, async () => {
      const before = await everything();
      await grant({ ...DOCUMENTED, ...grants });
      const end = await drilled({ guest: "identity" }, "drill").then(
        (result) => result.end,
        (error: unknown) => String(error),
      );
      await grant(DOCUMENTED);
      assert.match(end, new RegExp(`${privilege.replaceAll(".", "\\.")}.* on ${path}[\\s\\S]*\\nCure: `));
      assert.equal(await everything(), before);
      assert.equal(existsSync(join(folder, "drill.json")), false);
    });
  }
});
