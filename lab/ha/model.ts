import { type Entry } from "./journal";
import { type ManagerStatus, type LrmStatus } from "./status";
import { type Random } from "./random";
import { type ReplicationJob, type ReplicationState } from "./replication-model";
import { type Timeline } from "./timeline";

/** HA resource id: `vm:100`, `ct:101`. */
export type Sid = string;

/** Everything that may become due. `boot` tells the daemons of one start of a node from those of the next. */
export type HaEvent =
  | { kind: "crm" | "lrm" | "watchdog"; node: string; boot: number }
  | { kind: "work"; node: string; boot: number; sid: Sid; uid: string }
  | { kind: "boot"; node: string; boot: number }
  | { kind: "members" }
  | { kind: "replicate"; node: string; boot: number }
  | { kind: "replicated"; node: string; boot: number; job: string }
  | { kind: "regression-loop" }
  | { kind: "regression-watchdogs" };

/** What a node does when it is told to shut down (datacenter.cfg, `ha: shutdown_policy`). */
export type ShutdownPolicy = "freeze" | "failover" | "conditional" | "migrate";

/** A watched guest, as `/etc/pve/ha/resources.cfg` has it. */
export interface Resource {
  /** What is wanted of it. */
  state: "started" | "stopped" | "disabled" | "ignored";
  /** Starts that are tried again on the same node. */
  max_restart: number;
  /** Other nodes that are tried when it does not start. */
  max_relocate: number;
  /** Whether it goes back to a better node once that is there. */
  failback: boolean;
}

/** A rule, as `/etc/pve/ha/rules.cfg` has it. */
export type Rule =
  | { type: "node-affinity"; resources: Sid[]; nodes: Record<string, number>; strict: boolean; disable?: boolean }
  | { type: "resource-affinity"; resources: Sid[]; affinity: "positive" | "negative"; disable?: boolean };

/** What the cluster's file system says, which people write. */
export interface Config {
  /** Watched guests. */
  resources: Record<Sid, Resource>;
  /** Rules by name. */
  rules: Record<string, Rule>;
  /** Replication jobs by id. */
  jobs: Record<string, ReplicationJob>;
  /** What a node does with its guests when it shuts down. */
  shutdownPolicy: ShutdownPolicy;
}

/** Data of a guest on one node. */
export interface Copy {
  /** Moment as of which the data is, in seconds; of a running guest that is now. */
  asOf: number;
}

/** A guest as hardware knows it. */
export interface Guest {
  /** Node whose directory has its config. */
  node: string;
  /** Whether it runs. */
  running: boolean;
  /** Whether it starts with its node; guests that HA watches start by HA. */
  onboot: boolean;
  /** Memory in MiB. */
  memory: number;
  /** Bytes that its disks hold. */
  bytes: number;
  /** Bytes a second that it writes anew. */
  writes: number;
  /** Seconds that its start takes until it runs; what it does before it serves is not in them. */
  startSeconds: number;
  /** Nodes on which it does not start, whatever the reason. */
  failsOn: string[];
  /** Nodes that have its disks, its own included; empty when all nodes share them. */
  copies: Record<string, Copy>;
  /** Whether its disks are on storage that all nodes share. */
  shared: boolean;
}

/** A command that an LRM carries out. */
export interface Work {
  /** Command: `started`, `request_stop`, `stopped`, `migrate`, `relocate`, `error`. */
  command: string;
  /** Request of the CRM; absent when the node itself wants it for its shutdown. */
  uid?: string;
  /** Where to, of a move. */
  target?: string;
  /** Whether it was begun. */
  begun: boolean;
}

/** A local resource manager. */
export interface Lrm {
  /** Its state. */
  state: "wait_for_agent_lock" | "active" | "maintenance" | "lost_agent_lock";
  /** What it tells the CRM of its intentions. */
  mode: "active" | "restart" | "shutdown" | "maintenance";
  /** Commands that wait or run, by guest. */
  work: Record<Sid, Work>;
  /** Results for the CRM by uid. */
  results: Record<string, { sid: Sid; ok: boolean }>;
  /** Failed starts in a row by guest. */
  tries: Record<Sid, number>;
  /** Rounds without a service. */
  idle: number;
  /** Whether it was told to go. */
  leaving: boolean;
}

