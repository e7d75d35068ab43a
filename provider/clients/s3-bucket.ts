import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";

import { Unreachable, Untrusted } from "./api-error";
import { TrustedAgent } from "./s3-agent";
import { isMissing, S3Error } from "./s3-error";
import { addressOf, isPathStyle, type S3Place } from "./s3-place";
import { type Trust } from "./trust";

/** An object as it is listed. */
export interface S3Object {
  /** Its name. */
  readonly key: string;
  /** Length in bytes. */
  readonly size: number;
  /** When it was written. */
  readonly modified: Date;
  /** `STANDARD`, `GLACIER`, … */
  readonly storageClass: string;
}

/** One version of an object, or the mark that it was deleted. */
export interface S3Version extends S3Object {
  /** Identifier of the version. */
  readonly versionId: string;
  /** Whether it is what the object is now. */
  readonly isLatest: boolean;
  /** Whether it only says that the object was deleted. */
  readonly isMarker: boolean;
  /** What tells its bytes from others, in quotes; empty for a marker. */
  readonly etag: string;
}

/** Typed operations on one bucket. Knows nothing of PBS and nothing of Pulumi. */
export class S3Bucket {
  readonly #client: S3Client;

  constructor(public readonly place: S3Place) {
    const { region, fingerprint, accessKey, secretKey } = place;
    const trust: Trust = fingerprint === undefined ? {} : { fingerprint };
    this.#client = new S3Client({
      endpoint: addressOf(place),
      region,
      forcePathStyle: isPathStyle(place),
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      // Providers other than AWS do not know the checksums that the SDK adds by itself.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: new NodeHttpHandler({ httpsAgent: new TrustedAgent(trust), connectionTimeout: 10_000 }),
    });
  }

  /** Ends all connections. */
  close(): void {
    this.#client.destroy();
  }

  /** Whether versions are kept: `Enabled`, `Suspended`, or undefined where they never were. */
  async versioning(): Promise<string | undefined> {
    const answer = await this.#ask("versioning", this.#client.send(new GetBucketVersioningCommand(this.#bucket)));
    return answer.Status;
  }

  /** Whether the bucket was made with Object Lock. */
  async hasObjectLock(): Promise<boolean> {
    const command = new GetObjectLockConfigurationCommand(this.#bucket);
    const answer = await this.#unlessMissing("Object Lock", this.#client.send(command));
    return answer?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled";
  }

  /** Storage classes to which the bucket's own rules move objects. */
  async coldClasses(): Promise<string[]> {
    const command = new GetBucketLifecycleConfigurationCommand(this.#bucket);
    const answer = await this.#unlessMissing("lifecycle", this.#client.send(command));
    const rules = (answer?.Rules ?? []).filter(({ Status }) => Status === "Enabled");
    const moves = rules.flatMap((rule) => [...(rule.Transitions ?? []), ...(rule.NoncurrentVersionTransitions ?? [])]);
    return moves.map(({ StorageClass = "unknown" }) => StorageClass);
  }

  /** Days after which old versions go by the bucket's own rules; undefined where none of them says so for all objects. */
  async undeleteDays(): Promise<number | undefined> {
    const command = new GetBucketLifecycleConfigurationCommand(this.#bucket);
    const answer = await this.#unlessMissing("lifecycle", this.#client.send(command));
    const rules = (answer?.Rules ?? []).filter(({ Status }) => Status === "Enabled");
    const days = rules.flatMap(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration?.NoncurrentDays ?? []);
    return days.length === 0 ? undefined : Math.min(...days);
  }

  /** Objects below a prefix. @param most How many at most. */
  async *objects(prefix: string, most = Infinity): AsyncGenerator<S3Object> {
    let token: string | undefined;
    let given = 0;
    do {
      const page = { MaxKeys: Math.min(1000, most), ...(token !== undefined && { ContinuationToken: token }) };
      const command = new ListObjectsV2Command({ ...this.#bucket, Prefix: prefix, ...page });
      const answer = await this.#ask(`listing ${prefix}`, this.#client.send(command));
      for (const found of answer.Contents ?? []) {
        if (given >= most) return;
        given += 1;
        yield objectOf(found);
      }
      token = answer.NextContinuationToken;
    } while (token !== undefined && given < most);
  }

  /** All versions of all objects below a prefix, by name, newest first. */
  async *versions(prefix: string): AsyncGenerator<S3Version> {
    let from: Marker | undefined = {};
    while (from !== undefined) {
      const answer: ListObjectVersionsCommandOutput = await this.#ask(
        `listing versions of ${prefix}`,
        this.#client.send(new ListObjectVersionsCommand({ ...this.#bucket, Prefix: prefix, ...from })),
      );
      const page = [
        ...(answer.Versions ?? []).map((one) => ({ ...objectOf(one), ...identityOf(one), isMarker: false })),
        ...(answer.DeleteMarkers ?? []).map((one) => ({ ...objectOf(one), ...identityOf(one), isMarker: true })),
      ];
      yield* page.toSorted(byNameNewestFirst);
      from = nextOf(answer);
    }
  }

  /** Bytes of an object; undefined when there is none. */
  async read(key: string): Promise<Buffer | undefined> {
    const answer = await this.#unlessMissing(
      `reading ${key}`,
      this.#client.send(new GetObjectCommand({ ...this.#bucket, Key: key })),
    );
    return answer === undefined ? undefined : Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  }

  /** Writes an object. @returns Its version, where the bucket has versions. */
  async write(key: string, body: string | Buffer): Promise<string | undefined> {
    const command = new PutObjectCommand({ ...this.#bucket, Key: key, Body: Buffer.from(body) });
    return (await this.#ask(`writing ${key}`, this.#client.send(command))).VersionId;
  }

  /** Makes an old version what the object is now; nothing is lost by it. */
  async bringBack(key: string, versionId: string): Promise<void> {
    const CopySource = `${this.place.bucket}/${key.split("/").map(encodeURIComponent).join("/")}?versionId=${versionId}`;
    const command = new CopyObjectCommand({ ...this.#bucket, CopySource, Key: key });
    await this.#ask(`bringing back ${key}`, this.#client.send(command));
  }

  /** Deletes an object, or one version of it for good. */
  async remove(key: string, versionId?: string): Promise<void> {
    const which = { Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
    await this.#ask(`deleting ${key}`, this.#client.send(new DeleteObjectCommand({ ...this.#bucket, ...which })));
  }

  /**
   * Deletes many objects, or versions of them for good.
   * @throws {S3Error} When one of them is refused, with its name; the others of that thousand are gone then.
   */
  async removeAll(objects: readonly { readonly key: string; readonly versionId?: string }[]): Promise<void> {
    for (let from = 0; from < objects.length; from += 1000) {
      const some = objects.slice(from, from + 1000);
      const Objects = some.map(({ key, versionId }) => ({
        Key: key,
        ...(versionId !== undefined && { VersionId: versionId }),
      }));
      const command = new DeleteObjectsCommand({ ...this.#bucket, Delete: { Objects, Quiet: true } });
      const answer = await this.#ask(`deleting ${some.length} objects`, this.#client.send(command));
      const [refused] = answer.Errors ?? [];
      if (refused !== undefined)
        throw new Error(`deleting ${refused.Key ?? ""}: ${refused.Code ?? ""} ${refused.Message ?? ""}`);
    }
  }

  get #bucket(): { Bucket: string } {
    return { Bucket: this.place.bucket };
  }

  async #ask<T>(what: string, request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      throw s3Failure(`s3://${this.place.bucket}, ${what}`, error);
    }
  }

  async #unlessMissing<T>(what: string, request: Promise<T>): Promise<T | undefined> {
    try {
      return await this.#ask(what, request);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

interface Marker {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

function nextOf({
  IsTruncated,
  NextKeyMarker,
  NextVersionIdMarker,
}: ListObjectVersionsCommandOutput): Marker | undefined {
  if (IsTruncated !== true || NextKeyMarker === undefined) return undefined;
  return {
    KeyMarker: NextKeyMarker,
    ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }),
  };
}

/** The newest version of an object before its older ones; of two of one moment the one that is the object now. */
function byNameNewestFirst(a: S3Version, b: S3Version): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  if (a.isLatest !== b.isLatest) return a.isLatest ? -1 : 1;
  return b.modified.getTime() - a.modified.getTime();
}

/** What a request failed with, in this program's own classes. */
function s3Failure(request: string, error: unknown): Error {
  if (error instanceof Untrusted || error instanceof Unreachable) return error;
  if (!(error instanceof S3ServiceException)) {
    return new Unreachable(request, error instanceof Error ? error.message : String(error), true);
  }
  const { httpStatusCode: status = 0 } = error.$metadata;
  // The answer to a HEAD has no body, and so no code.
  const code =
    error.name === "Unknown" || error.name === "403" ? (status === 403 ? "AccessDenied" : "NotFound") : error.name;
  return new S3Error(request, status, code, error.message === "UnknownError" ? "" : error.message);
}

/** What the SDK says of an object; it leaves everything optional. */
interface Listed {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly StorageClass?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly ETag?: string | undefined;
}

function objectOf(found: Listed): S3Object {
  const { Key = "", Size = 0, LastModified = new Date(0), StorageClass = "STANDARD" } = found;
  return { key: Key, size: Size, modified: LastModified, storageClass: StorageClass };
}

function identityOf(found: Listed) {
  const { VersionId = "null", IsLatest = false, ETag = "" } = found;
  return { versionId: VersionId, isLatest: IsLatest, etag: ETag };
}
