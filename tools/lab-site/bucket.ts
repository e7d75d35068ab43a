import { readFileSync } from "node:fs";
import { join } from "node:path";
import { relative } from "node:path/posix";

import { startLab } from "./lab";
import { placesOf, REPOSITORY } from "./places";
import { type LabSite } from "./prepare";
import { labStack, type Program } from "./stack";
import { PROJECT, writeConfig, writtenStack } from "./stack-settings";
import { copySite, initialise, writeTrust } from "./written-stack";

/** Name of the bucket's stack. */
export const BUCKET_STACK = "bucket";

/** Program of the bucket: this checkout, with the settings of Pulumi.bucket.yaml. */
const PROGRAM: Program = { repository: REPOSITORY, stack: BUCKET_STACK };

/**
 * Makes the reference bucket's stack ready on a lab of its own, which stands in for AWS: engine, passphrase and state are none of a site's.
 * @param name Folder of the lab site.
 * @param prefix First three numbers of its addresses.
 */
export async function prepareLabBucket(name = BUCKET_STACK, prefix = "127.0.5"): Promise<LabSite> {
  const places = placesOf(name, BUCKET_STACK);
  const stack = await labStack(places, PROGRAM);
  const sheet = await startLab(places, join(REPOSITORY, "lab/sites", `${BUCKET_STACK}.json`), prefix);
  const written = writtenStack(PROGRAM);
  copySite(places, PROGRAM, written);
  await initialise(places, stack);
  const { s3 } = sheet;
  if (s3 === undefined) throw new Error("The lab has no S3 provider.");
  const settings = written.config[`${PROJECT}:settings`] as object;
  const reached = {
    accessKey: s3.owner.accessKey,
    api: `https://${s3.address}:${s3.port}`,
    caCertificate: readFileSync(sheet.ca, "utf8"),
  };
  const logins = { awsSecretKey: s3.owner.secretKey };
  await writeConfig(
    places,
    logins,
    stack,
    { ...settings, ...reached, site: relative(REPOSITORY, places.site) },
    written,
  );
  await writeTrust(places, stack);
  return { places, sheet, stack };
}
