import { PbsClient } from "../../../provider/clients/pbs-client";
import { type LabBackupServer, type LabSheet } from "../../../tools/lab-site/lab";

/** A datastore that lies in a bucket of the lab's provider. */
export interface InBucket {
  readonly store: string;
  readonly bucket: string;
}

/**
 * Has a backup server that knows nothing of it take a bucket up in the place of one that is gone, as docs/how-to/s3.md says it.
 * @param account Whose bucket it is.
 */
export async function takeUp(
  { store, bucket }: InBucket,
  account: NonNullable<LabSheet["s3"]>,
  { api, fingerprint: own, logins }: LabBackupServer,
): Promise<void> {
  const login = { username: "root@pam", password: logins["root@pam"].password };
  const fresh = new PbsClient({ endpoint: api, trust: { fingerprint: own }, login });
  const { address: endpoint, port, region, fingerprint, owner } = account;
  const key = { "access-key": owner.accessKey, "secret-key": owner.secretKey, "path-style": true };
  await fresh.createS3Endpoint({ id: bucket, endpoint, port, region, fingerprint, ...key });
  const backend = `type=s3,client=${bucket},bucket=${bucket}`;
  const taken = { "reuse-datastore": true, "overwrite-in-use": true };
  await fresh.taskEnd(await fresh.createDatastore({ name: store, path: `/mnt/${store}`, backend, ...taken }));
  await fresh.close();
}
