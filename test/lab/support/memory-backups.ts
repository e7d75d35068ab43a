import { type BackupOrder, type Backups, type BackupTarget, type Connect } from "../../../lab/pbs/client-interface";

/** A backup server that a test keeps in memory: one datastore, one login, snapshots with the key they were made with. */
export class MemoryBackups {
  readonly snapshots: BackupOrder[] = [];
  /** Every connection that was opened. */
  readonly targets: BackupTarget[] = [];

  constructor(
    readonly datastore: string,
    readonly secret: string,
  ) {}

  /** What a node is given to connect with. */
  readonly connect: Connect = (target) => {
    this.targets.push(target);
    return this.connection(target);
  };

  private connection(target: BackupTarget): Backups {
    const checked = <T>(value: () => T): Promise<T> =>
      target.secret === this.secret ? Promise.resolve().then(value) : Promise.reject(new Error("401 Unauthorized"));
    return {
      datastores: () => checked(() => [this.datastore]),
      usage: () => checked(() => ({ total: 100, used: 10, avail: 90 })),
      backup: (order) => checked(() => void this.snapshots.push(order)),
      list: () => checked(() => this.snapshots.map(listItem)),
      restore: (snapshot, key) => checked(() => this.opened(snapshot, key)),
      files: (snapshot, key) =>
        checked(() => Object.keys(this.opened(snapshot, key).images).map((name) => `${name}.fidx`)),
      forget: () => Promise.reject(new Error("not in memory")),
    };
  }

  private opened({ id, time }: { id: string; time: number }, key: string | undefined): BackupOrder {
    const found = this.snapshots.find((snapshot) => snapshot.id === id && snapshot.time === time);
    if (found === undefined) throw new Error("snapshot does not exist");
    if (found.key !== key) throw new Error("wrong key - unable to verify signature");
    return found;
  }
}

function listItem({ type, id, time, images, key, notes }: BackupOrder) {
  const size = Object.values(images).reduce((sum, bytes) => sum + bytes.length, 0);
  const fingerprint =
    key === undefined ? {} : { fingerprint: (JSON.parse(key) as { fingerprint: string }).fingerprint };
  const item = { type, id, time, size, protected: false, owner: "pve@pbs!one", ...fingerprint };
  return notes === undefined ? item : { ...item, comment: notes };
}
