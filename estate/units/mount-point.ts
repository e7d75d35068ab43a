/** Where a backup server that we make has its data disk, always: the datastore's path begins with it. */
export const MOUNT_POINT = "/mnt/tappaas-backup";
