import * as z from "zod";

import { HaClient, type ReplicationJob } from "../clients/ha-client";
import { given, orElse, plain, text, trimmed, withoutUnsaid, type Fields } from "./fields";
import { comment, identifier, SCHEDULE } from "./input-text";
import { guestIn, REPLICATION_ID } from "./replication-id";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  jobId: REPLICATION_ID.describe("The job, `<vmid>-<number>`. **Cannot be changed.**"),
  home: identifier("node").describe("Node that runs the guest while all nodes are up."),
  target: identifier("node").describe("Node that gets the copy. **Cannot be changed.**"),
  schedule: SCHEDULE.optional().describe("When it runs; every 15 minutes by default."),
  rate: z.number().min(1).optional().describe("Most that it sends, in MB/s; the limit that is there stays by default."),
  enabled: z.boolean().optional().describe("Whether it runs; true by default."),
  comment: comment(4096).optional().describe("One line for people; the one that is there stays by default."),
});

/**
 * Replication of a guest's ZFS volumes to another node. It is known by the pair of nodes and not by the direction: when the guest
 * moves to its target, PVE turns the job round, and following the program back would delete the replica.
 *
 * Its end never deletes the copy on the other node.
 */
export const replication: SiteObject = {
  token: "resilience:pve:Replication",
  description:
    "Replication of a guest's ZFS volumes to another node, which keeps the copy whatever happens to the job.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  // Where the guest runs says nothing of where it belongs.
  unreadable: ["home"],
  identity: ["jobId"],
  fixed: {
    jobId: "Another number is another replica: declare a second one, and take the first out once the second has run",
    target: "PVE cannot change it. Give the other node a number of its own, as a second replica",
  },
  meanings: {
    jobId: plain,
    home: plain,
    target: plain,
    schedule: orElse("*/15"),
    rate: plain,
    enabled: orElse(true),
    comment: trimmed,
  },
  idOf: ({ jobId }) => String(jobId),
  identityOf: (id) => ({ jobId: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    await clientOf(site).createReplication(text(wanted, "jobId"), text(wanted, "target"), given(parameters(wanted)));
    return {};
  },
  async update(site, wanted) {
    await clientOf(site).updateReplication(text(wanted, "jobId"), given(parameters(wanted)));
    return {};
  },
  async remove(site, living) {
    await clientOf(site).removeReplication(text(living, "jobId"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const jobId = text(identity, "jobId");
  const found = (await clientOf(site).replicationJobs()).find(({ id }) => id === jobId);
  if (found === undefined) {
    await demandSight(site.pve(), `/vms/${guestIn(jobId)}`, "VM.Audit");
    return undefined;
  }
  const { schedule, rate, disable, comment: words } = found;
  const rest = { schedule, rate, enabled: disable === true ? false : undefined, comment: words };
  return withoutUnsaid({ jobId, target: targetOf(found, identity), ...rest }, identity, ["rate", "comment"]);
}

/** The target that the program means, where the job runs the other way round since the guest moved there. */
function targetOf({ source, target }: ReplicationJob, { home, target: meant }: Fields): string {
  const turned = meant !== undefined && source === meant && target === home;
  return turned && typeof meant === "string" ? meant : target;
}

function parameters(wanted: Fields) {
  const { schedule, rate, enabled = true, comment: words } = INPUTS.parse(wanted);
  return { schedule, rate, disable: !enabled, comment: words };
}

function clientOf(site: Site): HaClient {
  return new HaClient(site.pve());
}
