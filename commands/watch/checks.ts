import { isOnPaper, overdueChecks, type EscrowRecord } from "../../estate/escrow-record";
import { type ObservedGroup, type Observation } from "../../estate/observation";
import { type Parsed } from "../../estate/problem";
import { intervalOf } from "../../planning/calendar-interval";
import { type KeptJob } from "../engine/state";
import { DAY_MS, GRACE_HOURS, HOUR_MS } from "./hours";

/** Something that deserves a person's attention now. */
export interface Alarm {
  /** What it is about. */
  readonly what: string;
  /** What was found, and what to do, as a sentence. */
  readonly text: string;
}

/** How full a datastore is. */
export interface Fill {
  /** Name of the datastore. */
  readonly store: string;
  /** Bytes. */
  readonly total: number;
  /** Bytes. */
  readonly used: number;
  /** Whether the datastore lies in a bucket, and what is full is the disk of its cache. */
  readonly isCache?: boolean;
}

/** The certificate that a server shows. */
export interface Shown {
  /** Whose. */
  readonly server: string;
  /** SHA-256 of it, in lower case with colons; undefined when nothing answered. */
  readonly fingerprint: string | undefined;
  /** Fingerprint that the settings name; undefined where a certificate authority decides. */
  readonly pinned: string | undefined;
  /** Last day on which it counts. */
  readonly until: Date | undefined;
}

/** From here on a datastore is said: garbage collection needs room, and a full one refuses backups. */
const FULL = 0.85;

/** Datastores that are nearly full. */
export function fillAlarms(fills: readonly Fill[]): Alarm[] {
  return fills
    .filter(({ total, used }) => total > 0 && used / total >= FULL)
    .map(({ store, total, used, isCache = false }) => ({
      what: `datastore ${store}`,
      text: isCache
        ? `the disk of its cache is ${percent(used / total)} full; its bucket is not: give the cache a disk of its own, 64 to 128 GiB`
        : `it is ${percent(used / total)} full; free room or add a disk before backups are refused`,
    }));
}

/** Days before its end at which a certificate is said: most renew themselves later than that. */
const CERTIFICATE_DAYS = 14;

/** Certificates that are not the pinned one, or soon end: the nodes then refuse the server, and the next backup fails. */
export function certificateAlarms(shown: readonly Shown[], now: Date): Alarm[] {
  return shown.flatMap(({ server, fingerprint, pinned, until }) => {
    const what = `certificate of ${server}`;
    if (fingerprint === undefined)
      return [{ what, text: "nothing answered; look whether the machine and its service run" }];
    if (pinned !== undefined && pinned !== fingerprint) {
      const text = `it is another than the settings name: ${fingerprint}; compare it on the server's own console, and write it down if it is right`;
      return [{ what, text }];
    }
    const days = until === undefined ? Infinity : Math.floor((until.getTime() - now.getTime()) / DAY_MS);
    if (days > CERTIFICATE_DAYS) return [];
    const pin =
      pinned === undefined ? "" : " The new one has another fingerprint: write it into the settings on the same day.";
    return [{ what, text: `it ends in ${days} days.${pin}` }];
  });
}

/** Guests in a backup job without a backup as fresh as it should be. Where backups could not be seen, that is the alarm. */
export function ageAlarms(jobs: readonly KeptJob[], { backupGroups }: Observation, now: Date): Alarm[] {
  if (backupGroups?.complete !== true) {
    const why = backupGroups?.because?.join("; ") ?? "nobody could look";
    return [{ what: "backups", text: `they could not be seen: ${why}` }];
  }
  return jobs.flatMap(({ vmids, schedule }) => {
    const oldest = intervalOf(schedule) / 3_600 + GRACE_HOURS;
    return vmids.flatMap((vmid) => {
      const texts = ageAlarm([`vm/${vmid}`, `ct/${vmid}`], oldest, backupGroups.items, now);
      return texts.map((text) => ({ what: `guest ${vmid}`, text }));
    });
  });
}

function ageAlarm(of: readonly string[], oldest: number, groups: readonly ObservedGroup[], now: Date): string[] {
  const own = groups.filter(({ group }) => of.includes(group));
  const newest = Math.max(...own.map((one) => Date.parse(one.newest ?? "1970-01-01T00:00:00Z")));
  if (own.length === 0) return ["it has no backup at all"];
  const hours = Math.floor((now.getTime() - newest) / HOUR_MS);
  return hours <= oldest ? [] : [`its newest backup is ${hours} hours old`];
}

