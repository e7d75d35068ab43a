/** What has to be done to a restored guest before it may start beside the living one, and what keeps it from starting at all. */
export interface Isolation {
  /** Network cards that are on no bridge of the drill, and are taken out. */
  readonly cards: readonly string[];
  /** Why it may not be started: parts that reach beyond the guest itself. */
  readonly unsafe: readonly string[];
}

/** Parts of a configuration that reach the machine beneath, or run something on it. */
const REACHING = /^(?:hostpci|usb|serial|parallel|virtiofs|dev)\d+$|^(?:args|hookscript|lxc)$|^lxc\./;

/** A socket of the node's own, and a device of the display, reach nothing. */
const HARMLESS = /^(?:socket|spice(?:,.*)?)$/;

const DISK = /^(?:ide|sata|scsi|virtio|mp|unused)\d+$|^(?:rootfs|efidisk0|tpmstate0)$/;

/**
 * Looks at the configuration of a restored guest. Without a network card, or with cards on a bridge that leads nowhere, nothing that it
 * does leaves the drill; a device of the node, a directory of the node or a disk of another guest would.
 * @param bridge The drill's own; undefined where each guest is alone.
 */
export function isolationOf(
  vmid: number,
  config: Readonly<Record<string, unknown> & { readonly lock?: unknown }>,
  bridge?: string,
): Isolation {
  const lines = Object.entries(config);
  const cards = lines
    .filter(([name, line]) => /^net\d+$/.test(name) && !isOnly(String(line), bridge))
    .map(([name]) => name);
  const reaching = lines
    .filter(([name, value]) => REACHING.test(name) && !HARMLESS.test(String(value)))
    .map(([name]) => `${name} reaches the node`);
  const foreign = lines.flatMap(([name, value]) => {
    if (!DISK.test(name) || typeof value !== "string") return [];
    return isOwn(vmid, value) ? [] : [`${name} is ${value.split(",")[0] ?? ""}, which is not its own`];
  });
  const { lock } = config;
  const locked = typeof lock === "string" ? [`it is locked (${lock})`] : [];
  const template = Number(config["template"] ?? 0) === 1 ? ["it is a template"] : [];
  return { cards, unsafe: [...reaching, ...foreign, ...locked, ...template] };
}

/** Whether a card is on that bridge, and on no other. */
function isOnly(line: string, bridge: string | undefined): boolean {
  const bridges = line.split(",").filter((part) => part.startsWith("bridge="));
  return bridge !== undefined && bridges.length === 1 && bridges[0] === `bridge=${bridge}`;
}

/** A volume that bears the guest's own number, or a CD. */
function isOwn(vmid: number, line: string): boolean {
  const [volume = ""] = line.split(",");
  if (/(?:^|,)media=cdrom(?:,|$)/.test(line)) return volume === "none" || volume === "cdrom" || volume.includes(":");
  return new RegExp(`^[A-Za-z][\\w.-]*:(?:.*/)?(?:vm|subvol|base|basevol)-${vmid}-[\\w.-]+$`).test(volume);
}
