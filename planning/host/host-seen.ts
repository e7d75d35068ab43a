import { type NetworkCard } from "./network-card";

/** A network interface of a node. */
export interface HostInterface {
  /** Name: `lan`, `lan.100`. */
  readonly name: string;
  /** Whether guests can be led to it. */
  readonly isBridge: boolean;
  /** Whether it tells VLANs apart. */
  readonly vlanAware: boolean;
  /** Whether it has a cable, or a bond, behind it. */
  readonly hasPorts: boolean;
  /** Whether the node itself has an address on it. */
  readonly hasAddress: boolean;
  /** Bridge and VLAN behind a VLAN of the node's own. */
  readonly vlan?: { readonly of: string; readonly id: number };
}

/** A guest that was there before ours. */
export interface HostGuest {
  /** Number. */
  readonly vmid: number;
  /** Name; empty for none. */
  readonly name: string;
  /** Node of the host's cluster that has it. */
  readonly node: string;
  /** Memory in bytes. */
  readonly memory: number;
  /** Whether it runs, or starts with its node. */
  readonly counts: boolean;
  /** Its network cards; undefined for those of other nodes, which are not asked. */
  readonly cards: readonly NetworkCard[];
}

/** A scheduled backup of the host's own. */
export interface HostJob {
  /** Identifier. */
  readonly id: string;
  /** Guests by VMID; undefined where it takes all, or a pool. */
  readonly vmids: readonly number[] | undefined;
  /** Guests that it leaves out, by VMID. */
  readonly exclude: readonly number[];
  /** Pool that it takes; undefined for none. */
  readonly pool: string | undefined;
  /** Storage into which it writes; undefined for PVE's default. */
  readonly storage: string | undefined;
}

/** What was seen of somebody else's node that is to lend its room. */
export interface HostSeen {
  /** Name of the node. */
  readonly node: string;
  /** The node's clock. */
  readonly at: Date;
  /** Processor threads. */
  readonly threads: number;
  /** Memory in bytes. */
  readonly memory: number;
  /** Network interfaces of the node. */
  readonly interfaces: readonly HostInterface[];
  /** Guests of its owner, on all nodes of its cluster. */
  readonly guests: readonly HostGuest[];
  /** Volumes by the VMID that they bear. */
  readonly volumes: ReadonlyMap<number, readonly string[]>;
  /** Storages of the node that hold disks, with the bytes that are free. */
  readonly storages: readonly { readonly storage: string; readonly free: number }[];
  /** Scheduled backups. */
  readonly jobs: readonly HostJob[];
}