/** Hours between two backups of a configuration: its timer is a daily one. */
const CONFIGURATION_HOURS = 24;

/**
 * Nodes and guests whose configuration was not kept in the last day. Its timer runs on the node itself, so neither PVE nor PBS
 * says when it fails.
 * @param names Of nodes and guests, as in their backup group `host/<name>`.
 */
export function configurationAlarms(names: readonly string[], { backupGroups }: Observation, now: Date): Alarm[] {
  // That the backups cannot be seen at all is said once, by the guests' alarms.
  if (backupGroups?.complete !== true) return [];
  return names.flatMap((name) => {
    const alarm = ageAlarm([`host/${name}`], CONFIGURATION_HOURS + GRACE_HOURS, backupGroups.items, now);
    const look = "; on its node: journalctl -u 'tappaas-host-config*'";
    return alarm.map((text) => ({ what: `configuration of ${name}`, text: `${text}${look}` }));
  });
}

/** A storage into which the nodes would write tonight without the site's key: in the clear, or with one that nobody keeps. */
export function keyAlarms({ storage, key }: KeyedStorage, { storages }: Observation): Alarm[] {
  const found = storages.items.find((item) => item.storage === storage);
  if (found === undefined || found.encryptionKey?.toLowerCase() === key.toLowerCase()) return [];
  const what = `storage ${storage}`;
  const cure = "`make up` puts the site's key back; until then switch the backup job off";
  if (found.encryptionKey === undefined)
    return [{ what, text: `it has no encryption key: the next backup would lie in the clear on the server; ${cure}` }];
  return [
    { what, text: `it has another encryption key than the settings name: no escrow sheet reads its backups; ${cure}` },
  ];
}

/** A storage of backups, and the key that it has to carry. */
export interface KeyedStorage {
  /** Name of the entry in PVE. */
  readonly storage: string;
  /** Fingerprint of the site's key. */
  readonly key: string;
}

/** From here on ZFS searches long for free room, and everything on the pool becomes slower. */
const FULL_POOL = 0.8;

/** Pools and disks in trouble. */
export function healthAlarms({ pools, disks }: Observation): Alarm[] {
  const full = pools.items.flatMap(({ name, node, size, free, lastSeen: gone }) => {
    const used = free === undefined || gone !== undefined || size === 0 ? 0 : (size - free) / size;
    if (used < FULL_POOL) return [];
    const text = `it is ${percent(used)} full: it becomes slow from here on, and a full one stops its guests; move a guest, or add disks`;
    return [{ what: `pool ${name} on ${node}`, text }];
  });
  const sick = pools.items.filter(({ health, lastSeen }) => health !== "ONLINE" && lastSeen === undefined);
  const dying = (disks?.items ?? []).filter(
    ({ health, lifeLeft }) => (health !== undefined && BAD.test(health)) || (lifeLeft !== undefined && lifeLeft <= 10),
  );
  return [
    ...full,
    ...sick.map(({ name, node, health }) => ({
      what: `pool ${name} on ${node}`,
      text: `it is ${health}; look at "zpool status ${name}" and replace what failed`,
    })),
    ...dying.map(({ id, node, health, lifeLeft }) => ({
      what: `disk ${id} on ${node}`,
      text: `S.M.A.R.T. says ${health ?? "nothing"}${lifeLeft === undefined ? "" : `, ${lifeLeft} % of its life is left`}; replace it`,
    })),
  ];
}

const BAD = /^(?:FAILED|FAILING|UNKNOWN!)/i;

/** Sheets that nobody has looked at for long, or that are written down nowhere. */
export function escrowAlarms(read: Parsed<EscrowRecord> | undefined, now: Date): Alarm[] {
  if (read?.ok === false) {
    const wrong = read.problems.map(({ path, expected }) => `${path}: expected ${expected}`).join("; ");
    return [{ what: "escrow", text: `escrow.json cannot be read, so nobody knows where the sheets are: ${wrong}` }];
  }
  if (read === undefined || !isOnPaper(read.value)) {
    return [
      {
        what: "escrow",
        text: "no place of the escrow sheet is written down; without a sheet a fire takes every backup",
      },
    ];
  }
  return overdueChecks(read.value, now.getTime()).map(({ who, where, days }) => ({
    what: `escrow sheet of ${who}, ${where}`,
    text: `nobody has looked at it for ${days} days; read it, compare its fingerprint, and write the day into escrow.json`,
  }));
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
