import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { isDuration, toSeconds, type Duration } from "../../estate/units/duration";
import { isGuestId, type GuestId } from "../../estate/units/guest-id";
import * as pve from "../../provider/sdk/high-availability";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link StartupOrder}. */
export interface StartupOrderArgs {
  /** The guest as PVE knows it, `vm:<vmid>` or `ct:<vmid>`. */
  readonly guest: GuestId;
  /** Its place when its node starts guests, 1 to 999: the lowest starts first, those without one last. */
  readonly order: number;
  /** How long the node waits after it before it starts the next. @default - as it is on the guest, else not at all */
  readonly pause?: Duration;
}

/**
 * A guest's place when its node starts guests, so that it finds what it needs. A guest that has another place already is refused until
 * its owner lists it; one that leaves the program loses only a place that the program gave it. HA heeds no order: a guest that HA
 * watches gains nothing by it.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_startup_and_shutdown
 */
export class StartupOrder extends pulumi.ComponentResource {
  /** The place, as PVE keeps it. */
  public readonly place: pve.StartupOrder;

  constructor(name: string, args: StartupOrderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:ha:StartupOrder", name, {}, opts);
    rejectProblems(this, `StartupOrder "${name}"`, startupOrderProblems(args));

    const { guest, order, pause } = args;
    const pauseSeconds = pause === undefined ? undefined : toSeconds(pause);
    this.place = new pve.StartupOrder(name, { guest, order, ...defined({ pauseSeconds }) }, { parent: this });

    this.registerOutputs({ guest });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function startupOrderProblems({ guest, order, pause }: StartupOrderArgs): Problem[] {
  const problems: Problem[] = [];
  if (!isGuestId(guest))
    problems.push({ path: "guest", reason: `expected "vm:<vmid>" or "ct:<vmid>", got "${String(guest)}"` });
  if (!Number.isInteger(order) || order < 1 || order > 999)
    problems.push({ path: "order", reason: `expected a whole number from 1 to 999, got ${order}` });
  if (pause !== undefined && !isDuration(pause))
    problems.push({ path: "pause", reason: `expected a duration such as "1 minute", got "${String(pause)}"` });
  return problems;
}
