import type * as pulumi from "@pulumi/pulumi";

import { FailoverGuest } from "./failover-guest";
import { type FailoverGuestArgs } from "./failover-guest-args";

/** Arguments of {@link FirewallFailover}. */
export interface FirewallFailoverArgs extends FailoverGuestArgs {
  /**
   * Nodes that have the line to the internet: the firewall runs on no other, home node and failover nodes are among them. A bridge shows only
   * that some cable is in; whether the line is behind it, somebody has to say.
   */
  readonly cabledNodes: readonly string[];
}

/**
 * Failover for a firewall: a {@link FailoverGuest} that cannot be declared without its cables. Started by HA on a node without the line it
 * would count as served, and nothing would come in or go out.
 *
 * It is the same to the engine: a FailoverGuest of that name becomes this one, and back, without a change.
 */
export class FirewallFailover extends FailoverGuest {
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor -- it asks for more than the one that it extends
  constructor(name: string, args: FirewallFailoverArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}
