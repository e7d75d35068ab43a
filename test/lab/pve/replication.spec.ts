import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { type Site } from "../../../lab/core/site";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { connect } from "../../../lab/pbs/client";
import { startPve } from "../../../lab/pve/module";
import { ask, type PveAnswer } from "../support/pve-client";
import { accessTo, newStateDirectory, prefixOf, tokenHeader } from "../support/pve-site";

// Sources: proxmox-api notes of PVE 9.2; pve-manager, PVE/API2/ReplicationConfig.pm.
describe("PVE replication jobs", () => {
  const state = newStateDirectory();
  let site: Site;

  before(async () => {
    const text = readFileSync(join(__dirname, "../../../lab/sites/two-nodes.json"), "utf8");
    const startNode = (one: Site, node: Parameters<typeof startPve>[1]) => startPve(one, node, connect);
    site = await startSite(
      { state, prefix: prefixOf(74), description: parseSiteDescription(text) },
      { startPve: startNode },
    );
  });
  after(async () => {
    await site.stop();
    rmSync(state, { recursive: true });
  });

  const root = (operation: string, parameters = {}): Promise<PveAnswer> =>
    ask(accessTo(site, "one"), operation, parameters);
  const create = (changes = {}) =>
    root("POST /cluster/replication", { id: "100-0", type: "local", target: "two", ...changes });

  it("are refused without a target, a guest or a reason to copy", async () => {
    assert.equal((await create({ target: "three" })).reason, "Target 'three' does not exist.");
    assert.equal((await create({ target: "one" })).reason, "Source and target must not be identical");
    assert.equal((await create({ id: "999-0" })).status, 500);
    assert.equal((await create({ rate: 0.5 })).status, 400);
  });

  it("are told with their source, bare numbers, and one a target", async () => {
    assert.equal((await create({ rate: 10, schedule: "*/30" })).status, 200);
    const { data } = await root("GET /cluster/replication/100-0");
    const job = {
      id: "100-0",
      guest: 100,
      jobnum: 0,
      type: "local",
      target: "two",
      source: "one",
      schedule: "*/30",
      rate: 10,
    };
    assert.deepEqual(data, job);
    assert.match((await create({ id: "100-1" })).reason, /to target 'local\/two' already exists/);
    assert.equal((await root("PUT /cluster/replication/100-0", { target: "one" })).status, 400);
  });

  it("are seen and made only by who may on that guest", async () => {
    await root("POST /access/users", { userid: "a@pve" });
    const made = await root("POST /access/users/a@pve/token/tk", { privsep: 0 });
    const headers = tokenHeader(`a@pve!tk=${(made.data as { value: string }).value}`);
    const asA = (operation: string, parameters = {}) =>
      ask({ ...accessTo(site, "one"), headers }, operation, parameters);
    assert.deepEqual((await asA("GET /cluster/replication")).data, []);
    await root("PUT /access/acl", { path: "/", roles: "PVEAuditor", users: "a@pve" });
    assert.equal(((await asA("GET /cluster/replication")).data as unknown[]).length, 1);
    const refused = await asA("PUT /cluster/replication/100-0", { comment: "x" });
    assert.deepEqual([refused.status, refused.reason], [403, "Permission check failed (/vms/100, VM.Replicate)"]);
  });

  it("are only marked when they are removed, and gone at once when that is forced", async () => {
    await root("DELETE /cluster/replication/100-0");
    const marked = (await root("GET /cluster/replication/100-0")).data as { remove_job?: string };
    assert.equal(marked.remove_job, "full");
    await root("DELETE /cluster/replication/100-0", { force: 1 });
    assert.deepEqual((await root("GET /cluster/replication")).data, []);
  });
});
