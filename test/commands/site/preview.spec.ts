import { strict as assert } from "node:assert";

import { type Stack } from "../../../commands/engine/stack";
import { preview } from "../../../commands/site/preview";
import { countText } from "../../../commands/site/resource-count";

/** A stack whose engine plans these steps, each an operation on an object. */
function stackThatPlans(steps: readonly (readonly [op: string, type: string, more?: object])[]): Stack {
  const printed = steps.map(([op, type, inputs = {}], at) => ({
    op,
    urn: `urn:pulumi:home::p::${type}::object-${at}`,
    [op === "delete" ? "oldState" : "newState"]: { type, custom: !type.startsWith("tappaas:"), inputs },
  }));
  const run = () => Promise.resolve({ code: 0, stdout: JSON.stringify({ steps: printed }), stderr: "" });
  return { run } as unknown as Stack;
}

describe("what make preview counts", () => {
  it("is what the engine will keep for each protected guest, without what leaves it and what is nobody's", async () => {
    const stack = stackThatPlans([
      ["create", "resilience:pve:BackupJob", { vmids: [110, 140] }],
      ["same", "resilience:pve:BackupJob", { vmids: [140, 610] }],
      ["import", "proxmoxve:storage/zfspool:Zfspool"],
      ["update", "resilience:pbs:Datastore"],
      ["delete", "resilience:pbs:PruneJob"],
      ["create", "tappaas:backup:Backup"],
      ["create", "pulumi:providers:resilience"],
    ]);
    const { count } = await preview(stack);
    assert.deepEqual(count, { resources: 4, guests: 3 });
    assert.equal(countText(count), "4 resources for 3 protected guests, 1.3 a guest.");
  });

  it("is said also where nothing is protected", () => {
    assert.equal(countText({ resources: 1, guests: 0 }), "1 resource.");
  });
});
