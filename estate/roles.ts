/**
 * What a stack can be: a site of one's own, a vault that keeps copies of other sites, a bucket for them, or the guests of a lost site on somebody else's
 * node, or on one at AWS.
 */
export const ROLES = ["site", "vault", "bucket", "dr-host", "dr-cloud"] as const;

/** What a stack is. */
export type Role = (typeof ROLES)[number];

/** The role that settings name, before anything else of them is read; a site where they name none that there is. */
export function roleOf(settings: unknown): Role {
  if (typeof settings !== "object" || settings === null || !("role" in settings)) return "site";
  return ROLES.find((role) => role === settings.role) ?? "site";
}
