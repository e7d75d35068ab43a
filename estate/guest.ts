import { type BackupWish } from "./backup-wish";
import { type CalendarEvent } from "./units/calendar-event";
import { type GuestKind } from "./units/guest-id";
import { type Size } from "./units/size";
import { type VmidClass } from "./vmid-class";

/** Why a guest is in the nightly backup, or why not. */
export type Coverage =
  /** `foundation` and `always` cannot be excluded; `declared` asked for it; `default`: nobody spoke against it. */
  | { readonly covered: true; readonly because: "foundation" | "always" | "declared" | "default" }
  | { readonly covered: false; readonly reason: string };

/** Failover as the module asks for it. */
export interface FailoverWish {
  /** Node that takes over; undefined when the site has no other. */
  readonly failoverNode: string | undefined;
  /** When the disks are replicated to it. */
  readonly replicationSchedule: CalendarEvent;
}

/** What a module says of itself under `firewall:proxy`, or `network:proxy` in newer releases of TAPPaaS. */
export interface ProxyWish {
  /** TCP port at which the guest itself answers; undefined when the module names none. */
  readonly port: number | undefined;
  /** Name under which people reach it, `files.example.org`; undefined when neither module nor site has a domain. */
  readonly name: string | undefined;
  /**
   * Whether anybody on the internet may reach it. TAPPaaS opens a service to the internet only when its module says so.
   * @see TAPPaaS: src/foundation/network/services/proxy, proxyAllowedZones
   */
  readonly internet: boolean;
  /** Whether the guest itself answers in TLS. */
  readonly tls: boolean;
}

/** A virtual machine or container that the site declares. */
export interface Guest {
  /** Number by which PVE knows it; one guest's alone in the site. */
  readonly vmid: number;
  /** Virtual machine or container. */
  readonly kind: GuestKind;
  /** Name in PVE, and host name. */
  readonly name: string;
  /** Node that runs it while all nodes are up. */
  readonly node: string;
  /** Storage of its disks; the same name on a failover node. */
  readonly storage: string;
  /** Processor cores; undefined when the site leaves it to PVE. */
  readonly cores: number | undefined;
  /** Memory; undefined when the site leaves it to PVE. */
  readonly memory: Size | undefined;
  /** Size of its first disk; undefined when the site leaves it to PVE. */
  readonly disk: Size | undefined;
  /** Network zone, in TAPPaaS' words; undefined without TAPPaaS. */
  readonly zone: string | undefined;
  /** What its VMID says; undefined without TAPPaaS. */
  readonly class: VmidClass | undefined;
  /** Copy of a module with a domain of its own; undefined for the main one. */
  readonly variant: string | undefined;
  /** Services that it needs, `identity:identity`: what is to be restored before it. */
  readonly dependsOn: readonly string[];
  /** Whether it is in the nightly backup. */
  readonly backup: Coverage;
  /** What its module, environment or site wishes of its backups; absent when none says anything. */
  readonly wish?: BackupWish;
  /** How the site's reverse proxy is to hand it on; absent when its module does not ask for that. */
  readonly proxy?: ProxyWish;
  /** Failover; undefined when it has none. */
  readonly ha: FailoverWish | undefined;
  /** File and path that declare it, for errors. */
  readonly source: string;
}
