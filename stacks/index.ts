import * as pulumi from "@pulumi/pulumi";

import { type Role } from "../estate/settings";
import { alertFindings } from "./alerts";
import { readConfiguration, type Configuration } from "./config";
import { declareRebuild } from "./rebuild";
import { declareSite, type DeclaredSite } from "./site";

/** The program of each role: the settings choose it, and not the stack's name, so that there can be two of a kind. */
const PROGRAMS: Readonly<Record<Role, (configuration: Configuration) => DeclaredSite>> = { site: declareSite };

/**
 * What `pulumi up` runs. The settings of the stack choose program and site; everything that can be wrong with them is said
 * before anything is declared.
 */
const configuration = readConfiguration();
const { rebuild } = configuration;
// Who brings a site back has enough to read.
const findings =
  rebuild === undefined ? [...configuration.estate.findings, ...alertFindings(configuration.alerts)] : [];
for (const { path, advice } of findings) void pulumi.log.warn(`${path}: ${advice}`);
const site: Partial<DeclaredSite> =
  rebuild === undefined ? PROGRAMS[configuration.role](configuration) : declareRebuild(configuration, rebuild);

/** Guests in the nightly backup, by VMID. */
export const protectedGuests = site.protectedGuests;
/** Guests that stay out of it, each with its reason. */
export const excludedGuests = site.excludedGuests;
/** When the site was last looked at; what has changed since is unknown to this program. */
export const observedAt = configuration.observedAt;
/** PBS tokens that nothing uses any more, for a person to remove. */
export const supersededTokens = site.supersededTokens;
/** Rights with which backups could be deleted; one that is added to adoptions ends after a backup without it. */
export const formerRights = site.formerRights;
/** Logins with which other places fetch copies, by user; a secret. Empty where none may: the engine warns of an output without a value. */
export const copyReaders = site.copyReaders ?? {};
