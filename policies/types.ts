/** Type tokens that rules speak of. They are written out: a rule does not trust the code that it checks to name them. */
export const ACL = "resilience:pbs:Acl";
export const BACKUP_JOB = "resilience:pve:BackupJob";
export const DATASTORE = "resilience:pbs:Datastore";
export const FORMER_RIGHT = "resilience:pbs:FormerRight";
export const HA_RESOURCE = "resilience:pve:HaResource";
export const HA_RULE = "resilience:pve:HaRule";
export const PBS_STORAGE = "resilience:pve:PbsStorage";
export const PRUNE_JOB = "resilience:pbs:PruneJob";
export const PUSH_JOB = "resilience:pbs:PushJob";
export const REPLICATION = "resilience:pve:Replication";
export const RESTORED_GUEST = "resilience:pve:RestoredGuest";
export const S3_DATASTORE = "resilience:pbs:S3Datastore";
export const SYNC_JOB = "resilience:pbs:SyncJob";
export const TOKEN = "resilience:pbs:Token";
export const TUNNEL_CONNECTOR = "resilience:pve:TunnelConnector";
export const USER = "resilience:pbs:User";
export const VERIFY_JOB = "resilience:pbs:VerifyJob";
export const NOTIFICATION_TARGETS = ["resilience:pve:NotificationTarget", "resilience:pbs:NotificationTarget"] as const;

/** The provider itself, with its logins and its key. */
export const RESILIENCE_PROVIDER = "pulumi:providers:resilience";

export const ACCESS_APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
export const DNS_RECORD = "cloudflare:index/dnsRecord:DnsRecord";
export const LOAD_BALANCER_POOL = "cloudflare:index/loadBalancerPool:LoadBalancerPool";
export const TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared";
export const TUNNEL_CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";

export const BUCKET = "aws:s3/bucket:Bucket";
export const BUCKET_ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
export const BUCKET_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
export const BUCKET_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
export const BUCKET_VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
export const CLOUD_MACHINE = "aws:ec2/instance:Instance";
export const CLOUD_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
export const CLOUD_VOLUME = "aws:ebs/volume:Volume";
export const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

export const COMMAND = "command:remote:Command";
export const COPIES_TO_REMOTE = ["command:remote:CopyToRemote", "command:remote:CopyFile"] as const;

export const CEPH_POOL = "proxmoxve:ceph/pool:Pool";
export const CONTAINER = "proxmoxve:index/containerLegacy:ContainerLegacy";
export const NETWORKS = [
  "proxmoxve:network/linux/bridge:Bridge",
  "proxmoxve:network/linux/bond:Bond",
  "proxmoxve:network/linux/vlan:Vlan",
  "proxmoxve:network/linux/bridgeLegacy:BridgeLegacy",
  "proxmoxve:network/linux/vlanLegacy:VlanLegacy",
] as const;
export const PROXMOX_BACKUP_JOB = "proxmoxve:backup/job:Job";
export const PROXMOX_HA_RESOURCE = "proxmoxve:index/haresource:Haresource";
export const PROXMOX_HA_RULE = "proxmoxve:index/harule:Harule";
export const PROXMOX_PBS_STORAGE = "proxmoxve:storage/pbs:Pbs";
export const PROXMOX_REPLICATION = "proxmoxve:index/replication:Replication";
export const PROXMOX_ZFS = "proxmoxve:node/disk/zfs:Zfs";
export const SNIPPET = "proxmoxve:index/fileLegacy:FileLegacy";
export const VM = "proxmoxve:index/vmLegacy:VmLegacy";
export const ZFS_STORAGE = "proxmoxve:storage/zfspool:Zfspool";
