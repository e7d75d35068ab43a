import { type Level } from "./journal";
import { type HaEvent, type Model, type Node } from "./model";
import { partOf, presentParts, quorateMembers } from "./quorum";
import { LOCK_LIFETIME } from "./timing";
import { schedule } from "./timeline";

/** What daemons see of the cluster and do to it. All of its state is the model's. */
export class World {
  constructor(readonly model: Model) {}

  /** Present second of virtual time. */
  get now(): number {
    return this.model.timeline.now;
  }

  /** Names of all nodes, sorted. */
  get nodeNames(): string[] {
    return Object.keys(this.model.nodes).sort();
  }

  /**
   * A node.
   * @throws {Error} When the cluster has none of that name.
   */
  node(name: string): Node {
    const found = this.model.nodes[name];
    if (found === undefined) throw new Error(`The cluster has no node "${name}"; it has ${this.nodeNames.join(", ")}.`);
    return found;
  }

  /** Writes a line into the journal. */
  log(source: string, text: string, level: Level = "info"): void {
    this.model.journal.push({ time: this.now, level, source, text });
  }

  /** Lets an event happen `delay` seconds from now. */
  later(delay: number, event: HaEvent): void {
    schedule(this.model.timeline, this.now + delay, event);
  }

  /**
   * Whether what a node writes to the cluster's file system is taken: its part has quorum by corosync's last agreement, and
   * still has it. While the two differ writes wait.
   */
  isQuorate(name: string): boolean {
    const { model } = this;
    if (model.nodes[name]?.power !== "on") return false;
    return [model.members, presentParts(model)].every((parts) => quorateMembers(model, parts).includes(name));
  }

  /** Whether `name` is a member of the quorate part, as corosync has agreed last. */
  isOnline(name: string): boolean {
    return quorateMembers(this.model, this.model.members).includes(name);
  }

  /** Whether two nodes reach each other now. */
  isReachable(from: string, to: string): boolean {
    const { model } = this;
    const areOn = model.nodes[from]?.power === "on" && model.nodes[to]?.power === "on";
    return areOn && partOf(model.parts, from).includes(to);
  }

  /**
   * Takes or renews a lock for a node. One that was not renewed in its lifetime is anybody's; until then not even the node
   * itself gets it back after a restart, for its daemons are new ones.
   */
  takeLock(name: string, node: string): boolean {
    if (!this.isQuorate(node)) return false;
    const held = this.model.locks[name];
    if (held !== undefined && !this.holds(name, node) && this.now - held.since <= LOCK_LIFETIME) return false;
    this.model.locks[name] = { holder: node, boot: this.node(node).boot, since: this.now };
    return true;
  }

  /** Whether a node's daemons have a lock, run out or not. */
  holds(name: string, node: string): boolean {
    const held = this.model.locks[name];
    return held?.holder === node && held.boot === this.node(node).boot;
  }

  /** Gives a lock back. */
  releaseLock(name: string, node: string): void {
    if (this.holds(name, node)) Reflect.deleteProperty(this.model.locks, name);
  }

  /** Name for a request of the CRM that no other has. */
  newUid(): string {
    this.model.lastUid += 1;
    return String(this.model.lastUid);
  }
}

/** Lock of the CRM that is master. */
export const MANAGER_LOCK = "ha_manager_lock";

/** Lock of a node's LRM: who holds it may run the node's services. */
export function agentLock(node: string): string {
  return `ha_agent_${node}_lock`;
}
