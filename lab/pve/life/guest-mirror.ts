import { type PveCluster } from "../cluster";
import { disksOf, type Guest as PveGuest } from "../guests/guest";
import { type PveNode } from "../node";
import { type DiskEffect, type Guest, type Model, type Sid } from "../../ha/model";
import { newGuest } from "../../ha/new-model";
import { type DeepReadonly } from "../../core/state";

/** A guest with its node. */
interface Placed {
  readonly node: PveNode;
  readonly guest: DeepReadonly<PveGuest>;
}

/** Guests of a cluster by HA's name. */
function placedGuests(cluster: PveCluster): Map<Sid, Placed> {
  const all = [...cluster.nodes.values()].flatMap((node) =>
    node.allGuests().map((guest) => [`${guest.type === "lxc" ? "ct" : "vm"}:${guest.vmid}`, { node, guest }] as const),
  );
  return new Map(all);
}

/** Tells the simulation what people did to guests: made, deleted, switched, put elsewhere. */
export function readGuests(cluster: PveCluster, model: Model): void {
  const placed = placedGuests(cluster);
  for (const sid of Object.keys(model.guests)) if (!placed.has(sid)) Reflect.deleteProperty(model.guests, sid);
  for (const [sid, { node, guest }] of placed) {
    const known = (model.guests[sid] ??= simulated(node, guest, model.timeline.now));
    known.running = guest.running;
    known.onboot = guest.config["onboot"] === "1";
    if (known.node === node.name) continue;
    known.node = node.name;
    known.copies[node.name] = { asOf: model.timeline.now };
  }
}

const MIB = 1024 ** 2;

function simulated(node: PveNode, guest: DeepReadonly<PveGuest>, now: number): Guest {
  const disks = disksOf(guest);
  return newGuest({
    node: node.name,
    running: guest.running,
    onboot: guest.config["onboot"] === "1",
    memory: Number(guest.config["memory"] ?? 512),
    // A disk's true size stands in its config in MiB; its contents in the lab are as large.
    bytes: disks.reduce((sum, disk) => sum + (node.contents.size(node.datasetOf(disk)) ?? 0), 0),
    writes: MIB / 60,
    copies: { [node.name]: { asOf: now } },
    shared: disks.length === 0,
  });
}

/** Does to the cluster's guests and disks what the simulation did. */
export function writeGuests(cluster: PveCluster, model: Model): void {
  for (const effect of model.effects.splice(0)) carryOut(cluster, effect);
  for (const [sid, { node, guest }] of placedGuests(cluster)) {
    const wanted = model.guests[sid];
    if (wanted === undefined || wanted.running === guest.running) continue;
    node.guests.change(({ guests }) => {
      const one = guests[String(guest.vmid)];
      if (one === undefined) return;
      one.running = wanted.running;
      if (wanted.running) one.startedAt = cluster.site.clock.seconds();
      else delete one.startedAt;
    });
  }
}

function carryOut(cluster: PveCluster, { kind, sid, from, to }: DiskEffect): void {
  const [source, target] = [cluster.nodes.get(from), cluster.nodes.get(to)];
  const vmid = sid.split(":")[1] ?? "";
  const guest = source?.guests.value.guests[vmid];
  if (source === undefined || target === undefined || guest === undefined) return;
  if (kind !== "stolen") copyDisks(source, target, guest);
  if (kind === "copied") return;
  target.guests.change(({ guests }) => (guests[vmid] = structuredClone(guest) as PveGuest));
  source.guests.change(({ guests }) => Reflect.deleteProperty(guests, vmid));
  const words = kind === "stolen" ? "is recovered from" : "moved here from";
  cluster.site.events.record(to, "ha", `${sid} ${words} ${from}`);
}

/** Copies every disk to the target under its own name. */
export function copyDisks(source: PveNode, target: PveNode, guest: DeepReadonly<PveGuest>): void {
  for (const { disk, bytes } of source.contentsOf(guest)) target.contents.write(target.datasetOf(disk), bytes);
}
