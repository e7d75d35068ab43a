import * as pulumi from "@pulumi/pulumi";

import { alertFindings } from "./alerts";
import { declareBucket } from "./bucket";
import { readConfiguration, type AnyConfiguration } from "./config";
import { declareDrHost } from "./dr-host";
import { declareRebuild } from "./rebuild";
import { declareSite, type DeclaredSite } from "./site";
import { declareVault } from "./vault";

/**
 * What `pulumi up` runs. The settings of the stack choose program and site by their role, and not the stack's name, so that there can
 * be two of a kind; everything that can be wrong with them is said before anything is declared.
 */
const configuration = readConfiguration();
for (const { path, advice } of findingsOf(configuration)) void pulumi.log.warn(`${path}: ${advice}`);
const vault = configuration.role === "vault" ? declareVault(configuration) : undefined;
const site = configuration.role === "site" ? declareOf(configuration) : undefined;
const bucket = configuration.role === "bucket" ? declareBucket(configuration) : undefined;
const drHost = configuration.role === "dr-host" ? declareDrHost(configuration) : undefined;

/** Of a vault, and of a site that keeps copies of others: the job that fetches each source, by its name. */
export const copies = vault?.copies ?? site?.copies ?? {};
/** Of a vault or a node whose machine is made at AWS: its identifiers and its address there. Empty for others. */
export const machine = vault?.machine ?? drHost?.machine ?? {};
/** Of a bucket: what the site that fills it is given, and what who cleans it is given and the site never; secrets. */
export const bucketKeys = bucket === undefined ? {} : { home: bucket.home, cleaner: bucket.cleaner };
/** Guests in the nightly backup, by VMID. */
export const protectedGuests = site?.protectedGuests ?? drHost?.protectedGuests ?? [];
/** Guests that stay out of it, each with its reason. */
export const excludedGuests = site?.excludedGuests ?? {};
/** When the site was last looked at; what has changed since is unknown to this program. Empty for other roles. */
export const observedAt = (configuration.role === "site" ? configuration.observedAt : undefined) ?? "";
/** PBS tokens that nothing uses any more, for a person to remove. */
export const supersededTokens = site?.supersededTokens ?? [];
/** Rights with which backups could be deleted; one that is added to adoptions ends after a backup without it. */
export const formerRights = site?.formerRights ?? [];
/** Logins with which other places fetch copies, by user; a secret. Empty where none may: the engine warns of an output without a value. */
export const copyReaders = site?.copyReaders ?? {};

/** What is worth a person's attention. Who brings a site back has enough to read. */
function findingsOf(run: AnyConfiguration) {
  if (run.role === "vault") return run.vault.findings;
  if (run.role === "dr-host" || run.role === "bucket") return [];
  return run.rebuild === undefined ? [...run.estate.findings, ...alertFindings(run.alerts)] : [];
}

/** A site as it is, or as it comes back. */
function declareOf(run: Extract<AnyConfiguration, { role: "site" }>): Partial<DeclaredSite> {
  return run.rebuild === undefined ? declareSite(run) : declareRebuild(run, run.rebuild);
}
