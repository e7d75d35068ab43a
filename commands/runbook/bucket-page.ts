import { copyName, type BucketCopySettings } from "../../estate/offsite-settings";
import { type PageDraft, type Step } from "./page";
import { lossesLike, make, type RunbookSite } from "./site";

/** One page a bucket: what is done when it is away, was tampered with, or is all that is left. */
export function bucketPages(site: RunbookSite): PageDraft[] {
  return lossesLike(site, "off-site:").flatMap((loss): PageDraft[] => {
    const copy = site.estate.buckets.find(({ name }) => loss === `off-site:${name}`);
    return copy === undefined ? [] : [bucketPage(site, copy, loss)];
  });
}

function bucketPage(site: RunbookSite, copy: BucketCopySettings, loss: string): PageDraft {
  const { name, bucket, into, mode, undeleteDays } = copy;
  return {
    id: `off-site-${name}`,
    title: copyName(copy).replace(/^the/, "The"),
    losses: [loss],
    notes: [
      "Nothing at home is down. As long as it is away, a fire at home takes everything.",
      mode === "append-only"
        ? `Home fills it with the key ${bucket.accessKey}, which may not delete.`
        : `Home fills it with the key ${bucket.accessKey}, which deletes: what goes that way can be brought back for ${undeleteDays} days.`,
    ],
    unknown: [
      {
        text: `who has the login of the account of bucket ${bucket.name}`,
        cure: "write it on the sheet of paper that this runbook is printed on; it does not belong on a machine of home",
      },
    ],
    steps: [
      {
        text: "See in its provider's console whether the account is there and paid for.",
        by: "hand",
        check: `proxmox-backup-manager s3 check ${name} ${bucket.name}   # on the backup server, as root`,
        expect:
          mode === "append-only"
            ? "It ends with: delete object failed. That is right: this key may not delete."
            : "It ends without an error.",
      },
      {
        text: "When somebody deleted or overwrote something in it: take it back to before that, from a machine that is not home's, with the account's key.",
        by: "program",
        commands: [
          "export BUCKET_ACCESS_KEY=<of the account> BUCKET_SECRET_KEY && read -rs BUCKET_SECRET_KEY",
          make(site, "bucket-rewind", { AT: "<moment before it>", BUCKET_OPTIONS: "--dry-run" }),
          make(site, "bucket-rewind", { AT: "<moment before it>" }),
          `find ${into.path}/.chunks -type f -delete   # on the backup server, as root`,
          `proxmox-backup-manager datastore s3-refresh ${into.datastore}   # on the backup server, as root`,
        ],
        check: make(site, "s3-clean", { BUCKET_OPTIONS: "--dry-run" }),
        expect: "Nothing is missing, and nothing was overwritten.",
      },
      {
        text: `When it is lost for good: make another one (docs/how-to/s3.md), and write it beside this one under offsite in Pulumi.${site.stack}.yaml.`,
        by: "program",
        commands: [make(site, "up"), make(site, "report")],
        expect: "The report counts a copy elsewhere again.",
      },
    ],
  };
}

/** A bucket is read through a backup server; a new one takes it up. */
export function takeUpStep({ name, bucket, into, place }: BucketCopySettings): Step {
  const { endpoint, region } = bucket;
  const where = `--endpoint '${endpoint}' --region ${region}`;
  const backend = `--backend type=s3,client=${name},bucket=${bucket.name}`;
  return {
    text: `In the account of the bucket at ${place}: deactivate the key ${bucket.accessKey}, which the server that is gone has, and make a new one; two servers on one bucket delete each other's backups. Then take it up on any backup server that is new. On the site's own server, rebuilt, make up does it: docs/how-to/s3.md, "When home is gone".`,
    by: "hand",
    commands: [
      `proxmox-backup-manager s3 endpoint create ${name} --access-key <key> --secret-key <secret> ${where}`,
      `proxmox-backup-manager datastore create ${into.datastore} /mnt/cache ${backend} --reuse-datastore true --overwrite-in-use true`,
    ],
    check: `proxmox-backup-manager datastore show ${into.datastore}`,
    expect: "The datastore, with its backend in the bucket.",
  };
}
