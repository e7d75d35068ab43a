/** User of an auth id: the id itself, or what stands before the token's `!`. */
export function userOf(authId: string): string {
  return authId.split("!", 1)[0] ?? authId;
}

/** Whether an auth id is an API token. */
export function isToken(authId: string): boolean {
  return authId.includes("!");
}

/**
 * Whether `authId` may act as the owner of a group: its owner itself, or the user whose token owns it. A token may
 * never act on its user's groups, nor on another token's (observed on PBS 4.2.3).
 */
export function ownsGroup(authId: string, owner: string): boolean {
  return owner === authId || (isToken(owner) && userOf(owner) === authId);
}

/**
 * Stops who neither owns a group nor is the user of the token that does.
 * @throws {Error} With the text observed on PBS 4.2.3.
 */
export function rejectForeignOwner(authId: string, owner: string): void {
  if (!ownsGroup(authId, owner)) throw new Error(`backup owner check failed (${authId} != ${owner})`);
}
