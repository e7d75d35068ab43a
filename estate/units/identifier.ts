/** Names that Proxmox, ZFS and Linux accept for the things they own. */
export type IdentifierKind = keyof typeof RULES;

interface Rule {
  readonly accepts: RegExp;
  readonly refuses?: RegExp;
  readonly expected: string;
}

/** What each kind of name may look like. The sources are PBS 4.2's and PVE 9.2's API viewers, zpool-create(8) and RFC 1123. */
const RULES = {
  /** PBS `PROXMOX_SAFE_ID_FORMAT`, 3 to 32: datastores, prune, sync and verify jobs, remotes, token names. */
  pbsId: {
    accepts: /^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/,
    expected: '3 to 32 letters, digits, "_", "." or "-"',
  },
  /** PVE `pve-configid`: targets of messages and rules for them, jobs. */
  pveId: {
    accepts: /^[A-Za-z][A-Za-z0-9_-]+$/,
    expected: 'a letter, then letters, digits, "_" or "-"',
  },
  /** PVE `pve-storage-id`. */
  storage: {
    accepts: /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/,
    expected: 'a storage such as "tanka1": a letter, then letters, digits, "-", "_" or "."',
  },
  /** PBS namespace, at most 8 parts and 256 characters; the empty text is the root namespace. */
  namespace: {
    accepts: /^(?=.{0,256}$)(?:[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,7})?$/,
    expected: 'a namespace such as "remote/oak"',
  },
  /** A PVE node's host name. */
  node: { accepts: /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, expected: 'a node name such as "tappaas1"' },
  /** A ZFS pool; zpool-create(8) keeps some beginnings for itself. */
  zfsPool: {
    accepts: /^[A-Za-z][A-Za-z0-9_.:-]*$/,
    refuses: /^(?:mirror|raidz|draid|spare|log$|c\d)/,
    expected: 'a ZFS pool name such as "tanka1"',
  },
  /** A disk by its name in /dev/disk/by-id, which stays when cables are swapped. */
  disk: {
    accepts: /^[A-Za-z0-9][A-Za-z0-9_.:+-]*$/,
    refuses: /^(?:sd[a-z]+|vd[a-z]+|nvme\d+n\d+)$/,
    expected: "a name from /dev/disk/by-id",
  },
  /** A directory, absolute and without a trailing slash. */
  path: { accepts: /^(?:\/[^/\s]+)+$/, expected: 'an absolute path such as "/tankc1/tappaas_backup"' },
  /** A host name, an IPv4 or an IPv6 address. */
  address: { accepts: /^[A-Za-z0-9][A-Za-z0-9.:_-]*$|^::1$/, expected: "a host name or an address" },
  /** A network by address and length of its prefix, IPv4 or IPv6. */
  network: {
    accepts:
      /^(?:\d{1,3}(?:\.\d{1,3}){3}\/(?:[0-9]|[12]\d|3[0-2])|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*\/(?:\d{1,2}|1[01]\d|12[0-8]))$/,
    expected: 'a network such as "10.0.1.0/24"',
  },
  /** A PBS or PVE user with its realm. */
  userId: { accepts: /^[^\s:/@!]+@[A-Za-z][A-Za-z0-9._-]+$/, expected: 'a user such as "tappaas@pbs"' },
} as const satisfies Record<string, Rule>;

/** Whether `text` may name a thing of this kind. */
export function isIdentifier(kind: IdentifierKind, text: string): boolean {
  const rule: Rule = RULES[kind];
  return rule.accepts.test(text) && rule.refuses?.test(text) !== true;
}

/** What a name of this kind looks like, for an error: starts in lower case, ends without a full stop. */
export function identifierForm(kind: IdentifierKind): string {
  return RULES[kind].expected;
}
