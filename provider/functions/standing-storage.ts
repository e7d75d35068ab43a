import * as z from "zod";

import { demandSight, type Site } from "../objects/site";

/** Type token, an identity that never changes. */
export const STANDING_STORAGE = "resilience:pve:standingStorage";

const ARGUMENTS = z.strictObject({ storage: z.string().min(1) });

/**
 * Whether a storage entry that an observation shows is still there; when it is certainly not, `gone` says so.
 *
 * proxmoxve takes over an identifier that nobody has without a word, and what follows is an error about protection that advises
 * to take the protection off.
 * @throws {Refusal} When it cannot be seen whether it is there.
 */
export async function standingStorage(site: Site, args: unknown): Promise<{ storage: string; gone?: string }> {
  const { storage } = ARGUMENTS.parse(args);
  const entries = await site.pve().storages();
  if (entries.some((entry) => entry.storage === storage)) return { storage };
  await demandSight(site.pve(), `/storage/${storage}`, "Datastore.Audit");
  const gone =
    `the storage "${storage}" was there when the site was last observed, and it is gone. ` +
    "Cure: look why it went, then observe again (make observe) before anything is made in its place";
  return { storage, gone };
}
