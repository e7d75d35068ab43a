/** Guest that owns a volume, by its name; undefined when the name says nothing. */
export function ownerOf(volume: string): number | undefined {
  const [, vmid] = /^(?:vm|base|subvol)-(\d+)-/.exec(volume) ?? [];
  return vmid === undefined ? undefined : Number(vmid);
}
