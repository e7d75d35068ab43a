import { strict as assert } from "node:assert";

import { awayLines, restingOn, withoutAway } from "../../../commands/site/away";
import { nameIn, type StateResource } from "../../../commands/engine/state";

const PREFIX = "urn:pulumi:home::tappaas-resilience";

function resource(type: string, name: string, more: Partial<StateResource> = {}): StateResource {
  const plain = { custom: true, protect: false, retained: false, inputs: {}, outputs: {} };
  return { urn: `${PREFIX}::${type}::${name}`, type, ...plain, ...more };
}

const POOL = resource("tappaas:storage:ZfsPool", "tappaas1-tanka1", { custom: false, outputs: { node: "tappaas1" } });
const POOL_COMMAND = resource("command:remote:Command", "tappaas1-tanka1", { parent: POOL.urn });
const MACHINE = resource("proxmoxve:index/vmLegacy:VmLegacy", "backup", { inputs: { nodeName: "tappaas3" } });
const JOB = resource("resilience:pve:BackupJob", "nightly");
const REPLICA = resource("resilience:pve:Replication", "140-tappaas1", { inputs: { target: "tappaas1" } });
const DATASTORE = resource("resilience:pbs:Datastore", "tappaas_backup");
const PROVIDER = resource("pulumi:providers:resilience", "site", { inputs: { node: "tappaas1" } });
const ALL = [POOL, POOL_COMMAND, MACHINE, JOB, REPLICA, DATASTORE, PROVIDER];

function names(nodes: string[], backupServer: boolean): string[] {
  return restingOn({ nodes, backupServer }, ALL).map(({ type, urn }) => `${type.split(":")[0] ?? ""} ${nameIn(urn)}`);
}

describe("what is left out while a node is lost", () => {
  it("is what stands on it, by its own word or by that of the component around it", () => {
    assert.deepEqual(names(["tappaas1"], false), ["command tappaas1-tanka1"]);
    assert.deepEqual(names(["tappaas3"], false), ["proxmoxve backup"]);
  });

  it("is nothing of what the cluster keeps: jobs, and replication from or to the node", () => {
    assert.deepEqual(names(["tappaas2"], false), []);
  });

  it("is also what the backup server shows, when that is lost with the node", () => {
    assert.deepEqual(names(["tappaas3"], true), ["proxmoxve backup", "resilience tappaas_backup"]);
  });

  it("is named to the person and to the engine, and nothing is said where everything answers", () => {
    const away = { nodes: ["tappaas3"], backupServer: true, resources: [MACHINE, DATASTORE] };
    assert.deepEqual(withoutAway(away), ["--exclude", MACHINE.urn, "--exclude", DATASTORE.urn]);
    assert.deepEqual(awayLines(away), [
      "tappaas3 and the backup server do not answer; the other nodes answer for the cluster.",
      "  2 objects there can be neither looked at nor changed until it is back: backup, tappaas_backup",
    ]);
    assert.deepEqual(awayLines({ nodes: [], backupServer: false, resources: [] }), []);
  });
});
