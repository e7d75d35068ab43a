import { type Guest, type Sid } from "./model";
import { type World } from "./world";

/** A fenced node's guest is another's: its config moves, its disks do not. What runs there is what the copy holds. */
export function steal(world: World, sid: Sid, node: string): void {
  const guest = world.model.guests[sid];
  if (guest === undefined || guest.node === node) return;
  if (guest.running)
    world.log("storage", `${sid}: still runs on node '${guest.node}'; its disks are lost to two writers`, "err");
  guest.running = false;
  if (!guest.shared) forgetWrites(world, sid, guest, node);
  world.model.effects.push({ kind: "stolen", sid, from: guest.node, to: node });
  switchJobs(world, sid, guest.node, node);
  // What runs have left behind is a file of the node that is gone.
  for (const [id, job] of Object.entries(world.model.config.jobs))
    if (job.sid === sid) Reflect.deleteProperty(world.model.replication.jobs, id);
  guest.node = node;
}

/** The old node keeps disks that only it has; the next run to it takes them back to what both have. */
function forgetWrites(world: World, sid: Sid, guest: Guest, node: string): void {
  const [copy, old] = [guest.copies[node], guest.copies[guest.node]];
  if (copy === undefined) {
    world.log("storage", `${sid}: node '${node}' has no copy of its disks`, "err");
    return;
  }
  const lost = Math.max(0, (old?.asOf ?? copy.asOf) - copy.asOf);
  world.log(
    "storage",
    `${sid}: node '${node}' goes on with the copy of ${copy.asOf}; what came after it is lost (${lost} s)`,
  );
  if (old !== undefined) old.asOf = copy.asOf;
}

/** A moved guest has new disks on the target; the old ones are a copy as of now, if the job goes that way. */
export function moveGuest(world: World, sid: Sid, target: string): void {
  const guest = world.model.guests[sid];
  if (guest === undefined) return;
  const source = guest.node;
  if (!guest.shared) {
    guest.copies[target] = { asOf: world.now };
    if (guest.copies[source] !== undefined) guest.copies[source].asOf = world.now;
  }
  world.model.effects.push({ kind: "moved", sid, from: source, to: target });
  switchJobs(world, sid, source, target);
  guest.node = target;
}

/** A job that went to the guest's new node goes to its old one from now on. Source: ReplicationConfig.pm. */
function switchJobs({ model }: World, sid: Sid, from: string, to: string): void {
  for (const job of Object.values(model.config.jobs)) {
    if (job.sid !== sid) continue;
    job.source = to;
    if (job.target === to) job.target = from;
  }
}
