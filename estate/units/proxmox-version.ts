/** What a version of Proxmox' two servers means to this program. */
export interface ProxmoxProduct {
  /** Name in messages. */
  readonly name: "PVE" | "PBS";
  /** The oldest major version that is served. */
  readonly major: number;
  /** The newest minor version of it with which this was tried. */
  readonly newestMinor: number;
  /** Why an older one is not served, as the end of a sentence. */
  readonly because: string;
  /** What an owner does about it. */
  readonly upgrade: string;
}

/** Proxmox VE. */
export const PVE: ProxmoxProduct = {
  ...{ name: "PVE", major: 9, newestMinor: 2 },
  because: "older ones have groups in the place of HA rules, and other privileges",
  upgrade:
    "upgrade it, https://pve.proxmox.com/wiki/Upgrade_from_8_to_9; PVE 9 makes rules of the groups that there are",
};

/** Proxmox Backup Server. */
export const PBS: ProxmoxProduct = {
  ...{ name: "PBS", major: 4, newestMinor: 2 },
  because: "older ones were never tried",
  upgrade: "upgrade it, https://pbs.proxmox.com/wiki/Upgrade_from_3_to_4; its datastores stay",
};

/** Something that the supported versions do not have in common. */
export interface VersionDifference {
  /** Whose. */
  readonly product: ProxmoxProduct["name"];
  /** Minor version from which on it is so, `9.2`. */
  readonly since: string;
  /** What is so from then on, and how it was before. */
  readonly what: string;
  /** What the program does so that the version makes no difference. */
  readonly answer: string;
}

/**
 * Known differences between the versions that are served. The program has one way that all of them take; the lab has the differences, and a
 * test holds that way against each.
 */
export const VERSION_DIFFERENCES: readonly VersionDifference[] = [
  {
    product: "PVE",
    since: "9.2",
    what: "a change of an HA rule may leave its guests out; before, it has to name them (ha-manager 5.2.0)",
    answer: "guests and type are sent with each change",
  },
  {
    product: "PVE",
    since: "9.2",
    what: "an HA resource has auto-rebalance; before, the parameter is refused (ha-manager after 5.2.0)",
    answer: "it is never sent; what an owner set stays",
  },
  {
    product: "PBS",
    since: "4.2",
    what: "encryption keys are kept on the server, and groups can be moved; before, there is no such path",
    answer: "neither is used: the nodes encrypt",
  },
];

/** Where a version stands: served, too old to be, or newer than what was tried; undefined where it is none. */
export function supportOf(
  { major, newestMinor }: ProxmoxProduct,
  version: string,
): "served" | "old" | "newer" | undefined {
  const { first, second } = /(?:^|\/)(?<first>\d+)\.(?<second>\d+)/.exec(version)?.groups ?? {};
  if (first === undefined || second === undefined) return undefined;
  const [its, minor] = [Number(first), Number(second)];
  if (its < major) return "old";
  return its === major && minor <= newestMinor ? "served" : "newer";
}
