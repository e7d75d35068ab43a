import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

const ENABLED = { versioningConfiguration: { status: "Enabled" } };
const versioning = { type: types.BUCKET_VERSIONING, props: { bucket: "b", ...ENABLED } };
const CLOSED = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const tcp = (fromPort: number, toPort: number, from: string) => ({
  ...{ protocol: "tcp", fromPort, toPort },
  cidrBlocks: [from],
});

/** Rules about what is rented. */
export const CLOUD_CASES: Cases = {
  "bucket-keeps-versions": {
    good: [
      { type: types.BUCKET, props: { bucket: "b", forceDestroy: false } },
      { type: types.BUCKET_VERSIONING, props: { bucket: "b", ...ENABLED } },
      { type: types.BUCKET, props: { forceDestroy: false } },
      { type: types.BUCKET_VERSIONING, props: { bucket: UNKNOWN, ...ENABLED }, from: { bucket: 2 } },
      {
        type: types.BUCKET_LIFECYCLE,
        props: {
          rules: [
            { noncurrentVersionExpiration: { noncurrentDays: 30 } },
            { expiration: { expiredObjectDeleteMarker: true } },
          ],
        },
      },
    ],
    bad: [
      [
        [{ type: types.BUCKET, props: { bucket: "a" } }, versioning],
        "it must keep old versions, by which what was overwritten comes back: declare a BucketVersioning.",
      ],
      [
        [{ type: types.BUCKET_LOCK, name: "lock" }],
        "lock must have no Object Lock, which forbids every cleaning: take lock out.",
      ],
      [
        [{ type: types.BUCKET, props: { bucket: "b", objectLockEnabled: true } }, versioning],
        "it must have no Object Lock, which forbids every cleaning: leave objectLockEnabled out.",
      ],
      [
        [{ type: types.BUCKET, props: { bucket: "b", forceDestroy: true } }, versioning],
        "it must not be emptied when it goes: set forceDestroy: false.",
      ],
      [
        [{ type: types.BUCKET_VERSIONING, props: { versioningConfiguration: { status: "Suspended" } } }],
        'it must keep old versions, by which what was overwritten comes back: set status: "Enabled".',
      ],
      [
        [{ type: types.BUCKET_LIFECYCLE, props: { rules: [{ transitions: [{ storageClass: "DEEP_ARCHIVE" }] }] } }],
        "it must not move objects where nothing reads them at once: take the transition out.",
      ],
      [
        [{ type: types.BUCKET_LIFECYCLE, props: { rules: [{ expiration: { days: 90 } }] } }],
        "it must let no backup expire by its age: leave expiration.days and expiration.date out.",
      ],
    ],
  },
  "buckets-are-closed": {
    good: [
      { type: types.BUCKET, props: { bucket: "b" } },
      { type: types.BUCKET_ACCESS_BLOCK, props: { bucket: "b", ...CLOSED } },
    ],
    bad: [
      [
        [
          { type: types.BUCKET, props: { bucket: "b" } },
          { type: types.BUCKET_ACCESS_BLOCK, props: { bucket: "b", ...CLOSED, blockPublicPolicy: false } },
        ],
        "it must be closed to everybody: declare a BucketPublicAccessBlock with blockPublicPolicy: true.",
      ],
      [
        [{ type: types.BUCKET, props: { bucket: "b" } }],
        "it must be closed to everybody: declare a BucketPublicAccessBlock with blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true.",
      ],
    ],
  },
  "cloud-disks-encrypted": {
    good: [
      { type: types.CLOUD_VOLUME, props: { encrypted: true } },
      { type: types.CLOUD_MACHINE, props: { rootBlockDevice: { encrypted: true }, ebsBlockDevices: [] } },
      { type: types.CLOUD_MACHINE, props: { launchTemplate: { id: UNKNOWN } } },
      { type: types.CLOUD_TEMPLATE, props: { blockDeviceMappings: [{ ebs: { encrypted: "true" } }] } },
    ],
    bad: [
      [[{ type: types.CLOUD_VOLUME, props: {} }], "Disks of it must be encrypted: set encrypted: true."],
      [
        [{ type: types.CLOUD_MACHINE, props: {} }],
        "Disks of it must be encrypted: set rootBlockDevice.encrypted: true.",
      ],
      [
        [{ type: types.CLOUD_MACHINE, props: { rootBlockDevice: { encrypted: true }, ebsBlockDevices: [{}] } }],
        "Disks of it must be encrypted: set ebsBlockDevices.encrypted: true.",
      ],
      [
        [{ type: types.CLOUD_TEMPLATE, props: { blockDeviceMappings: [{ ebs: { encrypted: "false" } }] } }],
        "Disks of it must be encrypted: set blockDeviceMappings.ebs.encrypted: true.",
      ],
    ],
  },
  "cloud-disks-stay": {
    good: [
      { type: types.CLOUD_VOLUME, protect: true },
      { type: types.CLOUD_VOLUME, props: { finalSnapshot: true } },
    ],
    bad: [
      [
        [{ type: types.CLOUD_VOLUME, props: { size: 100 } }],
        "it must not go in passing: set protect: true, or finalSnapshot: true where it is thrown away after a rehearsal.",
      ],
    ],
  },
  "cloud-metadata-guarded": {
    good: [
      { type: types.CLOUD_MACHINE, props: { metadataOptions: { httpTokens: "required" } } },
      { type: types.CLOUD_MACHINE, props: { launchTemplate: { id: UNKNOWN } } },
      { type: types.CLOUD_TEMPLATE, props: { metadataOptions: { httpEndpoint: "disabled" } } },
    ],
    bad: [types.CLOUD_MACHINE, types.CLOUD_TEMPLATE].map((type) => [
      [{ type, props: { metadataOptions: { httpTokens: "optional" } } }],
      'it must not hand out its login: set metadataOptions.httpTokens: "required".',
    ]),
  },
  "no-open-ports": {
    good: [
      { type: types.SECURITY_GROUP, props: { ingress: [tcp(22, 22, "198.51.100.7/32"), tcp(443, 443, "0.0.0.0/0")] } },
      { type: types.INGRESS_RULE, props: { ipProtocol: "udp", fromPort: 51820, toPort: 51820, cidrIpv4: "0.0.0.0/0" } },
      { type: types.SECURITY_GROUP_RULE, props: { type: "egress", ...tcp(0, 65535, "0.0.0.0/0") } },
    ],
    bad: [
      [
        [{ type: types.SECURITY_GROUP, props: { ingress: [tcp(8000, 8010, "0.0.0.0/0")] } }],
        "Port 8006, 8007 behind it must not be open to everybody: name the addresses that may come, or take the rule out.",
      ],
      [
        [{ type: types.SECURITY_GROUP_RULE, props: { type: "ingress", ...tcp(22, 22, "0.0.0.0/0") } }],
        "Port 22 behind it must not be open to everybody: name the addresses that may come, or take the rule out.",
      ],
      [
        [{ type: types.INGRESS_RULE, props: { ipProtocol: "-1", cidrIpv6: "::/0" } }],
        "Port 22, 8006, 8007 behind it must not be open to everybody: name the addresses that may come, or take the rule out.",
      ],
    ],
  },
};
