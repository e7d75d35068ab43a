import { type AccessState } from "./access";
import { type DeepReadonly } from "../core/state";

const VM_CONFIG = ["CDROM", "Cloudinit", "CPU", "Disk", "HWType", "Memory", "Network", "Options"].map(
  (option) => `VM.Config.${option}`,
);
const GUEST_AGENT = ["Audit", "FileRead", "FileSystemMgmt", "FileWrite", "Unrestricted"].map(
  (right) => `VM.GuestAgent.${right}`,
);
const VM_USER = ["VM.Audit", "VM.Backup", "VM.Config.CDROM", "VM.Config.Cloudinit", "VM.Console", "VM.PowerMgmt"];
const VM_AGENT_USER = ["VM.GuestAgent.Audit", "VM.GuestAgent.FileRead", "VM.GuestAgent.FileSystemMgmt"];
const VM_ADMIN = [
  ...new Set([...VM_USER, ...VM_CONFIG, ...GUEST_AGENT]),
  ...["VM.Allocate", "VM.Clone", "VM.Migrate", "VM.Replicate", "VM.Snapshot", "VM.Snapshot.Rollback"],
];
const DATASTORE_ADMIN = [
  ...["Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit"],
];
const AUDIT = ["Datastore.Audit", "Mapping.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit", "VM.Audit"];
const USER_ADMIN = ["Group.Allocate", "Realm.AllocateUser", "User.Modify"];
const SYS_ADMIN = ["Sys.Audit", "Sys.Console", "Sys.Syslog"];
const ADMIN = [
  ...new Set([...VM_ADMIN, ...DATASTORE_ADMIN, ...AUDIT, ...USER_ADMIN, ...SYS_ADMIN]),
  ...["Mapping.Modify", "Mapping.Use", "Pool.Allocate", "SDN.Allocate", "SDN.Use"],
];
const ROOT_ONLY = [
  "Permissions.Modify",
  "Realm.Allocate",
  "Sys.AccessNetwork",
  "Sys.Incoming",
  "Sys.Modify",
  "Sys.PowerMgmt",
];

/** Privileges of PVE's built-in roles. Source: pve-access-control 9, src/PVE/AccessControl.pm. */
export const ROLES: Readonly<Record<string, readonly string[]>> = {
  Administrator: [...ADMIN, ...ROOT_ONLY],
  NoAccess: [],
  PVEAdmin: ADMIN,
  PVEAuditor: [...AUDIT, "VM.GuestAgent.Audit"],
  PVEDatastoreAdmin: DATASTORE_ADMIN,
  PVEDatastoreUser: ["Datastore.AllocateSpace", "Datastore.Audit"],
  PVEPoolAdmin: ["Pool.Allocate", "Pool.Audit"],
  PVEPoolUser: ["Pool.Audit"],
  PVESDNAdmin: ["SDN.Allocate", "SDN.Audit", "SDN.Use"],
  PVESDNUser: ["SDN.Audit", "SDN.Use"],
  PVESysAdmin: SYS_ADMIN,
  PVETemplateUser: ["VM.Audit", "VM.Clone"],
  PVEUserAdmin: USER_ADMIN,
  PVEVMAdmin: VM_ADMIN,
  PVEVMUser: [...VM_USER, ...VM_AGENT_USER],
};

/** Every privilege there is. */
export const ALL_PRIVILEGES: readonly string[] = [...new Set(ROLES["Administrator"])].sort();

/** Privileges of a role, built in or made; undefined when there is no such role. */
export function privilegesOf(access: DeepReadonly<AccessState>, roleid: string): readonly string[] | undefined {
  return ROLES[roleid] ?? access.roles?.[roleid];
}
