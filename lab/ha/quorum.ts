import { type Model } from "./model";

/** The part of a network that a node is in; itself alone when none is written down. */
export function partOf(parts: readonly (readonly string[])[], node: string): readonly string[] {
  return parts.find((part) => part.includes(node)) ?? [node];
}

/** Parts of the running nodes as the network is now. */
export function presentParts({ nodes, parts }: Model): string[][] {
  const running = parts.map((part) => part.filter((node) => nodes[node]?.power === "on"));
  return running.filter((part) => part.length > 0);
}

/** Nodes of the part that has more than half of all votes; none when no part has. */
export function quorateMembers(model: Model, parts: readonly (readonly string[])[]): readonly string[] {
  const { nodes, qdevice } = model;
  const votesOf = (names: readonly string[]): number => names.reduce((sum, name) => sum + (nodes[name]?.votes ?? 0), 0);
  const expected = votesOf(Object.keys(nodes)) + (qdevice?.votes ?? 0);
  const device = deviceVotes(model);
  const favoured = favourite(parts, votesOf);
  const total = (part: readonly string[]): number => votesOf(part) + (part === favoured ? device : 0);
  return parts.find((part) => total(part) * 2 > expected) ?? [];
}

/** Votes that the QDevice can give now. */
export function deviceVotes({ qdevice, wan }: Model): number {
  if (!qdevice?.up) return 0;
  return qdevice.place === "wan" && !wan ? 0 : qdevice.votes;
}

/** A QDevice votes for one part: the larger, or that with the lowest node id (corosync-qdevice(8), ffsplit). */
function favourite(
  parts: readonly (readonly string[])[],
  votesOf: (part: readonly string[]) => number,
): readonly string[] {
  const lowest = (part: readonly string[]): string => [...part].sort()[0] ?? "";
  const ranked = [...parts].sort((a, b) => votesOf(b) - votesOf(a) || lowest(a).localeCompare(lowest(b)));
  return ranked[0] ?? [];
}
