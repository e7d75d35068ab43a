/** All privileges, in the order of the manual. PBS 4.2 manual, User Management, Privileges. */
export const PRIVILEGES = [
  "Sys.Audit",
  "Sys.Modify",
  "Sys.PowerManagement",
  "Sys.Console",
  "Permissions.Modify",
  "Realm.Allocate",
  "Datastore.Allocate",
  "Datastore.Audit",
  "Datastore.Modify",
  "Datastore.Read",
  "Datastore.Verify",
  "Datastore.Backup",
  "Datastore.Prune",
  "Remote.Audit",
  "Remote.Modify",
  "Remote.Read",
  "Remote.DatastoreBackup",
  "Remote.DatastoreModify",
  "Remote.DatastorePrune",
  "Tape.Audit",
  "Tape.Modify",
  "Tape.Read",
  "Tape.Write",
] as const;

/** One thing that somebody may do. */
export type Privilege = (typeof PRIVILEGES)[number];

const DATASTORE_AUDIT = ["Datastore.Audit"] as const;
const DATASTORE_READ = [...DATASTORE_AUDIT, "Datastore.Read", "Datastore.Verify"] as const;

/**
 * What each role may do. There are no roles of one's own. `DatastoreAdmin` may not remove a datastore, and
 * `DatastorePowerUser` does not audit (observed on PBS 4.2.3).
 */
export const ROLES: Readonly<Record<string, readonly Privilege[]>> = {
  Admin: PRIVILEGES,
  Audit: ["Sys.Audit", "Datastore.Audit"],
  NoAccess: [],
  DatastoreAdmin: [...DATASTORE_READ, "Datastore.Modify", "Datastore.Backup", "Datastore.Prune"],
  DatastoreReader: DATASTORE_READ,
  DatastoreBackup: ["Datastore.Backup"],
  DatastorePowerUser: ["Datastore.Backup", "Datastore.Prune"],
  DatastoreAudit: DATASTORE_AUDIT,
  RemoteAudit: ["Remote.Audit"],
  RemoteAdmin: ["Remote.Audit", "Remote.Modify", "Remote.Read"],
  RemoteSyncOperator: ["Remote.Audit", "Remote.Read"],
  RemoteSyncPushOperator: ["Remote.Audit", "Remote.DatastoreBackup"],
  RemoteDatastorePowerUser: ["Remote.DatastoreBackup", "Remote.DatastorePrune"],
  RemoteDatastoreAdmin: ["Remote.DatastoreBackup", "Remote.DatastoreModify", "Remote.DatastorePrune"],
  TapeAudit: ["Tape.Audit"],
  TapeAdmin: ["Tape.Audit", "Tape.Modify", "Tape.Read", "Tape.Write"],
  TapeOperator: ["Tape.Audit", "Tape.Read", "Tape.Write"],
  TapeReader: ["Tape.Audit", "Tape.Read"],
};
