import { splitList } from "../formats";
import { type Call, type Operation } from "../operation";
import {
  CREATE_REPLICATION,
  DELETE_REPLICATION,
  READ_REPLICATION,
  UPDATE_REPLICATION,
} from "../parameters/replication";
import { impossible } from "../refusal";
import { type ReplicationJob } from "../replication-job";
import { type DeepReadonly } from "../../core/state";

const ANYBODY = { user: "all" } as const;

/**
 * Replication jobs as they are written down; the lab copies no data for them. Texts: pve-manager,
 * PVE/API2/ReplicationConfig.pm; pve-guest-common, src/PVE/ReplicationConfig.pm; observed on PVE 9.2.
 */
export const REPLICATION: readonly Operation[] = [
  { name: "GET /cluster/replication", parameters: {}, permissions: ANYBODY, handle: list },
  { name: "POST /cluster/replication", parameters: CREATE_REPLICATION, permissions: ANYBODY, handle: create },
  {
    name: "GET /cluster/replication/{id}",
    parameters: READ_REPLICATION,
    permissions: ANYBODY,
    handle: (call) => {
      requireOn(call, "VM.Audit");
      return shown(call.required("id"), jobOf(call));
    },
  },
  { name: "PUT /cluster/replication/{id}", parameters: UPDATE_REPLICATION, permissions: ANYBODY, handle: update },
  { name: "DELETE /cluster/replication/{id}", parameters: DELETE_REPLICATION, permissions: ANYBODY, handle: remove },
];

/** PVE's scheduler looks once a minute for jobs that are to go; here they go with the first look after a second. */
const REMOVED_AFTER_MS = 1000;

function list(call: Call): unknown[] {
  const { replication } = call.cluster;
  const gone = (job: DeepReadonly<ReplicationJob>) => Date.now() - (job.markedAt ?? Infinity) > REMOVED_AFTER_MS;
  if (Object.values(replication.value.jobs).some(gone)) {
    replication.change((state) => {
      state.jobs = Object.fromEntries(Object.entries(state.jobs).filter(([, job]) => !gone(job)));
    });
  }
  return Object.entries(replication.value.jobs)
    .filter(([id]) => call.cluster.allows(call.authId, `/vms/${guestOf(id)}`, ["VM.Audit"]))
    .map(([id, job]) => shown(id, job));
}

function create(call: Call): void {
  requireOn(call, "VM.Replicate");
  const id = call.required("id");
  const target = call.required("target");
  const holder = [...call.cluster.nodes.values()].find((node) =>
    node.allGuests().some(({ vmid }) => vmid === guestOf(id)),
  );
  if (!call.cluster.nodes.has(target)) throw impossible(`Target '${target}' does not exist.`);
  if (holder === undefined) throw impossible(`Guest '${guestOf(id)}' does not exist`);
  if (holder.name === target) throw impossible("Source and target must not be identical");
  call.cluster.replication.change(({ jobs }) => {
    if (jobs[id] !== undefined) throw impossible(`replication job '${id}' already exists`);
    const rival = Object.entries(jobs).some(([other, job]) => guestOf(other) === guestOf(id) && job.target === target);
    if (rival) {
      throw impossible(`replication job for guest '${guestOf(id)}' to target 'local/${target}' already exists`);
    }
    jobs[id] = { target, source: holder.name, options: call.except("id", "target", "source", "type") };
  });
}

function update(call: Call): void {
  requireOn(call, "VM.Replicate");
  jobOf(call);
  const dropped = splitList(call.text("delete") ?? "");
  call.cluster.replication.change(({ jobs }) => {
    const job = jobs[call.required("id")];
    if (job === undefined) return;
    const kept = Object.entries(job.options).filter(([name]) => !dropped.includes(name));
    job.options = { ...Object.fromEntries(kept), ...call.except("id", "delete", "digest", "source") };
  });
}

/** Only marks the job, unless it is forced. */
function remove(call: Call): void {
  requireOn(call, "VM.Replicate");
  jobOf(call);
  call.cluster.replication.change(({ jobs }) => {
    const job = jobs[call.required("id")];
    if (call.flag("force") || job === undefined) Reflect.deleteProperty(jobs, call.required("id"));
    else job.markedAt = Date.now();
  });
}

function jobOf(call: Call): DeepReadonly<ReplicationJob> {
  const found = call.cluster.replication.value.jobs[call.required("id")];
  if (found === undefined) throw impossible(`no such replication job '${call.required("id")}'`);
  return found;
}

/** Numbers are bare, as `rate` is on PVE. */
function shown(id: string, { target, source, options, markedAt }: DeepReadonly<ReplicationJob>): object {
  const { rate, disable, ...texts } = options;
  return {
    ...{ id, guest: guestOf(id), jobnum: Number(id.split("-")[1]), type: "local", target, source, ...texts },
    ...(rate !== undefined && { rate: Number(rate) }),
    ...(disable !== undefined && { disable: Number(disable) }),
    ...(markedAt !== undefined && { remove_job: "full" }),
  };
}

function guestOf(id: string): number {
  return Number(id.split("-")[0]);
}

function requireOn(call: Call, privilege: string): void {
  call.cluster.require(call.authId, `/vms/${guestOf(call.required("id"))}`, [privilege]);
}
