import { type Socket } from "node:net";

/** Where backups go, and as whom. */
export interface BackupTarget {
  /** Address or name of the backup server. */
  readonly server: string;
  /** Port of its API, usually 8007. */
  readonly port: number;
  /** SHA-256 of its certificate; checked before any credential is sent. Without it the system's CAs decide. */
  readonly fingerprint?: string;
  /** `user@realm` or `user@realm!token`. */
  readonly authId: string;
  /** Password or token secret. */
  readonly secret: string;
  /** Datastore. */
  readonly datastore: string;
  /** Namespace; empty for the root. */
  readonly ns: string;
  /** How a machine of the lab comes there, over its links and its network. @default - from this machine */
  readonly dial?: (host: string, port: number) => Promise<Socket>;
}

/** One backup to be made. */
export interface BackupOrder {
  /** Kind of what is backed up. */
  readonly type: "vm" | "ct" | "host";
  /** Guest id as text, or a host's name. */
  readonly id: string;
  /** Start in seconds since 1970. */
  readonly time: number;
  /** Small files by name: `qemu-server.conf`, `pct.conf`. */
  readonly blobs: Readonly<Record<string, Buffer>>;
  /** Disk contents by name: `drive-scsi0.img`, `rootfs.img`. */
  readonly images: Readonly<Record<string, Buffer>>;
  /** Key JSON in PBS's form; absent for a backup in clear. */
  readonly key?: string;
  /** RSA public key as PEM, to which the key is encrypted besides. */
  readonly masterKey?: string;
  /** Notes to be stored with the snapshot. */
  readonly notes?: string;
  /** Shown each line that the client prints. */
  readonly log?: (line: string) => void;
}

/** A snapshot as the content list shows it. */
export interface BackupListItem {
  /** Kind of guest. */
  readonly type: string;
  /** Guest id as text. */
  readonly id: string;
  /** Start in seconds since 1970. */
  readonly time: number;
  /** Bytes of all its files. */
  readonly size: number;
  /** Its files, as the server tells them. */
  readonly files?: readonly unknown[];
  /** Whether pruning passes it by. */
  readonly protected: boolean;
  /** Owner of its group. */
  readonly owner: string;
  /** Notes. */
  readonly comment?: string;
  /** Fingerprint of the key it is encrypted with. */
  readonly fingerprint?: string;
  /** Last verification. */
  readonly verification?: { readonly state: string; readonly upid: string };
}

/** Contents of a snapshot, read back. */
export interface BackupContents {
  /** Small files by name. */
  readonly blobs: Readonly<Record<string, Buffer>>;
  /** Disk contents by name. */
  readonly images: Readonly<Record<string, Buffer>>;
}

/** How full a datastore is, in bytes. */
export interface DatastoreUsage {
  /** Size. */
  readonly total: number;
  /** Used. */
  readonly used: number;
  /** Free. */
  readonly avail: number;
}

/**
 * A connection to one datastore over HTTPS. Errors carry the texts of Proxmox's own client, because PVE shows them in
 * its task logs.
 */
export interface Backups {
  /** Uploads a backup: chunks that are not there yet, indexes, manifest. */
  backup(order: BackupOrder): Promise<void>;
  /** Reads a snapshot back, or its small files alone, as for the configuration of a guest; `key` is the key JSON. */
  restore(
    snapshot: { readonly type: string; readonly id: string; readonly time: number },
    key?: string,
    parts?: "all" | "blobs",
  ): Promise<BackupContents>;
  /** Names of the files in a snapshot; `key` is the key JSON, which an encrypted one takes. */
  files(
    snapshot: { readonly type: string; readonly id: string; readonly time: number },
    key?: string,
  ): Promise<string[]>;
  /** Snapshots that this login may see. */
  list(): Promise<BackupListItem[]>;
  /** Usage; fails when the datastore is not there or not visible. */
  usage(): Promise<DatastoreUsage>;
  /** Names of the datastores that this login may see. */
  datastores(): Promise<string[]>;
  /** Forgets one snapshot. */
  forget(snapshot: { readonly type: string; readonly id: string; readonly time: number }): Promise<void>;
}

/** What `lab/pbs/client.ts` exports as `connect`. It asks nothing of the server yet. */
export type Connect = (target: BackupTarget) => Backups;
