import { strict as assert } from "node:assert";

import { observe } from "../../commands/observe";
import { NotPermitted } from "../../provider/clients/api-error";
import { HaClient } from "../../provider/clients/ha-client";
import { type PveClient, PveClient as Client } from "../../provider/clients/pve-client";
import { pvePrivileges, type PveNeed } from "../../provider/rights/pve-rights";
import { ask } from "./support/pve-client";
import { openPve, prefixOf, type PveSite } from "./support/pve-site";

type Login = PveNeed["login"];

/** What the program does with each login, with its own clients; each fails, or sees less, when the login may not. */
const WORK: Readonly<Record<Login, Readonly<Record<string, (pve: PveClient) => Promise<unknown>>>>> = {
  observe: {
    "every section of the observation is complete": async (pve) => {
      const { takenAt, site, version, backupServerVersion, ...sections } = await observe(
        { ask: pve.ask, pbs: undefined },
        "sites/home",
      );
      assert.deepEqual([site, version, takenAt.length, backupServerVersion], ["sites/home", 2, 24, undefined]);
      for (const [name, section] of Object.entries(sections)) assert.equal(section?.complete, true, name);
    },
  },
  apply: {
    "a storage entry is made, changed, read and removed": async (pve) => {
      await pve.createStorage({ storage: "spare1", type: "dir", path: "/spare1", content: "iso" });
      await pve.updateStorage("spare1", { content: "iso,vztmpl" });
      assert.ok((await pve.storages()).some(({ storage }) => storage === "spare1"));
      await pve.removeStorage("spare1");
    },
    "a guest is put under HA with a rule, and taken out again": async (pve) => {
      const ha = new HaClient(pve);
      await ha.createResource("vm:140", { state: "started" });
      await ha.updateResource("vm:140", { max_restart: 2 });
      const where = { type: "node-affinity", resources: "vm:140", nodes: "tappaas1" };
      await ha.createRule("ha-identity", where);
      assert.equal((await ha.rules()).length, 1);
      await ha.removeRule("ha-identity");
      await ha.removeResource("vm:140");
    },
    "a guest's replication is asked for, and only its target is wrong": async (pve) => {
      await new HaClient(pve).createReplication("140-0", "nowhere", {}).catch((error: unknown) => {
        if (error instanceof NotPermitted) throw error;
      });
    },
    "a webhook and a rule for it are made, changed, read and removed": async (pve) => {
      await pve.createWebhook("phone", { url: "{{ secrets.address }}", method: "post" });
      await pve.updateWebhook("phone", { comment: "mine" });
      await pve.createMatcher("failing", { target: { each: ["phone"] } });
      await pve.updateMatcher("failing", { "match-severity": { each: ["error"] } });
      assert.ok((await pve.webhooks()).length === 1 && (await pve.matchers()).length === 2);
      await pve.removeMatcher("failing");
      await pve.removeWebhook("phone");
    },
    "a backup job is made, changed, read and removed": async (pve) => {
      await pve.createBackupJob({ id: "nightly", schedule: "21:00", storage: "local", vmid: "140" });
      await pve.updateBackupJob("nightly", { schedule: "22:00" });
      assert.ok((await pve.backupJobs()).some(({ id }) => id === "nightly"));
      await pve.removeBackupJob("nightly");
    },
  },
};

describe("the rights of the program's logins", () => {
  let pve: PveSite;
  before(async () => {
    pve = await openPve(prefixOf(72));
    await pve.ask("POST /access/users", { userid: "pulumi@pve" });
    await pve.ask("POST /access/roles", { roleid: "Tried" });
    await pve.ask("PUT /access/acl", { path: "/", roles: "Tried", users: "pulumi@pve" });
  });
  after(() => pve.stop());

  /** The outcome of everything that a login does, with exactly these privileges. */
  async function refusals(login: Login, privileges: readonly string[]): Promise<string[]> {
    assert.equal((await pve.ask("PUT /access/roles/Tried", { privs: privileges.join(" ") })).status, 200);
    const { data } = await pve.ask("POST /access/users/pulumi@pve/token/tried", { privsep: 0 });
    const secret = (data as { value: string }).value;
    const { url, ca } = pve.access;
    const client = new Client({
      endpoint: url,
      trust: { authority: ca },
      login: { tokenId: "pulumi@pve!tried", secret },
    });
    try {
      const refused: string[] = [];
      for (const [what, work] of Object.entries({ ...WORK.observe, ...(login === "apply" && WORK.apply) })) {
        await work(client).catch(() => refused.push(what));
      }
      return refused;
    } finally {
      await client.close();
      await cleanUp();
      await pve.ask("DELETE /access/users/pulumi@pve/token/tried");
    }
  }

  async function cleanUp(): Promise<void> {
    await ask(pve.access, "DELETE /storage/spare1");
    await ask(pve.access, "DELETE /cluster/backup/nightly");
    await ask(pve.access, "DELETE /cluster/ha/rules/ha-identity");
    await ask(pve.access, "DELETE /cluster/ha/resources/vm:140");
  }

  for (const login of ["observe", "apply"] as const) {
    it(`${login}: are enough for everything that it does`, async () => {
      assert.deepEqual(await refusals(login, pvePrivileges(login)), []);
    });

    for (const privilege of pvePrivileges(login)) {
      it(`${login}: without ${privilege} something is refused, so none is there for nothing`, async () => {
        const rest = pvePrivileges(login).filter((name) => name !== privilege);
        assert.notDeepEqual(await refusals(login, rest), []);
      });
    }
  }

  it("let the login that looks change nothing", async () => {
    const refused = await refusals("apply", pvePrivileges("observe"));
    assert.deepEqual(refused, Object.keys(WORK.apply));
  });
});

describe("a custom role", () => {
  let pve: PveSite;
  before(async () => {
    pve = await openPve(prefixOf(73));
  });
  after(() => pve.stop());

  it("holds what it is given, can be changed and extended, and takes its rights away when it goes", async () => {
    await pve.ask("POST /access/users", { userid: "a@pve" });
    assert.equal((await pve.ask("POST /access/roles", { roleid: "Mine", privs: "VM.Audit,Sys.Audit" })).status, 200);
    await pve.ask("PUT /access/acl", { path: "/vms", roles: "Mine", users: "a@pve" });
    await pve.ask("PUT /access/roles/Mine", { privs: "VM.Backup", append: 1 });
    assert.deepEqual(await held(), ["Sys.Audit", "VM.Audit", "VM.Backup"]);
    await pve.ask("PUT /access/roles/Mine", { privs: "VM.Backup" });
    assert.deepEqual(await held(), ["VM.Backup"]);
    await pve.ask("DELETE /access/roles/Mine");
    assert.deepEqual(await held(), []);
  });

  it("may be neither one of PVE's own nor named like them, nor hold what is no privilege", async () => {
    const named = await pve.ask("POST /access/roles", { roleid: "pveMine" });
    assert.equal(named.status, 400);
    const own = await pve.ask("DELETE /access/roles/PVEAuditor");
    assert.deepEqual([own.status, own.reason], [500, "auto-generated role 'PVEAuditor' cannot be deleted"]);
    const wrong = await pve.ask("POST /access/roles", { roleid: "Other", privs: "VM.Monitor" });
    assert.deepEqual([wrong.status, wrong.reason], [500, "invalid privilege 'VM.Monitor'"]);
  });

  async function held(): Promise<string[]> {
    const { data } = await pve.ask("GET /access/permissions", { userid: "a@pve", path: "/vms/140" });
    return Object.keys((data as Record<string, object>)["/vms/140"]!).sort();
  }
});
