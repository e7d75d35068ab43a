import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import * as pve from "../../provider/sdk/high-availability";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** What a node does with guests under HA when it is shut down or restarted. */
export const SHUTDOWN_POLICIES = ["freeze", "failover", "conditional", "migrate"] as const;

/** Arguments of {@link ClusterOptions}. */
export interface ClusterOptionsArgs {
  /**
   * What a node does with guests under HA when it is shut down or restarted. `migrate` moves them away first, and back afterwards;
   * `conditional` stops them at a restart and starts them when the node is back; `failover` stops them and starts them elsewhere;
   * `freeze` stops them until the node is back.
   * @default - as it is on the site, else `conditional`
   */
  readonly shutdownPolicy?: (typeof SHUTDOWN_POLICIES)[number];
  /** Network over which guests move, `10.0.1.0/24`; each node needs an address in it. @default - as it is, else the nodes' own */
  readonly migrationNetwork?: string;
  /** Network over which replicas are sent, `10.0.1.0/24`. @default - as it is, else that of migrations */
  readonly replicationNetwork?: string;
}

/**
 * Options of a whole cluster that decide how guests leave a node and how replicas travel. What is not named stays as it is, and so does
 * all else in PVE's datacenter.cfg.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-ha-manager.html#ha_manager_shutdown_policy
 */
export class ClusterOptions extends pulumi.ComponentResource {
  /** The options, as PVE keeps them. */
  public readonly options: pve.ClusterOptions;

  constructor(name: string, args: ClusterOptionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:ha:ClusterOptions", name, {}, opts);
    rejectProblems(this, `ClusterOptions "${name}"`, clusterOptionsProblems(args));

    const { shutdownPolicy, migrationNetwork, replicationNetwork } = args;
    const wanted = defined({ shutdownPolicy, migrationNetwork, replicationNetwork });
    this.options = new pve.ClusterOptions(name, wanted, { parent: this });

    this.registerOutputs(wanted);
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function clusterOptionsProblems(args: ClusterOptionsArgs): Problem[] {
  const { shutdownPolicy, ...networks } = args;
  const problems: Problem[] = [];
  if (Object.keys(defined({ ...args })).length === 0)
    problems.push({ path: "shutdownPolicy", reason: "expected an option, got none; leave the component out" });
  if (shutdownPolicy !== undefined && !SHUTDOWN_POLICIES.includes(shutdownPolicy)) {
    const reason = `expected one of ${SHUTDOWN_POLICIES.join(", ")}, got "${shutdownPolicy}"`;
    problems.push({ path: "shutdownPolicy", reason });
  }
  for (const [path, network] of Object.entries(defined({ ...networks })))
    problems.push(...identifierProblems("network", path, network));
  return problems;
}
