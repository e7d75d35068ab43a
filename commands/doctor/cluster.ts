import * as z from "zod";

import { get } from "../observe/site";
import { ok, warning, type Finding } from "./check";
import { type PveClient } from "../../provider/clients/pve-client";

const STATUS = z.array(
  z.looseObject({ type: z.string(), name: z.string(), online: z.union([z.number(), z.boolean()]).optional() }),
);

/** A node as its cluster tells of it. */
export interface Member {
  /** Its name. */
  readonly name: string;
  /** Whether the cluster hears of it. */
  readonly online: boolean;
}

/** Members of the cluster of the node that is asked; a node that stands alone is one. */
export async function membersOf(pve: PveClient): Promise<Member[]> {
  const rows = (await get(pve.ask, STATUS, "/cluster/status")).filter(({ type }) => type === "node");
  return rows.map(({ name, online }) => ({ name, online: online === 1 || online === true }));
}

/**
 * What is to be known of a cluster.
 * @param known Nodes that the settings name.
 * @param device Whether there is a QDevice beside the nodes.
 */
export function clusterFindings(members: readonly Member[], known: readonly string[], device: boolean): Finding[] {
  const strangers = members.filter(({ name }) => !known.includes(name)).map(({ name }) => name);
  const off = members.filter(({ online }) => !online).map(({ name }) => name);
  const two = "two nodes have no majority when one is off: then nothing starts, and HA moves nothing";
  return [
    ...(members.length === 2 && !device
      ? [warning(two, "add a third node, or a QDevice on a machine that is no node (docs/how-to/quorum.md)")]
      : [
          ok(
            members.length === 1
              ? "one node, which stands alone"
              : `${members.length} nodes${device ? " and a QDevice" : ""}`,
          ),
        ]),
    ...strangers.map((name) =>
      warning(`${name} is in the cluster and not in the settings`, `make enrol HOST=<address of ${name}>`),
    ),
    ...off.map((name) =>
      warning(`${name} is off`, "look at it; what lies on it cannot be seen or backed up meanwhile"),
    ),
  ];
}
