import { type Failover } from "../../estate/failover";
import { toSeconds } from "../../estate/units/duration";
import { spanText, type SeenJob } from "../status/replication";

/** What is known of a node that is to go for good. */
export interface SeenRetirement {
  /** Replication jobs of the site. */
  readonly jobs: readonly SeenJob[];
  /** Guests with the node that has each now. */
  readonly guests: readonly { readonly vmid: number; readonly node: string }[];
  /** HA rules with the nodes that each names. */
  readonly rules: readonly { readonly id: string; readonly nodes: readonly string[] }[];
  /** Node on which the backup server stands; undefined where it is a machine of its own. */
  readonly backupNode: string | undefined;
}

/** What retiring a node would do. */
export interface RetirementPlan {
  /** Jobs that end, each with what a person should know of it. */
  readonly ending: readonly { readonly id: string; readonly text: string }[];
  /** What has to be done before, each with its cure; empty when the node can go. */
  readonly problems: readonly string[];
}

/**
 * What would end if `node` were retired now. A guest that is to fail over keeps a fresh replica elsewhere all the time, or nothing ends.
 * Reads nothing and changes nothing.
 */
export function retirementPlan(node: string, failover: Failover, seen: SeenRetirement): RetirementPlan {
  const jobs = seen.jobs.filter(({ target }) => target === node);
  const judged = jobs.map((job) => judge(job, node, failover, seen));
  return {
    ending: judged.flatMap(({ id, text, problem }) => (problem === undefined ? [{ id, text }] : [])),
    problems: [...siteProblems(node, failover, seen), ...judged.flatMap(({ problem }) => problem ?? [])],
  };
}

function siteProblems(
  node: string,
  { guests: planned }: Failover,
  { guests, rules, backupNode }: SeenRetirement,
): string[] {
  const problems: string[] = [];
  const here = guests.filter((guest) => guest.node === node).map(({ vmid }) => vmid);
  if (here.length > 0)
    problems.push(
      `${node} still has guests ${here.join(", ")}; give them another node in the settings and move them in PVE`,
    );
  const fed = planned.filter(({ failoverNodes }) => failoverNodes.some((one) => one.node === node));
  if (fed.length > 0) {
    const names = fed.map(({ guest }) => guest.name).join(", ");
    problems.push(
      `${names} still ${fed.length === 1 ? "fails" : "fail"} over to ${node}; name another HANode, then \`make up\`, which waits until the new replicas are whole`,
    );
  }
  const naming = rules.filter(({ nodes }) => nodes.includes(node)).map(({ id }) => id);
  if (naming.length > 0)
    problems.push(
      `HA rules ${naming.join(", ")} still name ${node}; \`make up\` changes its own, others are changed in PVE`,
    );
  if (backupNode === node) problems.push(`the backup server stands on ${node}: docs/how-to/replace-backup-server.md`);
  return problems;
}

interface Judged {
  readonly id: string;
  readonly text: string;
  readonly problem: string | undefined;
}

function judge({ id }: SeenJob, node: string, { guests, rpo }: Failover, { jobs }: SeenRetirement): Judged {
  const vmid = Number(id.split("-")[0]);
  const own = guests.find(({ guest }) => guest.vmid === vmid);
  const kept = `replication ${id} to ${node} ends; what it copied stays on the disks of ${node}`;
  if (own === undefined) {
    return {
      id,
      text: `${kept}; guest ${vmid} is not to fail over, and only its backups are left beside it`,
      problem: undefined,
    };
  }
  const others = jobs.filter(
    (job) => job.target !== node && own.failoverNodes.some((one) => job.id === `${vmid}-${one.job}`),
  );
  const fresh = others.find(({ runs, disabled }) => {
    if (runs === undefined || disabled || runs.failures > 0 || runs.lastSync === 0) return false;
    return runs.now - runs.lastSync <= toSeconds(rpo);
  });
  const name = own.guest.name;
  if (fresh?.runs !== undefined) {
    const age = spanText(fresh.runs.now - fresh.runs.lastSync);
    return { id, text: `${kept}; ${name} has a replica on ${fresh.target}, ${age} old`, problem: undefined };
  }
  const where = others.map(({ target }) => target).join(", ");
  const state =
    where === "" ? "there is none" : `the one on ${where} is not whole, late, or failing; \`make status\` says which`;
  return { id, text: kept, problem: `${name} has no fresh replica but the one on ${node}: ${state}` };
}
