import * as z from "zod";

import { type Finding, type Problem } from "./problem";
import { hostKeyLine, identifier } from "./schema";
import { type Settings } from "./settings";

/** A machine that is no node and lends an even number of them its vote. */
export const quorumDeviceSettings = z
  .strictObject({
    /** Name or address of that machine: none of the nodes, nor a guest of theirs. **Another one is refused while this one votes.** */
    address: identifier("address"),
    /** That machine's SSH host key as an authorized_keys line. Without it any machine could answer. */
    hostKey: hostKeyLine,
  })
  .optional();

/** Why a machine can lend the site no vote. */
export function quorumDeviceProblems({ quorumDevice, nodes, backupServer }: Settings): Problem[] {
  if (quorumDevice === undefined) return [];
  const { address } = quorumDevice;
  const problems: Problem[] = [];
  const count = Object.keys(nodes).length;
  if (count % 2 === 1) {
    const cure =
      "take quorumDevice out of the settings, and a device that votes away by `pvecm qdevice remove` on one node: beside an odd number it " +
      "has as many votes as all nodes but one, and with it away no node may be lost";
    problems.push({ path: "quorumDevice", expected: "an even number of nodes", got: String(count), cure });
  }
  const node = Object.entries(nodes).find(([name, { api, ssh }]) =>
    [name, ssh.host, new URL(api).hostname].includes(address),
  )?.[0];
  const path = "quorumDevice.address";
  const expected = "a machine that goes on when a node is lost";
  const cure = "name one that is no part of the cluster: a small computer, or a rented machine";
  if (node !== undefined) problems.push({ path, expected, got: `node ${node}`, cure });
  else if (backupServer.machine !== undefined && backupServer.address === address)
    problems.push({ path, expected, got: `the backup server in a machine on ${backupServer.machine.node}`, cure });
  return problems;
}

/** Where the nodes' root gets in while the vote is set up, it could do all that root can. */
export function quorumDeviceFindings({ quorumDevice, backupServer }: Settings): Finding[] {
  if (quorumDevice === undefined || quorumDevice.address !== backupServer.address) return [];
  const advice =
    "it is the backup server: setting it up lets root of the nodes in there, who could delete every backup; once it votes, take the " +
    "nodes' line out of its /root/.ssh/authorized_keys (docs/how-to/quorum.md)";
  return [{ path: "quorumDevice.address", advice }];
}
