import * as z from "zod";

import { BUCKET_NAME } from "../../estate/units/bucket-place";
import { isFingerprint } from "../../estate/units/fingerprint";
import { type S3Bucket } from "../clients/s3-bucket";
import { type PbsDatastore } from "../clients/pbs-shapes";
import { type Weakening } from "./acceptance";
import {
  changeDatastore,
  commonFieldsOf,
  datastoreSettings,
  forgetDatastore,
  lookForDatastore,
} from "./datastore-shared";
import { given, orElse, plain, trimmed, type Fields } from "./fields";
import { comment, identifier, SCHEDULE } from "./input-text";
import { Refusal } from "./refusal";
import { refuseUnfitBucket, S3_MODES, tryKey } from "./s3-bucket-trial";
import { refuseLivingKey, refuseUntriedKey, takesOver, unproven, type FormerKey } from "./s3-former-key";
import { markedBy, recordOf, refuseDangers, writeRecord } from "./s3-marker";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  name: identifier("pbsId").describe("Name on the PBS, and prefix in the bucket. **Cannot be changed.**"),
  path: identifier("path").describe("Directory of the local cache on the PBS, absolute. **Cannot be changed.**"),
  endpointId: identifier("pbsId").describe("S3 provider on the PBS. **Cannot be changed.**"),
  bucket: z
    .string()
    .regex(BUCKET_NAME, 'expected a bucket such as "my-backups"')
    .describe("Bucket, which exists already. **Cannot be changed.**"),
  mode: z.enum(S3_MODES).describe("What home's key may do: append-only never deletes; ordinary does."),
  reattach: z
    .string()
    .optional()
    .describe("Host whose datastore in the bucket is taken up, or nobody; counts when the datastore is made."),
  formerKey: z
    .string()
    .optional()
    .describe("Access key of that host: a write with it has to be refused before its datastore is taken up."),
  formerSecretKey: z.string().optional().describe("Secret of that key."),
  endpoint: z.string().describe("Host of the S3 provider as the program reaches it, to look into the bucket."),
  port: z.number().int().optional().describe("TCP port of it; 443 by default."),
  region: z.string().describe("Region of the bucket."),
  fingerprint: z.string().refine(isFingerprint).optional().describe("SHA-256 of the provider's certificate."),
  accessKey: z.string().describe("Access key of home."),
  secretKey: z.string().describe("Secret of that key."),
  comment: comment(128).optional().describe("One line for people."),
  gcSchedule: SCHEDULE.optional().describe("Calendar event of garbage collection; never without."),
  verifyNew: z.boolean().optional().describe("Reads each new backup snapshot back right after it was made."),
});

const MOVE =
  "A datastore keeps its name, its cache, its endpoint and its bucket: declare a second one beside it, and let it fill";
/** Inputs that PBS does not know: with them the program looks into the bucket by itself. */
const OWN_LOOK = [
  ...["mode", "reattach", "formerKey", "formerSecretKey"],
  ...["endpoint", "port", "region", "fingerprint", "accessKey", "secretKey"],
];

/** A datastore in a bucket. What PBS would do to data without a word is refused before it is asked. */
export const s3Datastore: SiteObject = {
  token: "resilience:pbs:S3Datastore",
  description: "A datastore of a Proxmox Backup Server that lies in an S3 bucket, with a cache on the server.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["secretKey", "formerSecretKey"],
  unreadable: OWN_LOOK,
  identity: ["name"],
  fixed: { name: MOVE, path: MOVE, endpointId: MOVE, bucket: MOVE },
  meanings: {
    name: plain,
    path: plain,
    endpointId: plain,
    bucket: plain,
    mode: plain,
    reattach: plain,
    formerKey: plain,
    formerSecretKey: plain,
    endpoint: plain,
    port: orElse(443),
    region: plain,
    fingerprint: plain,
    accessKey: plain,
    secretKey: plain,
    comment: trimmed,
    gcSchedule: trimmed,
    verifyNew: orElse(false),
  },
  idOf: ({ name }) => String(name),
  identityOf: (id) => ({ name: id }),
  look: (site, identity) => lookForDatastore(site, identity, fieldsOf),
  weakenings: (site, wanted, living) =>
    living === undefined ? beginning(site, wanted) : Promise.resolve(weakenings(wanted, living)),
  demand: (_site, wanted) => withBucket(wanted, demandFit),
  create,
  update,
  settle: (_site, wanted) => withBucket(wanted, rememberHost),
  // PBS takes the mark of its host out of the bucket; everything else stays there, and in the cache.
  remove: (site, living) => forgetDatastore(site, "pbs:S3Datastore", living),
};