/** A cluster resource manager. */
export interface Crm {
  /** Its state. */
  state: "wait_for_quorum" | "slave" | "master" | "lost_manager_lock";
  /** When the master has last seen a node online; only a master keeps it, in memory. */
  lastOnline: Record<string, number>;
}

/** A node as hardware. */
export interface Node {
  /** Votes in the quorum. */
  votes: number;
  /** Whether it runs. A node that boots is `booting`. */
  power: "on" | "off" | "booting";
  /** Counts its starts. */
  boot: number;
  /** Second of its last start; absent for one that has run from the beginning. */
  since?: number;
  /** Memory for guests in MiB. */
  memory: number;
  /** Free bytes for replicas. */
  free: number;
  /** Whether what it receives never ends (a `zfs recv` that hangs), until it is restarted. */
  hangs: boolean;
  /** Seconds from power to daemons. */
  bootSeconds: number;
  /** Whether it starts again after a reset; false is a node that stays down. */
  restarts: boolean;
  /** Whether units of somebody's start before its daemons and guests; these wait for them then. */
  units?: boolean;
  /** Whether it is on, and daemons and guests wait for those units. */
  waits?: boolean;
  /** How it goes down, while it does. */
  shutdown?: "reboot" | "poweroff";
  /** When clients last told its watchdog that they live. */
  watchdog: { crm?: number; lrm?: number };
  /** While it is on. */
  crm?: Crm;
  /** While it is on; gone first when it shuts down. */
  lrm?: Lrm;
}

/** What happened to disks, for who keeps their bytes: one of a cluster that has none forgets it. */
export interface DiskEffect {
  /** `copied`: the target has a replica now; `moved`: disks went along; `stolen`: the target goes on with what it has. */
  kind: "copied" | "moved" | "stolen";
  /** Guest. */
  sid: Sid;
  /** Node that had it. */
  from: string;
  /** Node that got it. */
  to: string;
}

/** One cluster with its guests, as plain data. */
export interface Model {
  /** Virtual time. */
  timeline: Timeline<HaEvent>;
  /** Unix time of second 0. */
  epoch: number;
  /** Spreads the rounds of daemons. */
  random: Random;
  /** Counts requests of the CRM. */
  lastUid: number;
  /** Who sets the rounds: the daemons themselves, or the order of pve-ha-manager's own regression tests. */
  rounds: "daemons" | "regression";
  /** What happened. */
  journal: Entry[];
  /** Nodes by name, in corosync's order. */
  nodes: Record<string, Node>;
  /** Parts of the network that do not see each other; one part while it is whole. */
  parts: string[][];
  /** Nodes that see each other, as corosync has agreed last. */
  members: string[][];
  /** Whether the site is connected to the world. */
  wan: boolean;
  /** The vote of a QDevice; `wan` when it stands outside the site. */
  qdevice?: { votes: number; place: "lan" | "wan"; up: boolean };
  /** Locks in the cluster's file system. */
  locks: Record<string, { holder: string; boot: number; since: number }>;
  /** What people have written down. */
  config: Config;
  /** What the master has written down; absent before there was one. */
  manager?: ManagerStatus;
  /** What the LRMs have written down. */
  lrm: Record<string, LrmStatus>;
  /** Commands of people for the CRM, such as `migrate vm:100 node2`. */
  commands: string[];
  /** Guests by sid, watched or not. */
  guests: Record<Sid, Guest>;
  /** Replication: what the runs have left behind. */
  replication: ReplicationState;
  /** Bytes a second between two nodes. */
  link: number;
  /** What happened to disks since somebody looked, oldest first. */
  effects: DiskEffect[];
}
