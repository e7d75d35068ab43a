import { crmRound } from "./crm";
import { lrmRound, report, runWork } from "./lrm";
import { type HaEvent, type Model } from "./model";
import { agreeOnMembers, boot, completeShutdown, cutPower, powerOn, setMembers, shutDown, startDaemons } from "./power";
import { deviceVotes } from "./quorum";
import { endRun, newJobState, nextSync, replicationTick, runAtOnce } from "./replication";
import { moveGuest } from "./guest-moves";
import { finish, whyNotMoved } from "./resource-agent";
import { cancel, takeNext } from "./timeline";
import { silentNodes, watchdogBites } from "./watchdog";
import { World } from "./world";

/** A cluster that lives in virtual time. Its model is all of its state: equal models have equal futures. */
export class Simulation {
  private readonly world: World;

  constructor(readonly model: Model) {
    this.world = new World(model);
  }

  /** Present second of virtual time. */
  get now(): number {
    return this.model.timeline.now;
  }

  /** Lets everything happen that is due up to and including second `until`, and says how many events that were. */
  advanceTo(until: number): number {
    const { timeline } = this.model;
    let count = 0;
    for (let event = takeNext(timeline, until); event !== undefined; event = takeNext(timeline, until)) {
      this.handle(event);
      count += 1;
    }
    return count;
  }

  /** Pulls a node's plug. */
  pullPlug(name: string): void {
    cutPower(this.world, name, "plug pulled");
    this.world.node(name).boot += 1;
  }

  /** Puts a node's plug in; it boots. */
  plugIn(name: string): void {
    powerOn(this.world, name);
  }

  /** What a node waited for as it booted is done. */
  goOn(name: string): void {
    if (this.world.node(name).waits === true) startDaemons(this.world, name);
  }

  /** Shuts a node down, or restarts it. */
  shutDown(name: string, kind: "reboot" | "poweroff"): void {
    shutDown(this.world, name, kind);
  }

  /**
   * Cuts the network into parts that do not see each other; nodes that no part names are one more part. Without parts it is
   * whole again.
   */
  cutNetwork(...parts: readonly (readonly string[])[]): void {
    const { world, model } = this;
    const named = parts.flat();
    for (const name of named) world.node(name);
    const rest = world.nodeNames.filter((name) => !named.includes(name));
    model.parts = [...parts.map((part) => [...part]), ...(rest.length > 0 ? [rest] : [])];
    const shown = model.parts.map((part) => `[${part.join(" ")}]`).join(" ");
    world.log("hardware", model.parts.length === 1 ? "network is whole" : `network is cut: ${shown}`);
    agreeOnMembers(world);
  }

  /** Cuts the site's connection to the world, or joins it. */
  cutWan(isCut: boolean): void {
    this.model.wan = !isCut;
    this.world.log("hardware", isCut ? "WAN is cut" : "WAN is back");
    agreeOnMembers(this.world);
  }

  /** Gives the cluster the vote of a QDevice, or takes it away. */
  setDevice(device: Model["qdevice"]): void {
    if (device === undefined) delete this.model.qdevice;
    else this.model.qdevice = device;
    this.world.log("hardware", device === undefined ? "QDevice is removed" : "QDevice votes");
    agreeOnMembers(this.world);
  }

  /** Whether the nodes reach the QDevice. */
  isDeviceConnected(): boolean {
    return deviceVotes(this.model) > 0;
  }

  /** Switches the QDevice off or on. */
  switchDevice(isUp: boolean): void {
    if (this.model.qdevice === undefined) throw new Error("The cluster has no QDevice.");
    this.model.qdevice.up = isUp;
    this.world.log("hardware", `QDevice is ${isUp ? "on" : "off"}`);
    agreeOnMembers(this.world);
  }

  /** Lets CRMs that wait for something to watch look within a second. */
  lookSoon(): void {
    const { timeline, nodes } = this.model;
    for (const [node, { crm, boot }] of Object.entries(nodes)) {
      if (crm?.state !== "wait_for_quorum") continue;
      cancel(timeline, (event) => event.kind === "crm" && event.node === node);
      this.world.later(1, { kind: "crm", node, boot });
    }
  }

