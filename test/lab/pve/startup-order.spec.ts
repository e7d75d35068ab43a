import { strict as assert } from "node:assert";

import { PveClient } from "../../../provider/clients/pve-client";
import { create, read, remove, update } from "../../../provider/objects/life-cycle";
import { startupOrder } from "../../../provider/objects/startup-order";
import { PVE_ROLES, pvePrivileges, STARTUP_PRIVILEGES } from "../../../provider/rights/pve-rights";
import { known, TestSite } from "../../provider/support/test-site";
import { openPve, prefixOf, type PveSite } from "../support/pve-site";

/** The program's object against PVE as the lab has it, with the program's login and no more than the documentation gives it. */
describe("a guest's place in the start of its node", () => {
  let pve: PveSite;
  let client: PveClient;
  const test = new TestSite();

  before(async () => {
    pve = await openPve(prefixOf(74));
    await pve.ask("POST /access/users", { userid: "pulumi@pve" });
    await pve.ask("POST /access/roles", { roleid: PVE_ROLES.apply, privs: pvePrivileges("apply").join(" ") });
    await pve.ask("POST /access/roles", { roleid: PVE_ROLES.startup, privs: STARTUP_PRIVILEGES.join(" ") });
    await pve.ask("PUT /access/acl", { path: "/", roles: PVE_ROLES.apply, users: "pulumi@pve" });
    const { data } = await pve.ask("POST /access/users/pulumi@pve/token/tried", { privsep: 0 });
    const { url, ca } = pve.access;
    const login = { tokenId: "pulumi@pve!tried", secret: (data as { value: string }).value };
    client = new PveClient({ endpoint: url, trust: { authority: ca }, login }, [1, 1]);
    await test.start();
  });
  after(async () => {
    await client.close();
    await test.stop();
    await pve.stop();
  });

  const site = () => test.siteOver(client, test.site.pbs());
  const configOf = async (vmid: number, type = "qemu") =>
    (await pve.ask(`GET /nodes/tappaas1/${type}/${vmid}/config`)).data as Record<string, string>;

  it("is not written by a login that its owner gave nothing for it, and the refusal says what to give", async () => {
    const wanted = known({ guest: "vm:140", order: 2 });
    await assert.rejects(
      create(startupOrder, site(), wanted, false),
      /expected the right VM\.Config\.Options on \/vms\/140[\s\S]*pveum acl modify \/vms .* TAPPaaSResilience,TAPPaaSResilienceStartup/,
    );
    assert.equal((await configOf(140))["startup"], undefined);
    const roles = `${PVE_ROLES.apply},${PVE_ROLES.startup}`;
    await pve.ask("PUT /access/acl", { path: "/vms", roles, users: "pulumi@pve" });
  });

  it("is given and taken back, and nothing else of the guest changes", async () => {
    const { digest: before, ...config } = await configOf(140);
    const made = await create(startupOrder, site(), known({ guest: "vm:140", order: 2, pauseSeconds: 60 }), false);
    const { startup, digest, ...rest } = await configOf(140);
    assert.deepEqual([startup, rest], ["order=2,up=60", config]);
    assert.notEqual(digest, before);
    await remove(startupOrder, site(), made.outputs);
    assert.deepEqual(await configOf(140), { ...config, digest: before });
  });

  it("that its owner gave is left as it is until listed, with what else stands in the line", async () => {
    await pve.ask("PUT /nodes/tappaas1/qemu/140/config", { startup: "order=7,down=120" });
    const wanted = known({ guest: "vm:140", order: 2 });
    await assert.rejects(create(startupOrder, site(), wanted, true), /"pve:StartupOrder\/vm:140"/);
    test.adoptions.push("pve:StartupOrder/vm:140");
    const { outputs } = await create(startupOrder, site(), wanted, false);
    assert.equal((await configOf(140))["startup"], "order=2,down=120");
    await remove(startupOrder, site(), outputs);
    assert.equal((await configOf(140))["startup"], "order=2,down=120");
  });

  it("is a container's as well, and changes in place", async () => {
    const made = await create(startupOrder, site(), known({ guest: "ct:312", order: 3, pauseSeconds: 60 }), false);
    await update(startupOrder, site(), made.outputs, known({ guest: "ct:312", order: 4 }), false);
    assert.equal((await configOf(312, "lxc"))["startup"], "order=4");
  });

  it("of a guest that is gone is no error when it leaves the program, and one when it is asked for", async () => {
    assert.equal(await read(startupOrder, site(), "vm:9999", undefined), undefined);
    await remove(startupOrder, site(), { guest: "vm:9999", order: 1, adopted: false });
    const wanted = known({ guest: "vm:9999", order: 1 });
    await assert.rejects(create(startupOrder, site(), wanted, false), /expected the guest on the site/);
  });
});
