/**
 * Options that everything carries on which data, or the way to data, rests: the engine refuses to delete it, and when it
 * leaves the program all the same, it stays on the site.
 *
 * Two walls on purpose: `protect` can be switched off for one command (`--ignore-protect`), `retainOnDelete` cannot.
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/retainondelete/
 */
export const DATA_GUARD = { protect: true, retainOnDelete: true } as const;