  /** Hands a command to the CRM, such as `migrate vm:100 node2`. */
  command(text: string): void {
    this.model.commands.push(text);
    this.world.log("person", text);
  }

  /**
   * Moves a guest that HA does not watch, at once.
   * @throws {Error} When it cannot go there.
   */
  migrate(sid: string, target: string): void {
    const guest = this.model.guests[sid];
    if (guest === undefined) throw new Error(`The cluster has no guest "${sid}".`);
    const why = whyNotMoved(this.world, guest.node, sid, guest, target);
    if (why !== undefined) throw new Error(`migration aborted: ${why}`);
    moveGuest(this.world, sid, target);
  }

  /** Runs a replication job at once, when nothing is in its way; otherwise it is due at the scheduler's next round. */
  replicateNow(id: string): boolean {
    return runAtOnce(this.world, id);
  }

  /** What the runs of a job have left behind, and when the next is due, in unix seconds. */
  replicationStatus(id: string): object {
    const job = this.model.config.jobs[id];
    const state = this.model.replication.jobs[id] ?? newJobState();
    const next = job === undefined ? undefined : nextSync(this.world, id, job);
    return { ...state, ...(next !== undefined && { next_sync: next + this.model.epoch }) };
  }

  private handle(event: HaEvent): void {
    if (event.kind === "members") setMembers(this.world);
    else if (event.kind === "regression-loop") this.regressionLoop();
    else if (event.kind === "regression-watchdogs")
      for (const name of silentNodes(this.world)) cutPower(this.world, name, "watchdog");
    else if (this.model.nodes[event.node]?.boot === event.boot) this.handleOnNode(event);
  }

  private handleOnNode(
    event: Exclude<HaEvent, { kind: "members" | "regression-loop" | "regression-watchdogs" }>,
  ): void {
    const { world } = this;
    const { node: name } = event;
    switch (event.kind) {
      case "boot":
        boot(world, name);
        return;
      case "crm":
        this.again(event, crmRound(world, name));
        return;
      case "lrm":
        this.roundOfLrm(event);
        return;
      case "work":
        this.endWork(event);
        return;
      case "watchdog":
        if (watchdogBites(world, name)) this.reset(name);
        return;
      case "replicate":
        replicationTick(world, name);
        return;
      case "replicated":
        if (this.model.replication.runs[name]?.job === event.job) endRun(world, name);
        return;
    }
  }

  private roundOfLrm(event: HaEvent & { kind: "crm" | "lrm" | "watchdog" }): void {
    const delay = lrmRound(this.world, event.node);
    if (delay !== undefined) this.again(event, delay);
    else if (this.world.node(event.node).shutdown !== undefined) completeShutdown(this.world, event.node);
  }

  private again(event: HaEvent, delay: number): void {
    if (this.model.rounds === "daemons") this.world.later(delay, event);
  }

  private endWork({ node: name, sid, uid }: HaEvent & { kind: "work" }): void {
    const { lrm } = this.world.node(name);
    if (lrm === undefined || (lrm.work[sid]?.uid ?? "") !== uid) return;
    finish(this.world, name, lrm, sid);
    runWork(this.world, name, lrm);
    report(this.world, name, lrm);
  }

  private reset(name: string): void {
    cutPower(this.world, name, "watchdog");
    if (this.world.node(name).restarts) powerOn(this.world, name);
  }

  /** The order of pve-ha-manager's own tests: one daemon a second, node by node, a new loop every 20 seconds. */
  private regressionLoop(): void {
    let second = 0;
    for (const name of this.world.nodeNames) {
      const { power, boot } = this.world.node(name);
      if (power !== "on") continue;
      this.world.later(second, { kind: "crm", node: name, boot });
      this.world.later(second + 1, { kind: "lrm", node: name, boot });
      this.world.later(second + 2, { kind: "regression-watchdogs" });
      second += 2;
    }
    this.world.later(20, { kind: "regression-loop" });
  }
}
