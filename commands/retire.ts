import { backupNodeOf } from "../estate/backup-server";
import { failoverOf } from "../estate/failover";
import { valueOf } from "../estate/problem";
import { readSiteFolder } from "../estate/site-folder";
import { parseToken } from "../provider/clients/login";
import { HaClient } from "../provider/clients/ha-client";
import { PveClient } from "../provider/clients/pve-client";
import { answeringNode } from "./answering-node";
import { type Stack } from "./engine/stack";
import { LOGIN_SECRETS } from "./enrol/names";
import { retirementPlan, type SeenRetirement } from "./retire/plan";
import { readSecret } from "./secrets";
import { type Talk } from "./site/talk";
import { seeFailover } from "./status/look";

/** How a retirement ended. */
export type Retired = "done" | "planned" | "refused" | "declined";

/**
 * Ends the replication to a node that goes for good, and nothing else: the program only lets go of a job that leaves it, because what it
 * copied might be the only copy. The copies stay on the node's disks, whose numbers are never used for another node.
 * @throws {Error} When no other node answers.
 */
export async function retireNode(node: string, stack: Stack, talk: Talk, dry: boolean): Promise<Retired> {
  const pve = await applyingClient(node, stack);
  try {
    const client = new HaClient(pve);
    const { inventory, observation, replicationJobs } = valueOf(readSiteFolder(stack.siteFolder), stack.settings.site);
    const failover = failoverOf(stack.settings, inventory, observation, replicationJobs);
    const look = async () => retirementPlan(node, failover, await seeRetirement(client, pve, stack));
    const { ending, problems } = await look();
    for (const { text } of ending) talk.say(text);
    for (const problem of problems) talk.say(`stop: ${problem}`);
    if (problems.length > 0) return "refused";
    if (ending.length === 0) talk.say(`No replication goes to ${node}.`);
    if (dry || ending.length === 0) return dry ? "planned" : said(node, talk);
    if (!(await talk.confirm(`End the replication to ${node}?`))) return "declined";
    for (const { id } of ending) {
      // Between two of them the other replica may have failed: what is no longer safe stays.
      const now = await look();
      if (now.problems.length > 0 || !now.ending.some((one) => one.id === id)) {
        for (const problem of now.problems) talk.say(`stop: ${problem}`);
        return "refused";
      }
      await client.removeReplication(id);
      talk.say(`replication ${id} ends`);
    }
    return said(node, talk);
  } finally {
    await pve.close();
  }
}

function said(node: string, talk: Talk): "done" {
  talk.say(
    `${node} is needed by no guest. Next, by hand: take it out of the settings, \`make observe up\`, switch it off,`,
  );
  talk.say(
    `and on another node \`pvecm delnode ${node}\`; a QDevice is taken away before that and set up again after.`,
  );
  return "done";
}

async function seeRetirement(client: HaClient, pve: PveClient, { settings }: Stack): Promise<SeenRetirement> {
  const { jobs } = await seeFailover(pve.ask);
  const rules = (await client.rules()).map(({ rule: id, nodes = "" }) => ({
    id,
    nodes: nodes.split(",").map((part) => part.split(":")[0] ?? ""),
  }));
  return { jobs, guests: await client.guests(), rules, backupNode: backupNodeOf(settings) };
}

/** The login that applies, through a node that stays. */
async function applyingClient(node: string, { settings, settingsFile }: Stack): Promise<PveClient> {
  const others = Object.fromEntries(Object.entries(settings.nodes).filter(([name]) => name !== node));
  const { [(await answeringNode(others)) ?? ""]: other } = others;
  if (other === undefined) throw new Error(`No node beside ${node} answers.\nCure: bring one back first.`);
  const trust = settings.caCertificate === undefined ? {} : { authority: settings.caCertificate };
  const secret = await readSecret(settingsFile, LOGIN_SECRETS.apply, "PVE_API_TOKEN");
  return new PveClient({ endpoint: other.api, trust, login: parseToken(secret, "PVE") });
}
