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
  {
    product: "PBS",
    since: "4.2",
    what: "a sync job has worker-threads; before, the parameter is refused, also where it is to be unset (proxmox-backup 4.1.8)",
    answer:
      "it is sent where the program says it, which is refused by name on an older server, and unset where it is set",
  },
  {
    product: "PBS",
    since: "4.1",
    what: "a sync job has unmount-on-done; before, the parameter is refused, also where it is to be unset (proxmox-backup 4.0.20)",
    answer: "the same",
  },
];

/** Whether a version is that minor version or a newer one: `4.1.3` is at least `4.1`. Undefined where it is none. */
export function isAtLeast(version: string, minor: string): boolean | undefined {
  const pattern = /(?:^|\/)(?<first>\d+)\.(?<second>\d+)/;
  const [its, wanted] = [pattern.exec(version)?.groups, pattern.exec(minor)?.groups];
  if (its === undefined || wanted === undefined) return undefined;
  const ahead = Number(its["first"]) - Number(wanted["first"]);
  return ahead === 0 ? Number(its["second"]) >= Number(wanted["second"]) : ahead > 0;
}

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
