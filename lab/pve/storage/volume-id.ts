/** A backup on a storage of type pbs: `<storage>:backup/<type>/<id>/<time>`. */
export interface BackupVolume {
  /** Storage. */
  readonly storage: string;
  /** Kind of guest. */
  readonly type: "vm" | "ct";
  /** Guest id as text. */
  readonly id: string;
  /** Start in seconds since 1970. */
  readonly time: number;
}

const VOLUME = /^([A-Za-z][\w.-]*):backup\/(vm|ct)\/(\d+)\/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/** Reads a volume id; undefined when it names no backup. */
export function parseBackupVolume(volid: string): BackupVolume | undefined {
  const [, storage, type, id, stamp] = VOLUME.exec(volid) ?? [];
  if (storage === undefined || type === undefined || id === undefined || stamp === undefined) return undefined;
  return { storage, type: type as "vm" | "ct", id, time: Date.parse(stamp) / 1000 };
}

/** Volume id of a backup. */
export function backupVolumeId({ storage, type, id, time }: BackupVolume): string {
  return `${storage}:backup/${type}/${id}/${timeText(time)}`;
}

/** RFC 3339 in UTC, whole seconds. */
export function timeText(time: number): string {
  return new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
