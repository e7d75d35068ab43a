/** Type tokens that rules speak of. They are written out: a rule does not trust the code that it checks to name them. */
export const ACL = "resilience:pbs:Acl";
export const BACKUP_JOB = "resilience:pve:BackupJob";
export const DATASTORE = "resilience:pbs:Datastore";
export const FORMER_RIGHT = "resilience:pbs:FormerRight";
export const HA_RESOURCE = "resilience:pve:HaResource";
export const HA_RULE = "resilience:pve:HaRule";
export const PBS_STORAGE = "resilience:pve:PbsStorage";
export const PRUNE_JOB = "resilience:pbs:PruneJob";
export const REPLICATION = "resilience:pve:Replication";
export const SYNC_JOB = "resilience:pbs:SyncJob";
export const TOKEN = "resilience:pbs:Token";
export const USER = "resilience:pbs:User";
export const VERIFY_JOB = "resilience:pbs:VerifyJob";
export const NOTIFICATION_TARGETS = ["resilience:pve:NotificationTarget", "resilience:pbs:NotificationTarget"] as const;

export const ACCESS_APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
export const DNS_RECORD = "cloudflare:index/dnsRecord:DnsRecord";
export const LOAD_BALANCER_POOL = "cloudflare:index/loadBalancerPool:LoadBalancerPool";
export const TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared";
export const COMMAND = "command:remote:Command";
export const CONTAINER = "proxmoxve:index/containerLegacy:ContainerLegacy";
export const PROXMOX_HA_RULE = "proxmoxve:index/harule:Harule";
export const PROXMOX_PBS_STORAGE = "proxmoxve:storage/pbs:Pbs";
export const PROXMOX_REPLICATION = "proxmoxve:index/replication:Replication";
export const PROXMOX_ZFS = "proxmoxve:node/disk/zfs:Zfs";
export const VM = "proxmoxve:index/vmLegacy:VmLegacy";
export const ZFS_STORAGE = "proxmoxve:storage/zfspool:Zfspool";
