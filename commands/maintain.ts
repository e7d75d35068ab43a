import { enterShell, type NodeShell } from "./ssh/node-shell";
import { type Stack } from "./engine/stack";
import { SSH_SECRET } from "./enrol/names";
import { seeCluster } from "./maintain/look";
import { maintain, type End, type Limits } from "./maintain/run";
import { readSecret } from "./secrets";
import { openServers } from "./servers";
import { answeringNode } from "./answering-node";
import { type Talk } from "./site/talk";

/**
 * Empties a node of a stack's site, restarts it and gives it back.
 * @throws {Error} When the settings do not name the node, or nobody else answers.
 */
export async function maintainNode(name: string, stack: Stack, limits: Limits, talk: Talk, dry: boolean): Promise<End> {
  const { nodes, site, failover } = stack.settings;
  const { [name]: own, ...others } = nodes;
  if (own === undefined)
    throw new Error(`The settings name no node ${name}.\nCure: one of ${Object.keys(nodes).join(", ")}.`);
  const other = await answeringNode(others);
  if (other === undefined)
    throw new Error(
      `No node beside ${name} answers.\nCure: a node that stands alone is restarted in PVE; its guests go down with it.`,
    );
  const servers = await openServers(stack.settingsFile, name);
  const privateKey = await readSecret(stack.settingsFile, SSH_SECRET, "SSH_PRIVATE_KEY");
  const shellOn = async (node: string): Promise<NodeShell> => {
    const where = nodes[node];
    if (where === undefined) throw new Error(`The settings name no node ${node}.`);
    return enterShell(where.ssh, privateKey);
  };
  const beside = await shellOn(other);
  const wish = new AbortController();
  const end = () => {
    talk.say("It ends as soon as nothing is left half done.");
    wish.abort();
  };
  process.on("SIGINT", end).on("SIGTERM", end);
  try {
    const { ask } = servers.pve;
    const tools = {
      ask,
      beside,
      look: () => seeCluster(ask, site, failover.rpo),
      inside: () => shellOn(name),
      signal: wish.signal,
    };
    return await maintain(name, tools, limits, talk, dry);
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    beside.close();
    await servers.close();
  }
}
