import { BUCKETS } from "../../estate/backup-buckets";
import { type Step } from "../engine/plan";
import { BACKUP_JOB, vmidsOf } from "../engine/state";

/** A kind of thing whose end takes data away, or the way to data. */
export interface DataBearing {
  /** Setting that decides whether the program has it. */
  readonly setting: string;
  /** What ends with it. */
  readonly why: string;
}

/**
 * What data rests on, by type token. What the program itself marks with `protect` or `retainOnDelete` counts besides: this table
 * is the reason that is shown, and holds where somebody lost the mark.
 */
export const DATA_BEARING: Readonly<Record<string, DataBearing>> = {
  "resilience:pbs:Datastore": { setting: "backupServer.datastore", why: "every backup of the site lies in it" },
  "resilience:pbs:S3Datastore": { setting: "offsite, or sources", why: "a copy of every backup is reached through it" },
  "aws:s3/bucket:Bucket": { setting: "bucket", why: "the copies of a site lie in it" },
  "aws:s3/bucketVersioning:BucketVersioning": {
    setting: "bucket",
    why: "by old versions what was overwritten or deleted comes back",
  },
  "resilience:pbs:User": { setting: "backupServer.user", why: "backup groups belong to it" },
  "resilience:pbs:Token": { setting: "backupServer.tokenName", why: "the nodes write backups with it" },
  "resilience:pbs:Acl": { setting: "backupServer", why: "the nodes' login may write backups by it" },
  "resilience:pve:PbsStorage": { setting: "backup.storage", why: "the encryption key lies with it on the nodes" },
  "resilience:pve:Replication": {
    setting: "HANode of the module",
    why: "the copy on its node would be no copy any more",
  },
  "resilience:pve:BackupJob": { setting: "backup.jobId", why: "without it no guest is backed up" },
  "command:remote:Command": { setting: "pools", why: "guests and their data lie in the pool" },
  "proxmoxve:storage/zfspool:Zfspool": { setting: "pools", why: "guests find their disks through it" },
  "proxmoxve:index/vmLegacy:VmLegacy": { setting: "backupServer", why: "its disks would be destroyed with it" },
  "proxmoxve:index/replication:Replication": { setting: "nodes", why: "the replica at its target would be removed" },
  "proxmoxve:node/disk/zfs:Zfs": { setting: "pools", why: "the pool would be destroyed" },
};

/** A planned step that takes away what data rests on. */
export interface Harm {
  /** In the engine's words. */
  readonly op: string;
  /** Name in the state, for `make release`. */
  readonly urn: string;
  /** Sentence that names the thing, the setting and the reason. */
  readonly text: string;
}

/** Steps of a plan that nothing but a person's own, separate word may carry out. */
export function harmOf(steps: readonly Step[]): Harm[] {
  return steps
    .filter((step) => takesAway(step) && !isTimer(step) && !isTakenOver(step, steps))
    .flatMap((step) => {
      const known = DATA_BEARING[step.type];
      if (known === undefined && !step.guarded) return [];
      const { setting, why } = serverOf(step) ??
        deviceOf(step) ??
        bucketOf(step) ??
        known ?? {
          setting: "settings",
          why: "the program marks it as something that data rests on",
        };
      return [{ op: step.op, urn: step.urn, text: harmText(step, setting, why) }];
    });
}

/**
 * What goes on by itself on the site when it leaves the program, and takes nothing with it: replication to a node that is no failover node
 * any more. `make retire` ends it, once it is sure that another replica is there.
 */
const GOES_ON: ReadonlySet<string> = new Set(["resilience:pve:Replication"]);

function takesAway({ op, bare, retained, type }: Step): boolean {
  if (op === "delete" && retained && GOES_ON.has(type)) return false;
  return !bare && /delete|replace|discard/.test(op);
}

/** What makes a backup server is a command as a pool is, too. */
function serverOf({ urn }: Step): DataBearing | undefined {
  if (!/tappaas:backup:(?:Node)?BackupServer\$command:remote:Command::/.test(urn)) return undefined;
  return { setting: "backupServer", why: "the way to the backups comes from it" };
}

/** What gives a cluster another machine's vote is a command as a pool is, too; the device goes on voting without it. */
function deviceOf({ urn }: Step): DataBearing | undefined {
  if (!urn.includes("tappaas:ha:QDevice$command:remote:Command::")) return undefined;
  const why = "the device goes on voting, and taking it away is a step for a person (docs/how-to/quorum.md)";
  return { setting: "quorumDevice", why };
}

/** A guest leaves a job beside the nightly one where its module, its environment or the inventory wishes for another. */
function bucketOf({ type, name }: Step): DataBearing | undefined {
  const bucket = BUCKETS.find((one) => one === name);
  if (type !== BACKUP_JOB || bucket === undefined) return undefined;
  return { setting: `backup.schedule of what wants a backup ${bucket}`, why: "without it its guests are in no job" };
}

/** A node's timer is a command as a pool is; when it goes, what it has backed up stays. */
function isTimer({ urn, op }: Step): boolean {
  return op === "delete" && urn.includes("tappaas:backup:HostConfig$command:remote:Command::");
}

/** A job that ends, and all of whose guests are in jobs that stay: they are backed up in those before the engine ends it. */
function isTakenOver(step: Step, steps: readonly Step[]): boolean {
  if (step.type !== BACKUP_JOB || step.op !== "delete") return false;
  const staying = steps.filter(({ type, op }) => type === BACKUP_JOB && !/delete|replace|discard/.test(op));
  const covered = new Set(staying.flatMap(({ after }) => vmidsOf(after)));
  const own = vmidsOf(step.before);
  return own.length > 0 && own.every((vmid) => covered.has(vmid));
}

function harmText({ op, name, type }: Step, setting: string, why: string): string {
  const verb = op.includes("replace") ? "would be replaced" : "would be deleted";
  return (
    `${name} (${type}) ${verb}: ${why}. Look at ${setting} in the settings and the site's files, and write back what was there. ` +
    `If the program is to forget it, and the site to keep it: make release RESOURCE='${name}'`
  );
}
