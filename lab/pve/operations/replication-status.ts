import { type Call, type Operation } from "../operation";
import { LIST_NODE_REPLICATION, NODE_REPLICATION } from "../parameters/replication";
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
      return shown(id, jobOf(call));
    },
  },
  { name: `POST ${PATH}/{id}/schedule_now`, parameters: NODE_REPLICATION, permissions: ANYBODY, handle: runNow },
];

function list(call: Call): unknown[] {
  const wanted = call.number("guest");
  return jobsOf(call)
    .filter(([id]) => call.cluster.allows(call.authId, `/vms/${guestOf(id)}`, ["VM.Audit"]))
    .filter(([id]) => wanted === undefined || guestOf(id) === wanted)
    .map(([id, job]) => shown(id, job));
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

/** Copies every disk to the target under its own name, as the scheduler would within a minute. */
function runNow(call: Call): null {
  const id = call.required("id");
  call.cluster.require(call.authId, `/vms/${guestOf(id)}`, ["VM.Replicate"]);
  const { target: name } = jobOf(call);
  const target = call.cluster.nodes.get(name);
  const guest = call.node.allGuests().find(({ vmid }) => vmid === guestOf(id));
  if (target === undefined || guest === undefined) throw impossible(`Target '${name}' does not exist.`);
  for (const { disk, bytes } of call.node.contentsOf(guest)) target.contents.write(target.datasetOf(disk), bytes);
  const now = call.cluster.site.clock.seconds();
  call.cluster.replication.change(({ jobs }) => {
    const job = jobs[id];
    if (job !== undefined) job.lastSync = now;
  });
  call.cluster.site.events.record(call.node.name, "replication", `${id} copied to ${name}`);
  return null;
}

function shown(id: string, { target, source, lastSync = 0, options }: DeepReadonly<ReplicationJob>): object {
  const { schedule } = options;
  const times = { last_sync: lastSync, last_try: lastSync, fail_count: 0, ...(lastSync > 0 && { duration: 1 }) };
  return {
    ...{ id, guest: guestOf(id), jobnum: Number(id.split("-")[1]), type: "local", target, source },
    ...(schedule !== undefined && { schedule }),
    ...times,
  };
}

function guestOf(id: string): number {
  return Number(id.split("-")[0]);
}
