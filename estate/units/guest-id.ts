/** What a guest is: a virtual machine or a container. PVE's HA and PBS' backup groups use the same two words. */
export type GuestKind = "vm" | "ct";

/** A guest as PVE's HA and PBS name it: `vm:101`, `ct:102`. A VMID belongs to one guest in a cluster, whatever its kind. */
export type GuestId = `${GuestKind}:${number}`;

const PATTERN = /^(?<kind>vm|ct):(?<vmid>[1-9]\d{2,8})$/;

/**
 * Whether `value` can be a VMID: a whole number from 100 to 999999999.
 * @see https://pve.proxmox.com/pve-docs/api-viewer/index.html (format `pve-vmid`)
 */
export function isVmid(value: number): boolean {
  return Number.isInteger(value) && value >= 100 && value <= 999_999_999;
}

/** Whether `text` is a guest's name such as `vm:101`. */
export function isGuestId(text: string): text is GuestId {
  return PATTERN.test(text);
}

/**
 * Name of the guest with this kind and VMID.
 * @throws {RangeError} If `vmid` is not a whole number from 100 to 999999999.
 */
export function guestId(kind: GuestKind, vmid: number): GuestId {
  if (!isVmid(vmid)) throw new RangeError(`Expected a VMID from 100 to 999999999, got ${vmid}.`);
  return `${kind}:${vmid}`;
}

/**
 * Kind and VMID in a guest's name.
 * @throws {RangeError} If the text is not `vm:<vmid>` or `ct:<vmid>`.
 */
export function parseGuestId(text: string): { readonly kind: GuestKind; readonly vmid: number } {
  const { kind, vmid } = PATTERN.exec(text)?.groups ?? {};
  if (kind === undefined) throw new RangeError(`Expected a guest such as "vm:101" or "ct:102", got "${text}".`);
  return { kind: kind as GuestKind, vmid: Number(vmid) };
}
