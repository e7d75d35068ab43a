import { flag, optional, text } from "../../core/specification";
import { ANYBODY, type Call, type Operation, type Reply } from "../operation";
import { BACKUP_ID, BACKUP_TYPE } from "../schema";
import { type Datastore } from "../store/datastore";
import { MANIFEST_NAME, type ManifestFile } from "../store/manifest";
import { ownsGroup } from "../store/owner";
import { type GroupId, type SnapshotId } from "../store/snapshot-id";
import {
  IN_NAMESPACE,
  LOOK,
  MARK,
  namespaceOf,
  ONE_GROUP,
  ONE_SNAPSHOT,
  openGroup,
  openSnapshot,
  PRUNE,
  reachOf,
} from "./group-access";

const AT = "/admin/datastore/{store}";

/** Groups and snapshots of a datastore, their notes and their protection. */
export const SNAPSHOT_OPERATIONS: readonly Operation[] = [
  {
    name: `GET ${AT}/snapshots`,
    permission: ANYBODY,
    parameters: { ...IN_NAMESPACE, "backup-type": optional(BACKUP_TYPE), "backup-id": optional(BACKUP_ID) },
    run: listSnapshots,
  },
  { name: `GET ${AT}/groups`, permission: ANYBODY, parameters: IN_NAMESPACE, run: listGroups },
  { name: `GET ${AT}/files`, permission: ANYBODY, parameters: ONE_SNAPSHOT, run: listFiles },
  { name: `DELETE ${AT}/snapshots`, permission: ANYBODY, parameters: ONE_SNAPSHOT, run: forgetSnapshot },
  { name: `GET ${AT}/notes`, permission: ANYBODY, parameters: ONE_SNAPSHOT, run: readNotes },
  { name: `PUT ${AT}/notes`, permission: ANYBODY, parameters: { ...ONE_SNAPSHOT, notes: text() }, run: writeNotes },
  { name: `GET ${AT}/group-notes`, permission: ANYBODY, parameters: ONE_GROUP, run: readGroupNotes },
  {
    name: `PUT ${AT}/group-notes`,
    permission: ANYBODY,
    parameters: { ...ONE_GROUP, notes: text() },
    run: writeGroupNotes,
  },
  { name: `GET ${AT}/protected`, permission: ANYBODY, parameters: ONE_SNAPSHOT, run: readProtection },
  {
    name: `PUT ${AT}/protected`,
    permission: ANYBODY,
    parameters: { ...ONE_SNAPSHOT, protected: flag() },
    run: writeProtection,
  },
];

/** Groups that the caller may look at: all, or those of its own (observed on PBS 4.2.3). */
function visibleGroups(call: Call): [Datastore, GroupId[]] {
  const reach = reachOf(call, LOOK);
  const store = call.server.datastore(call.text("store"), "read");
  const groups = store.groups(namespaceOf(call)).filter((group) => store.owner(group) !== undefined);
  return [store, groups.filter((group) => reach === "all" || ownsGroup(call.authId, store.owner(group) ?? ""))];
}

function listSnapshots(call: Call): Reply {
  const [store, groups] = visibleGroups(call);
  const wanted = groups.filter(
    ({ type, id }) => type === (call.maybe("backup-type") ?? type) && id === (call.maybe("backup-id") ?? id),
  );
  const snapshots = wanted.flatMap((group) => store.snapshots(group));
  return { data: snapshots.map((snapshot) => snapshotEntry(store, snapshot)) };
}

function snapshotEntry(store: Datastore, snapshot: SnapshotId): object {
  const { files, unprotected } = store.manifest(snapshot);
  const { "key-fingerprint": fingerprint, notes = "", verify_state: verification } = unprotected;
  const comment = notes.split("\n", 1)[0];
  return {
    "backup-type": snapshot.type,
    "backup-id": snapshot.id,
    "backup-time": snapshot.time,
    files: fileEntries(store, snapshot, files),
    owner: store.owner(snapshot),
    protected: store.isProtected(snapshot),
    size: files.reduce((sum, { size }) => sum + size, 0),
    ...(comment !== "" && { comment }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(verification !== undefined && { verification }),
  };
}

function fileEntries(store: Datastore, snapshot: SnapshotId, files: readonly ManifestFile[]): object[] {
  const listed = files.map(({ filename, size, "crypt-mode": mode }) => ({ filename, size, "crypt-mode": mode }));
  const manifest = { filename: MANIFEST_NAME, size: store.file(snapshot, MANIFEST_NAME).length, "crypt-mode": "none" };
  return [...listed, manifest];
}

function listGroups(call: Call): Reply {
  const [store, groups] = visibleGroups(call);
  const entries = groups.map((group) => {
    const [newest, ...older] = store.snapshots(group);
    if (newest === undefined) return undefined;
    return {
      "backup-type": group.type,
      "backup-id": group.id,
      "backup-count": older.length + 1,
      "last-backup": newest.time,
      files: [...store.manifest(newest).files.map(({ filename }) => filename), MANIFEST_NAME],
      owner: store.owner(group),
      ...commentOf(store.groupNotes(group)),
    };
  });
  return { data: entries.filter((entry) => entry !== undefined) };
}

function commentOf(notes: string): { readonly comment?: string } {
  const [comment = ""] = notes.split("\n", 1);
  return comment === "" ? {} : { comment };
}

function listFiles(call: Call): Reply {
  const [store, snapshot] = openSnapshot(call, LOOK, "read");
  return { data: fileEntries(store, snapshot, store.manifest(snapshot).files) };
}

async function forgetSnapshot(call: Call): Promise<Reply> {
  const [store, snapshot] = openSnapshot(call, PRUNE, "write");
  await store.removeSnapshot(snapshot);
  return { data: null };
}

function readNotes(call: Call): Reply {
  const [store, snapshot] = openSnapshot(call, LOOK, "read");
  return { data: store.manifest(snapshot).unprotected.notes ?? "" };
}

async function writeNotes(call: Call): Promise<Reply> {
  const [store, snapshot] = openSnapshot(call, MARK, "write");
  await store.setUnprotected(snapshot, { notes: call.text("notes") });
  return { data: null };
}

function readGroupNotes(call: Call): Reply {
  const [store, group] = openGroup(call, LOOK, "read");
  return { data: store.groupNotes(group) };
}

async function writeGroupNotes(call: Call): Promise<Reply> {
  const [store, group] = openGroup(call, MARK, "write");
  await store.setGroupNotes(group, call.text("notes"));
  return { data: null };
}

function readProtection(call: Call): Reply {
  const [store, snapshot] = openSnapshot(call, LOOK, "read");
  return { data: store.isProtected(snapshot) };
}

async function writeProtection(call: Call): Promise<Reply> {
  const [store, snapshot] = openSnapshot(call, MARK, "write");
  await store.setProtected(snapshot, call.flag("protected"));
  return { data: null };
}
