import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import { type Site } from "../../../lab/core/site";
import { pinnedAgent } from "../../../lab/pbs/s3/pinned-agent";

/** Policy of a key that never deletes, as `docs/how-to/s3.md` has it. */
export function appendOnly(bucket: string) {
  return {
    Statement: [
      { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: `arn:aws:s3:::${bucket}/*` },
      {
        Effect: "Allow",
        Action: [
          ...["s3:ListBucket", "s3:GetBucketVersioning", "s3:GetLifecycleConfiguration"],
          "s3:GetBucketObjectLockConfiguration",
        ],
        Resource: `arn:aws:s3:::${bucket}`,
      },
    ],
  };
}

/** An access key with its secret. */
export interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A client of the lab's S3 provider. */
export function clientOf(site: Site, { accessKey, secretKey }: Key = site.sheet.content.s3!.owner): S3Client {
  const { address, port, region, fingerprint } = site.sheet.content.s3!;
  return new S3Client({
    endpoint: `https://${address}:${port}`,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: new NodeHttpHandler({ httpsAgent: pinnedAgent(fingerprint) }),
  });
}

/** Makes a versioned bucket, and a user with that policy. */
export async function bucketWith(site: Site, name: string, policy: object): Promise<Key> {
  await site.control.run("s3-bucket", { name });
  return (await site.control.run("s3-user", { name: `${name}-user`, policy })) as Key;
}
