import { type Call, type Operation } from "../operation";
import { LIST_NODE_REPLICATION, NODE_REPLICATION } from "../parameters/replication";
import { ClusterLife } from "../life/cluster-life";
import { impossible } from "../refusal";
import { type ReplicationJob } from "../replication-job";
import { type DeepReadonly } from "../../core/state";

const PATH = "/nodes/{node}/replication";
const ANYBODY = { user: "all" } as const;

/** How replication of a node's guests went, and a run at once. Sources: pve-manager, PVE/API2/Replication.pm. */
export const REPLICATION_STATUS: readonly Operation[] = [
  { name: `GET ${PATH}`, parameters: LIST_NODE_REPLICATION, permissions: ANYBODY, handle: list },
  {
    name: `GET ${PATH}/{id}/status`,
    parameters: NODE_REPLICATION,
    permissions: ANYBODY,
    handle: (call) => {
      const id = call.required("id");
      call.cluster.require(call.authId, `/vms/${guestOf(id)}`, ["VM.Audit"]);
      return shown(call, id, jobOf(call));
    },
  },
  { name: `POST ${PATH}/{id}/schedule_now`, parameters: NODE_REPLICATION, permissions: ANYBODY, handle: runNow },
];

function list(call: Call): unknown[] {
  const wanted = call.number("guest");
  return jobsOf(call)
    .filter(([id]) => call.cluster.allows(call.authId, `/vms/${guestOf(id)}`, ["VM.Audit"]))
    .filter(([id]) => wanted === undefined || guestOf(id) === wanted)
    .map(([id, job]) => shown(call, id, job));
}

/** Jobs of the guests that the node has. */
function jobsOf({ cluster, node }: Call): [string, DeepReadonly<ReplicationJob>][] {
  const here = new Set(node.allGuests().map(({ vmid }) => vmid));
  return Object.entries(cluster.replication.value.jobs).filter(([id]) => here.has(guestOf(id)));
}

function jobOf(call: Call): DeepReadonly<ReplicationJob> {
  const [, job] = jobsOf(call).find(([id]) => id === call.required("id")) ?? [];
  if (job === undefined) throw impossible(`no such replication job '${call.required("id")}'`);
  return job;
}

/** Waiting is shortened: what the scheduler would do within a minute is done when the answer comes, if it can be done. */
function runNow(call: Call): null {
  const id = call.required("id");
  call.cluster.require(call.authId, `/vms/${guestOf(id)}`, ["VM.Replicate"]);
  jobOf(call);
  const ran = lifeOf(call).act((one) => one.replicateNow(id));
  if (ran) call.cluster.site.events.record(call.node.name, "replication", `${id} ran at once`);
  return null;
}

/** The job with what its runs have left behind. Source: ReplicationState.pm. */
function shown(call: Call, id: string, { target, source, options }: DeepReadonly<ReplicationJob>): object {
  const { rate, disable, ...texts } = options;
  return {
    ...{ id, guest: guestOf(id), jobnum: Number(id.split("-")[1]), type: "local", target, source, ...texts },
    ...(rate !== undefined && { rate: Number(rate) }),
    ...(disable !== undefined && { disable: Number(disable) }),
    ...lifeOf(call).simulation.replicationStatus(id),
  };
}

function lifeOf(call: Call): ClusterLife {
  const life = ClusterLife.of(call.cluster);
  if (life === undefined) throw impossible("this node is not in a cluster");
  return life;
}

function guestOf(id: string): number {
  return Number(id.split("-")[0]);
}
