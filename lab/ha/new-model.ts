import { newCrm } from "./crm";
import { newLrm } from "./lrm";
import { type Config, type Guest, type Model, type Node, type Resource } from "./model";
import { ACTIVE_ROUND, REPLICATION_TICK } from "./timing";
import { below } from "./random";
import { newTimeline, schedule } from "./timeline";

/** What a cluster is made of; everything that is not given is a default. */
export interface ClusterDescription {
  /** Nodes. */
  readonly nodes: Readonly<Record<string, Partial<Node>>>;
  /** Guests. */
  readonly guests?: Readonly<Record<string, Partial<Guest> & Pick<Guest, "node">>>;
  /** What is written down. */
  readonly config?: Partial<Config>;
  /** A QDevice. */
  readonly qdevice?: Model["qdevice"];
  /** Who sets the rounds. */
  readonly rounds?: Model["rounds"];
  /** Spreads the rounds. */
  readonly seed?: number;
  /** Unix time of second 0. */
  readonly epoch?: number;
  /** Bytes a second between two nodes; 1 Gbit/s by default. */
  readonly link?: number;
}

const GIB = 1024 ** 3;

/** A cluster whose nodes all run, with their daemons just started. */
export function newModel(description: ClusterDescription): Model {
  const {
    nodes,
    guests = {},
    config = {},
    qdevice,
    rounds = "daemons",
    seed = 1,
    epoch = 0,
    link = 125e6,
  } = description;
  const names = Object.keys(nodes).sort();
  const model: Model = {
    timeline: newTimeline(),
    epoch,
    random: { state: seed },
    lastUid: 0,
    rounds,
    journal: [],
    nodes: Object.fromEntries(names.map((name) => [name, newNode(nodes[name] ?? {})])),
    parts: [names],
    members: [names],
    wan: true,
    ...(qdevice !== undefined && { qdevice }),
    locks: {},
    config: { resources: {}, rules: {}, jobs: {}, shutdownPolicy: "conditional", ...config },
    lrm: {},
    commands: [],
    guests: Object.fromEntries(Object.entries(guests).map(([sid, guest]) => [sid, newGuest(guest)])),
    replication: { jobs: {}, runs: {}, iterations: {} },
    link,
    effects: [],
  };
  wake(model);
  return model;
}

/** A resource with PVE's defaults. */
export function newResource(changes: Partial<Resource> = {}): Resource {
  return { state: "started", max_restart: 1, max_relocate: 1, failback: true, ...changes };
}

/** A guest of 8 GiB that writes 100 KB a second. */
export function newGuest(changes: Partial<Guest> & Pick<Guest, "node">): Guest {
  return {
    running: false,
    onboot: true,
    memory: 2048,
    bytes: 8 * GIB,
    writes: 100_000,
    startSeconds: 2,
    failsOn: [],
    copies: { [changes.node]: { asOf: 0 } },
    shared: false,
    ...changes,
  };
}

function newNode(changes: Partial<Node>): Node {
  const daemons = { crm: newCrm(), lrm: newLrm(), watchdog: {} };
  const size = { memory: 65_536, free: 1024 * GIB };
  return {
    votes: 1,
    power: "on",
    boot: 1,
    hangs: false,
    bootSeconds: 90,
    restarts: true,
    ...size,
    ...daemons,
    ...changes,
  };
}

function wake({ timeline, nodes, random, rounds, epoch }: Model): void {
  if (rounds === "regression") {
    schedule(timeline, 0, { kind: "regression-loop" });
    return;
  }
  for (const node of Object.keys(nodes).sort()) {
    schedule(timeline, below(random, ACTIVE_ROUND), { kind: "crm", node, boot: 1 });
    schedule(timeline, below(random, ACTIVE_ROUND), { kind: "lrm", node, boot: 1 });
    schedule(timeline, REPLICATION_TICK - (epoch % REPLICATION_TICK), { kind: "replicate", node, boot: 1 });
  }
}
