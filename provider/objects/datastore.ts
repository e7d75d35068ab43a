import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { Unreachable } from "../clients/api-error";
import {
  changeDatastore,
  commonFieldsOf,
  datastoreSettings,
  forgetDatastore,
  lookForDatastore,
} from "./datastore-shared";
import { orElse, plain, trimmed, type Fields } from "./fields";
import { comment, identifier, SCHEDULE } from "./input-text";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  name: identifier("pbsId").describe("Name. **Cannot be changed.**"),
  path: identifier("path").describe("Directory on the PBS, absolute. **Cannot be changed.**"),
  comment: comment(128).optional().describe("One line for people."),
  gcSchedule: SCHEDULE.optional().describe("Calendar event at which garbage collection frees what pruning left."),
  verifyNew: z.boolean().optional().describe("Reads each new backup snapshot back right after it was made."),
  reuse: z.boolean().optional().describe("Takes up the chunks and snapshots that lie in the directory already."),
});

const MOVE = "A datastore keeps its name and its path; say what it has, or declare a second one beside it";

/** A datastore on a PBS. Forgetting it leaves its data, its jobs and its ACL. */
export const datastore: SiteObject = {
  token: "resilience:pbs:Datastore",
  description: "A place on a Proxmox Backup Server to keep backups.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: ["reuse"],
  identity: ["name"],
  fixed: { name: MOVE, path: MOVE },
  meanings: { name: plain, path: plain, comment: trimmed, gcSchedule: trimmed, verifyNew: orElse(false) },
  idOf: ({ name }) => String(name),
  identityOf: (id) => ({ name: id }),
  look: (site, identity) => lookForDatastore(site, identity, commonFieldsOf),
  weakenings: () => Promise.resolve([]),
  create,
  async update(site, wanted) {
    await changeDatastore(site, wanted);
    return {};
  },
  remove: (site, living) => forgetDatastore(site, "pbs:Datastore", living),
};

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const { name, path, reuse } = INPUTS.parse(wanted);
  const upid = await started(site, { name, path, ...datastoreSettings(wanted), "reuse-datastore": reuse });
  if (upid === undefined) return {};
  await site.pbs().taskEnd(upid, { interval: site.pause, onLine: site.progress });
  return {};
}

/** The making task; undefined when the answer was lost and the datastore is there all the same. */
async function started(site: Site, parameters: Parameters<ReturnType<Site["pbs"]>["createDatastore"]>[0]) {
  try {
    return await site.pbs().createDatastore(parameters);
  } catch (error) {
    if (!(error instanceof Unreachable) || !error.mayBeDone) throw error;
    if (await appears(site, parameters["name"] as string)) return undefined;
    throw error;
  }
}

/** A datastore being made takes 3 to 7 seconds to show, longer while others are made (observed on PBS 4.2.3). */
const LOOKS = 30;

async function appears(site: Site, name: string): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks++) {
    if ((await site.pbs().datastores()).some((candidate) => candidate.name === name)) return true;
    await sleep(site.pause);
  }
  return false;
}
