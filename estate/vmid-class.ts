/** What a VMID says about a TAPPaaS guest. */
export type VmidClass = (typeof RANGES)[number][0];

/** First match wins: the variant tests lie within the templates. Source: TAPPaaS, docs/Architecture and module-fields.json. */
const RANGES = [
  ["foundation", 100, 200],
  ["linux application", 201, 499],
  ["windows application", 500, 599],
  ["application", 600, 799],
  ["network", 800, 899],
  ["test", 900, 999],
  ["variant test", 8900, 8999],
  ["template", 8000, 9000],
] as const;

/** Class of a VMID in a TAPPaaS site; undefined when it lies in no range. */
export function vmidClass(vmid: number): VmidClass | undefined {
  return RANGES.find(([, first, last]) => vmid >= first && vmid <= last)?.[0];
}

/** Ranges as they are shown in an error: `100-200, 201-499, …`. */
export const VMID_RANGES = RANGES.map(([, first, last]) => `${first}-${last}`).join(", ");
