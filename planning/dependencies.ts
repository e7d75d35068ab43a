/**
 * Dependencies without cycles: of each cycle the arrow is left out that leads back to a guest from which it was reached, lower
 * VMIDs first. Without it nothing in the cycle could ever be the first to serve.
 */
export function acyclic(needs: ReadonlyMap<number, readonly number[]>): Map<number, number[]> {
  const kept = new Map<number, number[]>();
  const onPath = new Set<number>();
  const visit = (vmid: number) => {
    if (kept.has(vmid)) return;
    const own: number[] = [];
    kept.set(vmid, own);
    onPath.add(vmid);
    for (const needed of needs.get(vmid) ?? []) {
      if (onPath.has(needed)) continue;
      visit(needed);
      own.push(needed);
    }
    onPath.delete(vmid);
  };
  for (const vmid of [...needs.keys()].toSorted((a, b) => a - b)) visit(vmid);
  return kept;
}
