import { resourceRule } from "./rule";
import {
  ACL,
  BUCKET,
  BUCKET_VERSIONING,
  DATASTORE,
  PBS_STORAGE,
  PROXMOX_PBS_STORAGE,
  PROXMOX_ZFS,
  S3_DATASTORE,
  TOKEN,
  TUNNEL,
  USER,
  VM,
  ZFS_STORAGE,
} from "./types";

/** What data rests on, or the way to it, the engine refuses to delete. */
export const dataIsGuarded = resourceRule(
  { name: "data-is-guarded", description: "What data rests on is protected from deletion." },
  [
    ACL,
    BUCKET,
    BUCKET_VERSIONING,
    DATASTORE,
    PBS_STORAGE,
    PROXMOX_PBS_STORAGE,
    PROXMOX_ZFS,
    S3_DATASTORE,
    TOKEN,
    TUNNEL,
    USER,
    VM,
    ZFS_STORAGE,
  ],
  ({ name, opts }) =>
    opts.protect
      ? []
      : [`Data rests on ${name}, which must not go in passing: set protect: true and retainOnDelete: true.`],
);
