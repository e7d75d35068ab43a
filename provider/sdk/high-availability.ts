import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link HaResource}. */
export interface HaResourceArgs {
  /** The guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.** */
  readonly guest: pulumi.Input<string>;
  /** Starts on the same node after one that failed. @default - as it is, else 1 */
  readonly maxRestart?: pulumi.Input<number>;
  /** Moves to another node after starts that failed. @default - as it is, else 1 */
  readonly maxRelocate?: pulumi.Input<number>;
  /** Whether it goes back to the node that its rule prefers. @default - as it is, else true */
  readonly failback?: pulumi.Input<boolean>;
  /** One line for people. @default - the one that is there stays */
  readonly comment?: pulumi.Input<string>;
}

/**
 * A guest that PVE's high availability keeps running. Whether it is to run is a person's to say, in PVE: one that is off when this is
 * made stays off, and one that is stopped later is not started by a run of the program.
 * @see https://pve.proxmox.com/pve-docs/chapter-ha-manager.html
 */
export class HaResource extends pulumi.CustomResource {
  declare public readonly guest: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: HaResourceArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:HaResource", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link HaRule}. */
export interface HaRuleArgs {
  /** Name of the rule. **Cannot be changed.** */
  readonly rule: pulumi.Input<string>;
  /** Guests that it is about, `vm:<vmid>`; HA has to watch them, and each may be in one such rule only. */
  readonly guests: pulumi.Input<pulumi.Input<string>[]>;
  /** Nodes on which they may run, each with its priority, `tappaas1:2`; the highest is preferred. */
  readonly nodes: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether they may run nowhere else. @default false */
  readonly strict?: pulumi.Input<boolean>;
  /** Whether it counts. @default true */
  readonly enabled?: pulumi.Input<boolean>;
  /** One line for people. @default - the one that is there stays */
  readonly comment?: pulumi.Input<string>;
}

/**
 * A node affinity rule of PVE 9: on which nodes guests may run, and on which first.
 * @see https://pve.proxmox.com/pve-docs/chapter-ha-manager.html#ha_manager_node_affinity_rules
 */
export class HaRule extends pulumi.CustomResource {
  declare public readonly rule: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: HaRuleArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:HaRule", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link ClusterOptions}. */
export interface ClusterOptionsArgs {
  /** Always `datacenter`. @default "datacenter" */
  readonly cluster?: pulumi.Input<"datacenter">;
  /** What a node does with guests under HA when it is shut down or restarted. @default - as it is, else conditional */
  readonly shutdownPolicy?: pulumi.Input<"freeze" | "failover" | "conditional" | "migrate">;
  /** Network over which guests move, `10.0.1.0/24`. @default - as it is, else the nodes' own */
  readonly migrationNetwork?: pulumi.Input<string>;
  /** Network over which replicas are sent, `10.0.1.0/24`. @default - as it is, else that of migrations */
  readonly replicationNetwork?: pulumi.Input<string>;
}

/**
 * Options of a whole PVE cluster. What the program does not name stays as it is.
 * @see https://pve.proxmox.com/pve-docs/datacenter.cfg.5.html
 */
export class ClusterOptions extends pulumi.CustomResource {
  declare public readonly cluster: pulumi.Output<string>;
  /** Whether the options were set before us: then they are released and never taken back. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: ClusterOptionsArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:ClusterOptions", name, { cluster: "datacenter", ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link StartupOrder}. */
export interface StartupOrderArgs {
  /** The guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.** */
  readonly guest: pulumi.Input<string>;
  /** Its place when its node starts guests, 1 to 999; the lowest starts first. */
  readonly order: pulumi.Input<number>;
  /** Seconds that the node waits after it before it starts the next. @default - as it is, else none */
  readonly pauseSeconds?: pulumi.Input<number>;
}

/**
 * A guest's place when its node starts guests. Nothing else of the guest is touched; HA heeds no order.
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_startup_and_shutdown
 */
export class StartupOrder extends pulumi.CustomResource {
  declare public readonly guest: pulumi.Output<string>;
  /** Whether it had a place before us: then that is released and never taken back. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: StartupOrderArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:StartupOrder", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link Replication}. */
export interface ReplicationArgs {
  /** The job, `<vmid>-<number>`. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** Node that runs the guest while all nodes are up. */
  readonly home: pulumi.Input<string>;
  /** Node that gets the copy. **Cannot be changed.** */
  readonly target: pulumi.Input<string>;
  /** When it runs, a calendar event in the nodes' local time. @default "*&#47;15" */
  readonly schedule?: pulumi.Input<string>;
  /** Most that it sends, in MB/s, at least 1. @default - the limit that is there stays */
  readonly rate?: pulumi.Input<number>;
  /** Whether it runs. @default true */
  readonly enabled?: pulumi.Input<boolean>;
  /** One line for people. @default - the one that is there stays */
  readonly comment?: pulumi.Input<string>;
}

/**
 * Replication of a guest's ZFS volumes to another node. It stays the same job when the guest moves to that node, whereupon PVE turns
 * it round. Removing it leaves the copy where it is.
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesr.html
 */
export class Replication extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;
  declare public readonly target: pulumi.Output<string>;
  /** Whether it was there before us: then it is released and never deleted. */
  declare public readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: ReplicationArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:Replication", name, { ...args, adopted: undefined }, opts);
  }
}

/** Arguments of {@link FirstSync}. */
export interface FirstSyncArgs {
  /** The replication job that is waited for. **Cannot be changed.** */
  readonly jobId: pulumi.Input<string>;
  /** How long it is waited for, such as `"2 hours"`: the first run copies every disk. */
  readonly limit: pulumi.Input<string>;
}

/**
 * The first successful run of a replication job. Making it has the job run and waits for the end; it fails, with what PVE says of the
 * job, when none comes in time. It is waited for once.
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesr.html
 */
export class FirstSync extends pulumi.CustomResource {
  declare public readonly jobId: pulumi.Output<string>;

  constructor(name: string, args: FirstSyncArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:FirstSync", name, { ...args, adopted: undefined }, opts);
  }
}
