import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import { type BackupServer } from "../backup-server";
import { type Fields } from "../config/config-file";
import { Refusal } from "../refusal";
import { pinnedAgent } from "./pinned-agent";

/** What a request of S3 failed with, as PBS's messages name it: `unexpected status code 403 Forbidden`. */
export class S3Failure extends Error {
  constructor(
    /** HTTP status; 0 where there was no answer. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One bucket, asked with the endpoint and the key that this server has. */
export class BucketClient {
  readonly #client: S3Client;

  private constructor(
    client: S3Client,
    readonly bucket: string,
  ) {
    this.#client = client;
  }

  /**
   * Opens a bucket by a configured endpoint.
   * @throws {Refusal} When there is no such endpoint.
   */
  static open(server: BackupServer, endpointId: string, bucket: string): BucketClient {
    const endpoint = server.s3Endpoints.find(endpointId);
    const secret = server.s3Secrets.value.secrets[endpointId];
    if (endpoint === undefined || secret === undefined) throw new Refusal(`no '${endpointId}' in config`);
    const which = JSON.stringify([endpoint, secret]);
    const client = server.s3Clients.get(which) ?? clientOf(endpoint, secret);
    server.s3Clients.set(which, client);
    return new BucketClient(client, bucket);
  }

  /** Names of the buckets that the key sees. */
  async buckets(): Promise<string[]> {
    const { Buckets = [] } = await answered(this.#client.send(new ListBucketsCommand()));
    return Buckets.map(({ Name = "" }) => Name);
  }

  /** Asks whether the bucket is there. */
  async head(): Promise<void> {
    await answered(this.#client.send(new HeadBucketCommand({ Bucket: this.bucket })));
  }

  /** Bytes of an object; undefined when there is none. */
  async get(key: string): Promise<Buffer | undefined> {
    try {
      const { Body } = await answered(this.#client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key })));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (error instanceof S3Failure && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Writes an object. @param isNew Whether one that is there stays; that is no failure. */
  async put(key: string, bytes: string | Buffer, isNew = false): Promise<void> {
    const condition = isNew && { IfNoneMatch: "*" };
    try {
      await answered(
        this.#client.send(
          new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: Buffer.from(bytes), ...condition }),
        ),
      );
    } catch (error) {
      if (!(error instanceof S3Failure) || error.status !== 412) throw error;
    }
  }

  /** Keys below a prefix. */
  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await answered(
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.bucket,
            Prefix: prefix,
            ...(token !== undefined && { ContinuationToken: token }),
          }),
        ),
      );
      keys.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys;
  }

  /** Deletes one object. */
  async remove(key: string): Promise<void> {
    await answered(this.#client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key })));
  }

  /** Deletes objects. */
  async removeAll(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += 1000) {
      const Objects = keys.slice(start, start + 1000).map((Key) => ({ Key }));
      await answered(this.#client.send(new DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects } })));
    }
  }

  /** Copies an object to another name. */
  async copy(from: string, to: string): Promise<void> {
    const CopySource = `${this.bucket}/${from}`;
    await answered(this.#client.send(new CopyObjectCommand({ Bucket: this.bucket, CopySource, Key: to })));
  }
}

function clientOf(endpoint: Fields, secretAccessKey: string): S3Client {
  const region = typeof endpoint["region"] === "string" ? endpoint["region"] : "us-west-1";
  const fingerprint = typeof endpoint["fingerprint"] === "string" ? endpoint["fingerprint"] : undefined;
  const host = String(endpoint["endpoint"])
    .replace(/^\{\{bucket\}\}\./, "")
    .replaceAll("{{region}}", region);
  return new S3Client({
    endpoint: `https://${host}:${Number(endpoint["port"] ?? 443)}`,
    region,
    forcePathStyle: endpoint["path-style"] === true,
    credentials: { accessKeyId: String(endpoint["access-key"]), secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({ httpsAgent: pinnedAgent(fingerprint) }),
  });
}

async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
    if (status > 0) throw new S3Failure(status, `unexpected status code ${status} ${REASONS[status] ?? ""}`.trim());
    const message = error instanceof Error ? error.message : String(error);
    throw new S3Failure(0, /certificate|self.signed/i.test(message) ? "certificate verify failed" : message);
  }
}

const REASONS: Readonly<Record<number, string>> = {
  403: "Forbidden",
  404: "Not Found",
  501: "Not Implemented",
  503: "Service Unavailable",
};
