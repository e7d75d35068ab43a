import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { type PbsSyncJob } from "../clients/pbs-shapes";
import { type Weakening } from "./acceptance";
import { caseless, given, orElse, plain, text, trimmed, unordered, type Fields } from "./fields";
import { comment, identifier, loginText, SCHEDULE } from "./input-text";
import { demandHarmless, UntriedReceiver, type Receiver } from "./receiver-trial";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";
import { fewerRuns, lookForJob, rate, RATE } from "./sync-job-shared";
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
  rateOut: RATE.describe('Most that it sends a second, such as "10 MB".'),
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
    rateOut: rate,
    comment: trimmed,
    host: caseless,
    port: orElse(PORT),
    fingerprint: caseless,
    authId: plain,
    password: plain,
  },
  idOf: (fields) => text(fields, "jobId"),
  identityOf: (id) => ({ jobId: id }),
  look: (site, identity) => lookForJob(site, identity, fieldsOf),
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

/** With each look at the site the login is tried anew: rights over there are somebody else's to change. */
async function inspect(site: Site, living: Fields, seen: Fields): Promise<Fields> {
  const all = { ...seen, ...living };
  if (text(all, "password") !== "") {
    await demandHarmless(nameOf(all), receiverIn(all)).catch((error: unknown) => {
      // A receiver that is down now is said, and stops nothing; one that lets us delete stops everything.
      if (!(error instanceof UntriedReceiver)) throw error;
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
  const why = fewerRuns(wanted, living);
  return why.length === 0 ? [] : [{ change: "disable-job", what: `fewer copies are sent (${why.join("; ")})` }];
}
