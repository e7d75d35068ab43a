import { optional, type Parameters } from "../../core/specification";
import { type Privilege } from "../access/privileges";
import { type Reach } from "../access/rights";
import { type Call } from "../operation";
import { Refusal } from "../refusal";
import { BACKUP_ID, BACKUP_TIME, BACKUP_TYPE, NAMESPACE, STORE } from "../schema";
import { type Datastore } from "../store/datastore";
import { rejectForeignOwner } from "../store/owner";
import { type BackupType, type GroupId, type SnapshotId, snapshotName } from "../store/snapshot-id";

/** Parameters that name a namespace. */
export const IN_NAMESPACE: Parameters = { store: STORE, ns: optional(NAMESPACE) };
/** Parameters that name a group. */
export const ONE_GROUP: Parameters = { ...IN_NAMESPACE, "backup-type": BACKUP_TYPE, "backup-id": BACKUP_ID };
/** Parameters that name a snapshot. */
export const ONE_SNAPSHOT: Parameters = { ...ONE_GROUP, "backup-time": BACKUP_TIME };

/** Privileges for what is done with groups: the first reaches all groups, the second one's own. */
export interface Entitlement {
  /** Reaches all groups. */
  readonly full: Privilege;
  /** Reaches groups whose owner the caller is. */
  readonly limited: Privilege;
}

/** Looking at what there is. */
export const LOOK: Entitlement = { full: "Datastore.Audit", limited: "Datastore.Backup" };
/** Notes and protection. */
export const MARK: Entitlement = { full: "Datastore.Modify", limited: "Datastore.Backup" };
/** Removing snapshots. */
export const PRUNE: Entitlement = { full: "Datastore.Modify", limited: "Datastore.Prune" };
/** Reading contents. */
export const READ: Entitlement = { full: "Datastore.Read", limited: "Datastore.Backup" };
/** Verifying. */
export const VERIFY: Entitlement = { full: "Datastore.Verify", limited: "Datastore.Backup" };

/** Path at which the rights to a namespace are looked up. */
export function namespaceAclPath(store: string, ns: string): string {
  return ns === "" ? `/datastore/${store}` : `/datastore/${store}/${ns}`;
}

/** Namespace that a call names; the root when it names none. */
export function namespaceOf(call: Call): string {
  return call.maybe("ns") ?? "";
}

/** Group that a call names. */
export function groupOf(call: Call): GroupId {
  return { ns: namespaceOf(call), type: call.text("backup-type") as BackupType, id: call.text("backup-id") };
}

/** How far the caller reaches in the namespace that the call names. */
export function reachOf(call: Call, { full, limited }: Entitlement): Reach {
  const path = namespaceAclPath(call.text("store"), namespaceOf(call));
  return call.server.rights.reach(call.authId, path, full, limited);
}

/** Opens the group that a call names, if the caller may do this with it. Rights come before existence. */
export function openGroup(call: Call, entitlement: Entitlement, access: "read" | "write"): [Datastore, GroupId] {
  const reach = reachOf(call, entitlement);
  const store = call.server.datastore(call.text("store"), access);
  const group = groupOf(call);
  if (reach === "own") rejectForeignOwner(call.authId, ownerOf(store, group));
  return [store, group];
}

/** Opens the snapshot that a call names, if the caller may do this with it. */
export function openSnapshot(call: Call, entitlement: Entitlement, access: "read" | "write"): [Datastore, SnapshotId] {
  const [store, group] = openGroup(call, entitlement, access);
  const snapshot = { ...group, time: call.number("backup-time") ?? 0 };
  if (!store.hasSnapshot(snapshot)) throw new Refusal(`snapshot ${snapshotName(snapshot)} does not exist`);
  return [store, snapshot];
}

/** Owner of a group that must be there. */
export function ownerOf(store: Datastore, group: GroupId): string {
  const owner = store.owner(group);
  if (owner === undefined) throw new Refusal(`ENOENT: No such file or directory`);
  return owner;
}
