import { resourceRule } from "./rule";
import { ACL } from "./types";

/** Roles of PBS that may delete no backup. Every other one may, or is not known here. */
const HARMLESS: readonly string[] = [
  "Audit",
  "DatastoreAudit",
  "DatastoreReader",
  "DatastoreBackup",
  "RemoteAudit",
  "NoAccess",
];

/** Whoever takes over a node must not be able to delete what it backed up. */
export const noDeletingRole = resourceRule(
  { name: "no-deleting-role", description: "No login of the program's making may delete backups." },
  [ACL],
  ({ props }) => {
    const role = String(props["role"]);
    return HARMLESS.includes(role)
      ? []
      : [`${String(props["authId"])} must not be able to delete backups: give it DatastoreBackup instead of ${role}.`];
  },
);
