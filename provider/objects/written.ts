import { type Parameter } from "../clients/https-client";

/** Parameters to set, and names of those to put back to their default: a PUT leaves alone what it does not name. */
export function written(parameters: Readonly<Record<string, Parameter>>): {
  readonly set: Record<string, Parameter>;
  readonly unset: string[];
} {
  const entries = Object.entries(parameters);
  const set = entries.filter(([, value]) => value !== undefined);
  const unset = entries.filter(([, value]) => value === undefined);
  return { set: Object.fromEntries(set), unset: unset.map(([name]) => name) };
}
