import { STATUS_CODES } from "node:http";

import { type Connection, HttpError } from "../connection";
import { type VerifyState } from "../store/manifest";
import { type BackupType, type GroupId, type SnapshotId } from "../store/snapshot-id";

/** A snapshot as the other server lists it. */
export interface RemoteSnapshot {
  /** Seconds since 1970. */
  readonly time: number;
  /** Last verification there. */
  readonly verification?: VerifyState;
}

/** A datastore from which a sync job fetches. */
export interface PullSource {
  /** Namespaces at and below `ns`, parents first. */
  readonly namespaces: (ns: string, depth: number | undefined) => Promise<string[]>;
  /** Groups of one namespace. */
  readonly groups: (ns: string) => Promise<GroupId[]>;
  /** Snapshots of a group, oldest first. */
  readonly snapshots: (group: GroupId) => Promise<RemoteSnapshot[]>;
  /** Bytes of one file of a snapshot. */
  readonly file: (snapshot: SnapshotId, name: string) => Promise<Buffer>;
  /** Bytes of a chunk that the snapshot names. */
  readonly chunk: (snapshot: SnapshotId, digest: string) => Promise<Buffer>;
}

/** A datastore of another backup server, read with the login of a remote: what that login may not see is not there. */
export class RemoteSource implements PullSource {
  constructor(
    private readonly connection: Connection,
    private readonly store: string,
  ) {}

  /**
   * Namespaces at and below `ns`, parents first.
   * @throws {Error} In the words observed on PBS 4.2.3 where the login may not ask.
   */
  async namespaces(ns: string, depth: number | undefined): Promise<string[]> {
    if (depth === 0 && ns === "") return [ns];
    const query = { ...(depth !== undefined && { "max-depth": depth }), ...(ns !== "" && { parent: ns }) };
    try {
      const listed = await this.connection.api({ method: "GET", path: `${this.#path}/namespace`, query });
      return (listed as { ns: string }[]).map((entry) => entry.ns);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const status = `${error.status} ${STATUS_CODES[error.status] ?? ""}`;
      throw new Error(`Querying namespaces failed - HTTP error ${status} - ${error.message}`);
    }
  }

  /** Groups of one namespace. */
  async groups(ns: string): Promise<GroupId[]> {
    const query = ns === "" ? {} : { ns };
    const listed = await this.connection.api({ method: "GET", path: `${this.#path}/groups`, query });
    const groups = listed as { "backup-type": BackupType; "backup-id": string }[];
    return groups.map((entry) => ({ ns, type: entry["backup-type"], id: entry["backup-id"] }));
  }

  /** Snapshots of a group, oldest first. */
  async snapshots(group: GroupId): Promise<RemoteSnapshot[]> {
    const listed = await this.connection.api({
      method: "GET",
      path: `${this.#path}/snapshots`,
      query: groupQuery(group),
    });
    const snapshots = listed as { "backup-time": number; verification?: VerifyState }[];
    return snapshots
      .map(({ "backup-time": time, verification }) => ({ time, ...(verification && { verification }) }))
      .sort((a, b) => a.time - b.time);
  }

  /** Bytes of one file of a snapshot. */
  file(snapshot: SnapshotId, name: string): Promise<Buffer> {
    return this.#read(`file/${encodeURIComponent(name)}`, snapshot);
  }

  /** Bytes of a chunk that the snapshot names, as they lie there. */
  chunk(snapshot: SnapshotId, digest: string): Promise<Buffer> {
    return this.#read(`chunk/${digest}`, snapshot);
  }

  #read(what: string, snapshot: SnapshotId): Promise<Buffer> {
    const query = { store: this.store, ...groupQuery(snapshot), "backup-time": snapshot.time };
    return this.connection.send({ method: "GET", path: `/lab-backup/read/${what}`, query });
  }

  get #path(): string {
    return `/admin/datastore/${encodeURIComponent(this.store)}`;
  }
}

function groupQuery({ ns, type, id }: GroupId): Record<string, string> {
  return { ...(ns !== "" && { ns }), "backup-type": type, "backup-id": id };
}
