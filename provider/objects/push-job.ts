import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { type PbsSyncJob } from "../clients/pbs-shapes";
import { type Weakening } from "./acceptance";
import { caseless, given, orElse, plain, text, trimmed, unordered, type Fields } from "./fields";
import { comment, identifier, loginText, SCHEDULE } from "./input-text";
import { demandHarmless, type Receiver } from "./receiver-trial";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const INPUTS = z.strictObject({
  jobId: identifier("pbsId").describe("Identifier of the job. **Cannot be changed.**"),
  store: identifier("pbsId").describe("Datastore that is sent, its root namespace alone. **Cannot be changed.**"),
  remote: identifier("pbsId").describe("Remote to which it is sent. **Cannot be changed.**"),
  remoteStore: identifier("pbsId").describe("Datastore over there. **Cannot be changed.**"),
  remoteNamespace: identifier("namespace")
    .optional()
    .describe("Namespace over there; the root namespace by default. **Cannot be changed.**"),
  schedule: SCHEDULE.optional().describe("Calendar event in the PBS's local time; never by itself without."),
  groupFilters: z.array(z.string().min(1)).optional().describe("Groups that it sends; all by default."),
  rateOut: z
    .string()
    .regex(/^\d+(?:\.\d+)? ?(?:[KMGT]i?)?B$/, 'expected an amount a second such as "10 MB"')
    .optional()
    .describe('Most that it sends a second, such as "10 MB".'),
  comment: comment(128).optional().describe("One line for people."),
  host: identifier("address").describe("Name or address of the receiver, with which its login is tried."),
  port: z.number().int().min(1).max(65535).optional().describe("TCP port of the receiver; 8007 by default."),
  fingerprint: z
    .string()
    .refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' })
    .optional()
    .describe("SHA-256 of the receiver's certificate; without it the system's CAs decide."),
  authId: loginText("me@pbs!push").describe("Login over there, which may write and not delete."),
  password: z.string().min(1).max(1024).describe("Its secret."),
});

const OTHER = "Another receiver is another job: declare a second one, and take the first out of the program";
const TRIED = ["host", "port", "fingerprint", "authId", "password"] as const;
const PORT = 8007;

/**
 * A sync job that sends backups to a server of which one has only a login. It sends what is encrypted alone and deletes nothing there,
 * and before it is made, changed or looked at again its login is tried: one that may delete is refused.
 */
export const pushJob: SiteObject = {
  token: "resilience:pbs:PushJob",
  description:
    "Which backups are sent to a Proxmox Backup Server of somebody else's, by a login that may write and not delete.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["password"],
  unreadable: [...TRIED],
  identity: ["jobId"],
  fixed: Object.fromEntries(
    ["jobId", "store", "remote", "remoteStore", "remoteNamespace"].map((field) => [field, OTHER]),
  ),
  meanings: {
    jobId: plain,
    store: plain,
    remote: plain,
    remoteStore: plain,
    remoteNamespace: trimmed,
    schedule: trimmed,
    groupFilters: unordered,
    rateOut: (value) => (typeof value === "string" ? value.replaceAll(" ", "") : value),
    comment: trimmed,
    host: caseless,
    port: orElse(PORT),
    fingerprint: caseless,
    authId: plain,
    password: plain,
  },
  idOf: (fields) => text(fields, "jobId"),
  identityOf: (id) => ({ jobId: id }),
  look,
  inspect,
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  demand: (_site, wanted) => demandHarmless(nameOf(wanted), receiverIn(wanted)),
  async create(site, wanted) {
    await site.pbs().createSyncJob({ id: text(wanted, "jobId"), ...given(parameters(wanted)) });
    return {};
  },
  async update(site, wanted) {
    const { set, unset } = written(parameters(wanted));
    await site.pbs().updateSyncJob(text(wanted, "jobId"), set, unset);
    return {};
  },
  async remove(site, living) {
    await site.pbs().removeSyncJob(text(living, "jobId"));
  },
};

function nameOf(fields: Fields): string {
  return `pbs:PushJob/${text(fields, "jobId")}`;
}

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const jobId = text(identity, "jobId");
  const found = (await site.pbs().syncJobs()).find(({ id }) => id === jobId);
  if (found !== undefined) return fieldsOf(found);
  await demandSight(site.pbs(), "/datastore", "Datastore.Audit", "below");
  await demandSight(site.pbs(), "/remote", "Remote.Audit", "below");
  return undefined;
}

/** With each look at the site the login is tried anew: rights over there are somebody else's to change. */
async function inspect(site: Site, living: Fields, seen: Fields): Promise<Fields> {
  const all = { ...seen, ...living };
  if (text(all, "password") !== "") {
    await demandHarmless(nameOf(all), receiverIn(all)).catch((error: unknown) => {
      // A receiver that is down now is said, and stops nothing; one that lets us delete stops everything.
      if (!(error instanceof Refusal) || !error.message.includes("cannot be tried")) throw error;
      site.tell(error.message);
    });
  }
  return living;
}

function receiverIn(fields: Fields): Receiver {
  const fingerprint = text(fields, "fingerprint");
  return {
    host: text(fields, "host"),
    port: Number(fields["port"] ?? PORT),
    fingerprint: fingerprint === "" ? undefined : fingerprint,
    authId: text(fields, "authId"),
    secret: text(fields, "password"),
    datastore: text(fields, "remoteStore"),
    namespace: text(fields, "remoteNamespace"),
  };
}

function fieldsOf(job: PbsSyncJob): Fields {
  const name = `pbs:PushJob/${job.id}`;
  if (job["sync-direction"] !== "push")
    throw new Refusal(
      `${name} is a job that pulls, and is left as it is. Give the job in the program another identifier`,
    );
  if (job["remove-vanished"] === true || job["encrypted-only"] !== true) {
    const why = job["remove-vanished"] === true ? "deletes over there what is gone here" : "sends what lies open";
    throw new Refusal(`${name} ${why}, and is not taken over. Give the job in the program another identifier`);
  }
  return given({
    jobId: job.id,
    store: job.store,
    remote: job.remote,
    remoteStore: job["remote-store"],
    remoteNamespace: job["remote-ns"],
    schedule: job.schedule,
    groupFilters: job["group-filter"],
    rateOut: job["rate-out"],
    comment: job.comment,
  });
}

function parameters(wanted: Fields) {
  const job = INPUTS.parse(wanted);
  const { store, remote, schedule, comment: words, groupFilters = [] } = job;
  return {
    store,
    remote,
    "remote-store": job.remoteStore,
    "remote-ns": job.remoteNamespace,
    "sync-direction": "push",
    "max-depth": 0,
    "encrypted-only": true,
    "remove-vanished": false,
    schedule,
    "group-filter": groupFilters.length === 0 ? undefined : groupFilters,
    "rate-out": job.rateOut,
    comment: words,
  };
}

function weakenings(wanted: Fields, living: Fields | undefined): Weakening[] {
  if (living === undefined) return [];
  const [filters, before] = [unordered(wanted["groupFilters"]), unordered(living["groupFilters"])];
  const why = [
    ...(text(wanted, "schedule") === "" && text(living, "schedule") !== "" ? ["the job no longer runs by itself"] : []),
    ...(filters !== undefined && JSON.stringify(filters) !== JSON.stringify(before) ? ["other groups"] : []),
  ];
  return why.length === 0 ? [] : [{ change: "disable-job", what: `fewer copies are sent (${why.join("; ")})` }];
}
