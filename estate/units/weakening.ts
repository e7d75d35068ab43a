/** Changes after which less is protected. Each takes an acceptance. */
export const WEAKENINGS = [
  "shorten-retention",
  "remove-guest",
  "disable-job",
  "disable-storage",
  "disable-login",
  "verify-less",
  "weaken-encryption",
  "survive-less",
  "unproven-former-key",
] as const;

/** Kind of a change after which less is protected. */
export type WeakeningKind = (typeof WEAKENINGS)[number];
