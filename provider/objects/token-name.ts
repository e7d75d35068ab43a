/** Names to try for a token, in order: `pve`, `pve-2`, `pve-3` … */
export function tokenNames(name: string): string[] {
  const numbers = Array.from({ length: 98 }, (_, index) => index + 2);
  return [name, ...numbers.map((number) => `${name}-${number}`)];
}

/** Whether `candidate` is the token `name`, or was made beside it because a secret was lost. */
export function isNamedAfter(candidate: string, name: string): boolean {
  return tokenNames(name).includes(candidate);
}

/** Tokens whose place this one took: `pve` and `pve-2` gave way to `pve-3`. All as `user@realm!name`. */
export function predecessors(tokenId: string): string[] {
  const [, stem, number] = /^(.+)-(\d{1,2})$/.exec(tokenId) ?? [];
  return stem === undefined ? [] : tokenNames(stem).slice(0, Number(number) - 1);
}
