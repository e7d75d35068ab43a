import { type PveCluster } from "../cluster";
import { type PveNode } from "../node";
import { forgetMemory } from "./lone-node";
import { readGuests, writeGuests } from "./guest-mirror";
import { writtenConfig } from "./written-config";
import { journalLine } from "../../ha/journal";
import { type Model } from "../../ha/model";
import { newModel } from "../../ha/new-model";
import { Simulation } from "../../ha/simulation";
import { World } from "../../ha/world";
import { type Document } from "../../core/state";

/** Seconds for which a node had run when the lab began. */
export const USUAL_UPTIME = 86_400;
const MIB = 1024 ** 2;
/** Memory of a node of which the site's description says nothing, in MiB. */
const USUAL_MEMORY = 128 * 1024;
/** Seconds of which at most the lab catches up; a lab that was stopped for days has not lived meanwhile. */
const LONGEST_GAP = 3600;

/** What a cluster does by itself as time passes: it watches, fails over, replicates. Nothing of it runs between requests. */
export class ClusterLife {
  readonly simulation: Simulation;
  /** Nodes whose units run as they boot, each until they have run. */
  private readonly booting = new Map<string, Promise<void>>();
  private offset: number;

  private constructor(
    private readonly cluster: PveCluster,
    private readonly document: Document<{ model: Model }>,
  ) {
    this.simulation = new Simulation(structuredClone(document.value.model) as Model);
    this.offset = this.simulation.now - this.passed();
  }

  /** The life of a cluster whose nodes have all started; undefined for a node that stands alone. */
  static of(cluster: PveCluster): ClusterLife | undefined {
    const described = cluster.site.description.nodes.filter((node) => node.cluster === cluster.name);
    if (cluster.name === undefined || described.length !== cluster.nodes.size) return undefined;
    const known = lives.get(cluster);
    if (known !== undefined) return known;
    const document = cluster.site.state.document(`clusters/${cluster.key}/life`, () => ({
      model: firstModel(cluster),
    }));
    const made = new ClusterLife(cluster, document);
    lives.set(cluster, made);
    return made;
  }

  /** Catches up with the site's clock. */
  catchUp(): void {
    const { model } = this.simulation;
    this.read();
    const until = Math.floor(this.passed() + this.offset);
    if (until - this.simulation.now > LONGEST_GAP) this.offset -= until - this.simulation.now - LONGEST_GAP;
    if (this.simulation.advanceTo(Math.floor(this.passed() + this.offset)) > 0) this.write();
    model.epoch = this.cluster.site.clock.seconds() - this.simulation.now;
  }

  /** Lets `seconds` pass, the site's clock included. */
  pass(seconds: number): void {
    this.read();
    this.simulation.advanceTo(this.simulation.now + seconds);
    this.write();
    this.offset = this.simulation.now - this.passed();
  }

  /** Does something to the simulation, and to the cluster what comes of it at once. */
  act<Result>(change: (simulation: Simulation) => Result): Result {
    this.catchUp();
    const result = change(this.simulation);
    this.write();
    return result;
  }

  /** Whether a node's part of the cluster has a majority. */
  isQuorate(node: string): boolean {
    return new World(this.simulation.model).isQuorate(node);
  }

  /** Whether a node is a member of the majority, as the others see it. */
  isOnline(node: string): boolean {
    return new World(this.simulation.model).isOnline(node);
  }

  /** Seconds since a node's last start; the first was some time before the lab began. */
  uptime(node: string): number {
    return this.simulation.now - (this.simulation.model.nodes[node]?.since ?? -USUAL_UPTIME);
  }

  /** Whether two nodes reach each other. */
  reaches(from: string, to: string): boolean {
    return from === to || new World(this.simulation.model).isReachable(from, to);
  }

  /** Waits until no node boots any more whose units have to run first. */
  async booted(): Promise<void> {
    while (this.booting.size > 0) {
      await Promise.race([...this.booting.values(), new Promise((later) => setTimeout(later, 200))]);
      this.catchUp();
    }
  }

  /** Runs what is to start before a node's guests and daemons, lets those start, and runs the rest. */
  private async startUnits(node: PveNode): Promise<void> {
    forgetMemory(node);
    const mayStart = await node.machine.startUnits("before-guests");
    if (mayStart)
      this.act((one) => {
        one.goOn(node.name);
      });
    await node.machine.startUnits("after-guests");
  }

  private passed(): number {
    return this.cluster.site.clock.passed() / 1000;
  }

  private read(): void {
    const { model } = this.simulation;
    readGuests(this.cluster, model);
    Object.assign(model.config, writtenConfig(this.cluster));
    for (const { name, machine } of this.cluster.nodes.values()) {
      const known = model.nodes[name];
      if (known !== undefined && known.power !== "on") known.units = machine.hasEarlyUnits();
    }
  }

  private write(): void {
    const { cluster, simulation } = this;
    const { model } = simulation;
    writeGuests(cluster, model);
    for (const [id, { source, target }] of Object.entries(model.config.jobs)) {
      const written = cluster.replication.value.jobs[id];
      if (written === undefined || (written.source === source && written.target === target)) continue;
      cluster.replication.change(({ jobs }) => {
        if (jobs[id] !== undefined) Object.assign(jobs[id], { source, target });
      });
    }
    cluster.managerNodes = Object.keys(model.manager?.node_status ?? {});
    for (const node of cluster.nodes.values()) {
      const isOff = model.nodes[node.name]?.power !== "on";
      // A backup server that stands on the node goes with it.
      for (const machine of cluster.site.machines.values())
        if (machine.address === node.machine.address) machine.isUnplugged = isOff;
    }
    for (const node of cluster.nodes.values()) {
      if (model.nodes[node.name]?.waits !== true || this.booting.has(node.name)) continue;
      const ran = this.startUnits(node).finally(() => this.booting.delete(node.name));
      this.booting.set(node.name, ran);
    }
    for (const entry of model.journal.splice(0))
      cluster.site.events.record(
        entry.source.split("/")[0] ?? "",
        "ha",
        journalLine(entry).trim().replace(/\s+/g, " "),
      );
    this.document.change((draft) => (draft.model = structuredClone(model)));
  }
}

const lives = new WeakMap<PveCluster, ClusterLife>();

function firstModel(cluster: PveCluster): Model {
  const { site } = cluster;
  const nodes = [...cluster.nodes.values()].map(({ name, description }) => {
    const bytes = description.hardware?.memory;
    return [name, { memory: bytes === undefined ? USUAL_MEMORY : Math.floor(bytes / MIB) }] as const;
  });
  return newModel({ nodes: Object.fromEntries(nodes), epoch: site.clock.seconds() });
}
