import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { seenSite, THREE_NODES } from "../estate/three-node-site";
import { identity, inventoryOf, module, settingsWith, threeNodes } from "../estate/site";
import { declaredRegistrations } from "./declared";

const { tappaas1, tappaas2 } = THREE_NODES.nodes;

/** Two of the three nodes, and what was seen of all three. */
const TWO = { nodes: { tappaas1, tappaas2 }, pools: THREE_NODES.pools.slice(0, 2) };

const MODULES = [module("identity", { ...identity, HANode: "tappaas2" })];

function estateWith(settings: Record<string, unknown>) {
  const inventory = inventoryOf(MODULES, threeNodes);
  return valueOf(estateOf({ inventory, settings: settingsWith(settings), observation: seenOf() }), "estate");
}

/** Without the guest that is in no inventory here. */
function seenOf() {
  const { guests, ...rest } = seenSite();
  return seenSite({ ...rest, guests: { ...guests, items: guests.items.filter(({ vmid }) => vmid === 140) } });
}

/** Every resource of the site with these settings, by type and name, with its inputs. */
async function declared(settings: Record<string, unknown>): Promise<Map<string, string>> {
  const estate = estateWith(settings);
  const registrations = await declaredRegistrations(settingsWith(settings), estate, "2026-11-20T04:00:00Z");
  return new Map(
    registrations.everything.map(({ type, name }) => [
      `${type} ${name}`,
      JSON.stringify(registrations.ofType(type)[name] ?? {}),
    ]),
  );
}

describe("A node that joins the cluster", () => {
  it("is named as long as the settings do not know it, with the command that makes it known", () => {
    const ofNode = (settings: Record<string, unknown>) =>
      estateWith(settings).findings.filter(({ path }) => path === "node tappaas3");
    const [finding, ...more] = ofNode(TWO);
    assert.match(finding?.advice ?? "", /in the cluster and not in the settings: .*`make enrol HOST=<its address>`/);
    assert.deepEqual(more, []);
    assert.deepEqual(ofNode({ ...THREE_NODES }), []);
  });

  it("gets the care of its pool and the backup of its configuration, and nothing that there was is touched", async () => {
    const [before, after] = [await declared(TWO), await declared({ ...THREE_NODES })];
    assert.deepEqual(
      [...before.keys()].filter((key) => !after.has(key)),
      [],
    );
    const added = [...after.keys()].filter((key) => !before.has(key));
    assert.deepEqual(added.filter((key) => key.startsWith("tappaas:")).sort(), [
      "tappaas:backup:HostConfig host-tappaas3",
      "tappaas:storage:ZfsPool tappaas3-tanka1",
    ]);
    const changed = [...after].filter(([key, inputs]) => before.has(key) && before.get(key) !== inputs);
    assert.deepEqual(
      changed.map(([key]) => key).filter((key) => !key.startsWith("tappaas:")),
      [],
    );
  });

  it("writes to the same backups without a step of its own: entry and job are not bound to nodes", async () => {
    const after = await declared({ ...THREE_NODES });
    const bound = [...after].filter(
      ([key, inputs]) => /PbsStorage|Job/.test(key) && "nodes" in (JSON.parse(inputs) as Record<string, unknown>),
    );
    assert.deepEqual(bound, []);
    assert.ok([...after.keys()].some((key) => key.startsWith("resilience:pve:PbsStorage")));
    assert.ok([...after.keys()].some((key) => /^resilience:pve:BackupJob|^proxmoxve:.*Job/.test(key)));
  });
});
