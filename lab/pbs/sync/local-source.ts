import { namespaceAclPath } from "../admin/group-access";
import { type BackupServer } from "../backup-server";
import { type Datastore } from "../store/datastore";
import { ownsGroup } from "../store/owner";
import { type GroupId, type SnapshotId } from "../store/snapshot-id";
import { type PullSource, type RemoteSnapshot } from "./remote-source";

/** Deepest namespace that PBS allows. */
const MAX_DEPTH = 7;

/**
 * Another datastore of the same server, read as the owner of the job: what that one may not read is not there, without a word
 * (observed on PBS 4.2.3).
 */
export class LocalSource implements PullSource {
  constructor(
    private readonly server: BackupServer,
    private readonly name: string,
    private readonly owner: string,
  ) {}

  namespaces(ns: string, depth: number | undefined): Promise<string[]> {
    return Promise.resolve(this.#store.namespaces(ns, depth ?? MAX_DEPTH));
  }

  groups(ns: string): Promise<GroupId[]> {
    const path = namespaceAclPath(this.name, ns);
    const mayAll = this.server.rights.hasAny(this.owner, path, ["Datastore.Read"]);
    const mayOwn = this.server.rights.hasAny(this.owner, path, ["Datastore.Backup"]);
    const isSeen = (group: GroupId): boolean =>
      mayAll || (mayOwn && ownsGroup(this.owner, this.#store.owner(group) ?? ""));
    return Promise.resolve(this.#store.groups(ns).filter(isSeen));
  }

  snapshots(group: GroupId): Promise<RemoteSnapshot[]> {
    const store = this.#store;
    const found = store.snapshots(group).map((snapshot) => {
      const verification = store.manifest(snapshot).unprotected.verify_state;
      return { time: snapshot.time, ...(verification !== undefined && { verification }) };
    });
    return Promise.resolve(found.reverse());
  }

  file(snapshot: SnapshotId, name: string): Promise<Buffer> {
    return Promise.resolve(this.#store.file(snapshot, name));
  }

  chunk(_: SnapshotId, digest: string): Promise<Buffer> {
    return this.#store.chunks.get(digest);
  }

  get #store(): Datastore {
    return this.server.datastore(this.name, "read");
  }
}