/** A preview says already what the run would refuse. It only looks; what a key may do is tried by the run itself. */
async function beginning(site: Site, wanted: Fields): Promise<Weakening[]> {
  const known = INPUTS.safeParse(wanted);
  if (!known.success) return [];
  const { name: store, path, reattach } = known.data;
  return withBucket(wanted, async (bucket) => {
    await refuseUnfitBucket(bucket);
    await refuseDangers(bucket, { store, path, reattach }, site.pbs());
    if (!takesOver(reattach)) return [];
    const former = formerKeyIn(known.data);
    if (former === undefined) return [unproven(bucket, reattach)];
    await refuseUntriedKey(bucket, { store, host: reattach, former });
    site.note(`before ${reattach}'s datastore is taken up, a write with its key ${former.accessKey} has to be refused`);
    return [];
  });
}

function formerKeyIn({ formerKey, formerSecretKey }: z.infer<typeof INPUTS>): FormerKey | undefined {
  return formerKey === undefined ? undefined : { accessKey: formerKey, secretKey: formerSecretKey };
}

/** From a copy that home cannot delete to one that it can. */
function weakenings(wanted: Fields, living: Fields): Weakening[] {
  if (living["mode"] !== "append-only" || wanted["mode"] !== "ordinary") return [];
  return [{ change: "shorten-retention", what: "whoever takes the backup server over deletes this copy too" }];
}

function fieldsOf(found: PbsDatastore): Fields {
  const { backend = "" } = found;
  const place = Object.fromEntries(backend.split(",").map((pair) => pair.split("=", 2) as [string, string]));
  const { client, bucket } = place;
  return given({ ...commonFieldsOf(found), endpointId: client, bucket });
}

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const parsed = INPUTS.parse(wanted);
  const { name, path, endpointId, bucket: bucketName, reattach } = parsed;
  await withBucket(wanted, async (bucket) => {
    await refuseDangers(bucket, { store: name, path, reattach }, site.pbs());
    const former = formerKeyIn(parsed);
    // Without one somebody has accepted that nothing is proved, or it would not have come here.
    if (takesOver(reattach) && former !== undefined)
      await refuseLivingKey(bucket, { store: name, host: reattach, former });
    const taken = reattach !== undefined && { "reuse-datastore": true, "overwrite-in-use": true };
    const backend = `type=s3,client=${endpointId},bucket=${bucketName}`;
    const upid = await site.pbs().createDatastore({ name, path, backend, ...datastoreSettings(wanted), ...taken });
    await site.pbs().taskEnd(upid, { interval: site.pause, onLine: site.progress });
    await rememberHost(bucket, wanted);
  });
  return {};
}

async function update(site: Site, wanted: Fields): Promise<Fields> {
  await changeDatastore(site, wanted);
  await withBucket(wanted, rememberHost);
  return {};
}

async function demandFit(bucket: S3Bucket, wanted: Fields): Promise<void> {
  await refuseUnfitBucket(bucket);
  await tryKey(bucket, INPUTS.parse(wanted).mode);
}

/**
 * Holds the mark in the bucket against the host that was written down: PBS reads it only when a datastore is made, and goes on over
 * another's (observed on PBS 4.2.3).
 * @throws {Refusal} When another server has marked the datastore since.
 */
async function rememberHost(bucket: S3Bucket, wanted: Fields): Promise<void> {
  const { name, path, reattach, accessKey } = INPUTS.parse(wanted);
  const host = await markedBy(bucket, name);
  const record = await recordOf(bucket, name);
  if (host === undefined) return;
  if (record !== undefined && record.host !== host && record.host !== reattach) {
    throw new Refusal(
      `Datastore ${name} in bucket ${bucket.place.bucket} was made by ${record.host}, and ${host} has marked it as its own since. Two ` +
        "servers on one bucket delete each other's backups at their next garbage collection. Cure: stop garbage collection on both, " +
        `find out which of them is to keep it, remove it from the other one, then delete .tappaas/${name}.json in the bucket`,
    );
  }
  const isSame = record?.host === host && record.path === path && record.accessKey === accessKey;
  if (!isSame) await writeRecord(bucket, name, { host, path, accessKey });
}

async function withBucket<T>(wanted: Fields, work: (bucket: S3Bucket, wanted: Fields) => Promise<T>): Promise<T> {
  const { endpoint, port, region, fingerprint, bucket: name, accessKey, secretKey } = INPUTS.parse(wanted);
  // Loading it takes 0.2 s, which a site without a bucket does not wait for.
  const { S3Bucket: Bucket } = await import("../clients/s3-bucket.js");
  const bucket = new Bucket({ endpoint, port, region, fingerprint, bucket: name, accessKey, secretKey });
  try {
    return await work(bucket, wanted);
  } finally {
    bucket.close();
  }
}
