export { BackupJob, type BackupJobArgs } from "./backup/backup-job";
export { BackupLogin, type BackupLoginArgs } from "./backup/backup-login";
export { Datastore, type DatastoreArgs } from "./backup/datastore";
export { EncryptionKey, type EncryptionKeyArgs } from "./backup/encryption-key";
export { PbsStorage, type PbsAddress, type PbsStorageArgs } from "./backup/pbs-storage";
export { DEFAULT_RETENTION, Retention, type KeepCounts, type RetentionArgs } from "./backup/retention";
export { ZfsPool, type NodeShell, type RaidLevel, type ZfsPoolArgs } from "./storage/zfs-pool";
export { ZfsStorage, type ExistingZfsStorage, type ZfsStorageArgs } from "./storage/zfs-storage";
export { Provider, type ProviderArgs } from "../provider/sdk/provider";
