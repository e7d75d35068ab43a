import { type Operation } from "./operation";
import { RIGHTS } from "./operations/acl";
import { BACKUP_JOBS } from "./operations/backup-job";
import { CLUSTER } from "./operations/cluster";
import { CLUSTER_OPTIONS } from "./operations/cluster-options";
import { CONTENT } from "./operations/content";
import { DISKS } from "./operations/disk";
import { DISK_MOVES } from "./operations/disk-move";
import { DOWNLOADS } from "./operations/download";
import { FILE_RESTORES } from "./operations/file-restore";
import { GUESTS } from "./operations/guest";
import { GUEST_AGENT } from "./operations/guest-agent";
import { GUEST_CONFIG } from "./operations/guest-config";
import { GUEST_POWER } from "./operations/guest-power";
import { GUEST_SNAPSHOTS } from "./operations/guest-snapshot";
import { GUEST_RESTORE } from "./operations/guest-restore";
import { HA_RULES } from "./operations/ha-rule";
import { HA_STATUS } from "./operations/ha-status";
import { HIGH_AVAILABILITY } from "./operations/high-availability";
import { LOGINS } from "./operations/login";
import { NODE_DNS } from "./operations/node-dns";
import { NODE_NETWORK } from "./operations/node-network";
import { MIGRATIONS } from "./operations/migration";
import { NODE_STATUS } from "./operations/node-status";
import { NODE_STORAGES } from "./operations/node-storage";
import { NODE_TIME } from "./operations/node-time";
import { NOTIFICATIONS } from "./operations/notification";
import { REPLICATION } from "./operations/replication";
import { REPLICATION_STATUS } from "./operations/replication-status";
import { ROLE_OPERATIONS } from "./operations/role";
import { START_ALL } from "./operations/start-all";
import { STORAGES } from "./operations/storage";
import { TASKS } from "./operations/task";
import { TOKENS } from "./operations/token";
import { USERS } from "./operations/user";
import { VERSION } from "./operations/version";
import { VZDUMPS } from "./operations/vzdump";

/** Every operation of PVE that the lab knows; all others answer 501 with their name. */
export const OPERATIONS: readonly Operation[] = [
  ...VERSION,
  ...LOGINS,
  ...USERS,
  ...TOKENS,
  ...RIGHTS,
  ...ROLE_OPERATIONS,
  ...STORAGES,
  ...BACKUP_JOBS,
  ...NODE_TIME,
  ...NODE_DNS,
  ...REPLICATION,
  ...REPLICATION_STATUS,
  ...CLUSTER,
  ...CLUSTER_OPTIONS,
  ...NODE_NETWORK,
  ...NODE_STATUS,
  ...NODE_STORAGES,
  ...HIGH_AVAILABILITY,
  ...HA_RULES,
  ...HA_STATUS,
  ...MIGRATIONS,
  ...NOTIFICATIONS,
  ...CONTENT,
  ...FILE_RESTORES,
  ...DOWNLOADS,
  ...GUESTS,
  ...GUEST_AGENT,
  ...GUEST_CONFIG,
  ...DISK_MOVES,
  ...GUEST_POWER,
  ...GUEST_RESTORE,
  ...START_ALL,
  ...GUEST_SNAPSHOTS,
  ...VZDUMPS,
  ...DISKS,
  ...TASKS,
];
