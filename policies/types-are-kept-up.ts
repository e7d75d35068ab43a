import { resourceRule } from "./rule";

/** Machines that their provider calls experimental: no disks, no network, or none of what a machine boots with. */
const EXPERIMENTAL: Readonly<Record<string, string>> = {
  "proxmoxve:index/vm:Vm": "VmLegacy",
  "proxmoxve:index/vm2Legacy:Vm2Legacy": "VmLegacy",
  "proxmoxve:cloned/vm:Vm": "VmLegacy with clone",
  "proxmoxve:cloned/vmLegacy:VmLegacy": "VmLegacy with clone",
};

/** Former names of types that rules read, with the name that they read. */
const FORMER: Readonly<Record<string, string>> = {
  "proxmoxve:index/haresourceLegacy:HaresourceLegacy": "Haresource",
  "proxmoxve:index/haruleLegacy:HaruleLegacy": "Harule",
  "proxmoxve:index/replicationLegacy:ReplicationLegacy": "Replication",
  "proxmoxve:storage/pbsLegacy:PbsLegacy": "storage.Pbs",
  "proxmoxve:storage/zfspoolLegacy:ZfspoolLegacy": "storage.Zfspool",
  "aws:s3/bucketV2:BucketV2": "s3.Bucket",
  "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": "s3.BucketLifecycleConfiguration",
  "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2": "s3.BucketObjectLockConfiguration",
  "aws:s3/bucketVersioningV2:BucketVersioningV2": "s3.BucketVersioning",
  "cloudflare:index/accessApplication:AccessApplication": "ZeroTrustAccessApplication",
  "cloudflare:index/record:Record": "DnsRecord",
  "cloudflare:index/tunnel:Tunnel": "ZeroTrustTunnelCloudflared",
  "cloudflare:index/tunnelConfig:TunnelConfig": "ZeroTrustTunnelCloudflaredConfig",
};

/**
 * Under a former name a thing escapes every rule of this pack, and a machine of an experimental type comes without its disks.
 * Source: bpg, docs/resources/vm.md ("must not be used in production"), docs/adr/007; deprecations of the SDKs of AWS and Cloudflare.
 */
export const typesAreKeptUp = resourceRule(
  { name: "types-are-kept-up", description: "Everything is of a type that its provider keeps up, and rules know." },
  [...Object.keys(EXPERIMENTAL), ...Object.keys(FORMER)],
  ({ type, name }) => {
    const machine = EXPERIMENTAL[type];
    if (machine !== undefined) return [`${name} must be of a type that is fit for use: declare it as ${machine}.`];
    return [
      `${name} must be of a type that the other rules know: declare it as ${FORMER[type] ?? ""}, with its former type in aliases.`,
    ];
  },
);
