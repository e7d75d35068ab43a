/** Name and value pairs of a form or a query, in order, repeated names kept. A pair's value may hold further `=`. */
export function formPairs(text: string): [string, string][] {
  return [...new URLSearchParams(text).entries()];
}
