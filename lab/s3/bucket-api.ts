import { XMLParser } from "fast-xml-parser";

import { type HttpResponse } from "../core/http";
import { type Version } from "./bucket";
import { bucketOf, type Call, demand, empty, isoTime, may, xml } from "./call";
import { rejectWrongDigest } from "./object-api";
import { accessDenied, Refusal } from "./refusal";
import { type Xml } from "./xml";

/** Configurations of a bucket that are kept as they are sent: by query, with the rights to read and to write them. */
const DOCUMENTS: Readonly<Record<string, { readonly action: string; readonly missing?: readonly [string, string] }>> = {
  lifecycle: {
    action: "LifecycleConfiguration",
    missing: ["NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"],
  },
  publicAccessBlock: {
    action: "BucketPublicAccessBlock",
    missing: ["NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"],
  },
};

/** Answers a request for a bucket. */
export function bucketAnswer(call: Call): HttpResponse {
  const { request } = call;
  const { verb, query } = request;
  const asked = Object.keys(DOCUMENTS).find((name) => query.has(name));
  if (asked !== undefined) return documentAnswer(call, asked);
  if (query.has("versioning")) return versioningAnswer(call);
  if (query.has("object-lock")) return objectLock(call);
  if (query.has("location")) return location(call);
  if (verb === "PUT") return createBucket(call);
  if (verb === "DELETE") return removeBucket(call);
  if (verb === "HEAD") return headBucket(call);
  if (verb === "POST" && query.has("delete")) return removeObjects(call);
  if (verb === "GET" && query.has("versions")) return listVersions(call);
  if (verb === "GET" && query.get("list-type") === "2") return listObjects(call);
  throw new Refusal(501, "NotImplemented", `The lab's S3 has no ${verb} /{bucket}?${[...query.keys()].join("&")}`);
}

/** The buckets of the account. */
export function listBuckets(call: Call): HttpResponse {
  demand({ ...call, bucket: "*" }, "s3:ListAllMyBuckets");
  const names = call.account.holdings.value.buckets;
  const Bucket = names.map((Name) => ({
    Name,
    CreationDate: isoTime(call.account.bucket(Name)?.settings.value.created ?? 0),
  }));
  return xml("ListAllMyBucketsResult", { Owner: { ID: "owner" }, Buckets: { Bucket } });
}

function createBucket(call: Call): HttpResponse {
  demand(call, "s3:CreateBucket");
  if (call.account.bucket(call.bucket) !== undefined) {
    const why = "Your previous request to create the named bucket succeeded and you already own it.";
    throw new Refusal(409, "BucketAlreadyOwnedByYou", why);
  }
  call.account.createBucket(call.bucket, call.request.headers["x-amz-bucket-object-lock-enabled"] === "true");
  return empty(200, { location: `/${call.bucket}` });
}

function removeBucket(call: Call): HttpResponse {
  const bucket = bucketOf(call);
  demand(call, "s3:DeleteBucket");
  if (bucket.versions("").length > 0) {
    throw new Refusal(
      409,
      "BucketNotEmpty",
      "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    );
  }
  call.account.removeBucket(call.bucket);
  return empty(204);
}

function headBucket(call: Call): HttpResponse {
  bucketOf(call);
  demand(call, "s3:ListBucket");
  return empty(200, { "x-amz-bucket-region": call.account.region });
}

function location(call: Call): HttpResponse {
  bucketOf(call);
  demand(call, "s3:GetBucketLocation");
  return xml("LocationConstraint", call.account.region);
}

function versioningAnswer(call: Call): HttpResponse {
  const { settings } = bucketOf(call);
  if (call.request.verb === "GET") {
    demand(call, "s3:GetBucketVersioning");
    return xml("VersioningConfiguration", { Status: settings.value.versioning });
  }
  demand(call, "s3:PutBucketVersioning");
  const status = /<Status>(Enabled|Suspended)<\/Status>/.exec(call.request.body.toString("utf8"))?.[1];
  if (status === undefined) throw new Refusal(400, "MalformedXML", "The XML you provided was not well-formed.");
  settings.change((draft) => (draft.versioning = status as "Enabled" | "Suspended"));
  return empty(200);
}

function objectLock(call: Call): HttpResponse {
  const { settings } = bucketOf(call);
  demand(call, "s3:GetBucketObjectLockConfiguration");
  if (settings.value.objectLock) return xml("ObjectLockConfiguration", { ObjectLockEnabled: "Enabled" });
  const why = "Object Lock configuration does not exist for this bucket";
  throw new Refusal(404, "ObjectLockConfigurationNotFoundError", why);
}

function documentAnswer(call: Call, name: string): HttpResponse {
  const { settings } = bucketOf(call);
  const { action = "", missing = ["NoSuchConfiguration", ""] } = DOCUMENTS[name] ?? {};
  if (call.request.verb === "GET") {
    demand(call, `s3:Get${action}`);
    const kept = settings.value.documents[name];
    if (kept === undefined) throw new Refusal(404, ...missing);
    return { status: 200, headers: { "content-type": "application/xml" }, body: kept };
  }
  demand(call, `s3:Put${action}`);
  const sent = call.request.body.toString("utf8");
  settings.change(({ documents }) => {
    if (call.request.verb === "DELETE") Reflect.deleteProperty(documents, name);
    else documents[name] = sent;
  });
  return empty(call.request.verb === "DELETE" ? 204 : 200);
}

function listObjects(call: Call): HttpResponse {
  const { query } = call.request;
  const bucket = bucketOf(call);
  demand(call, "s3:ListBucket");
  const prefix = query.get("prefix") ?? "";
  const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
  const [page, next] = pageOf(bucket.list(prefix), ({ key }) => key > after, query.get("max-keys"));
  return xml("ListBucketResult", {
    ...{ Name: call.bucket, Prefix: prefix, KeyCount: page.length, IsTruncated: next !== undefined },
    NextContinuationToken: next?.key,
    Contents: page.map((one) => ({ Key: one.key, ...written(one), Size: one.size, StorageClass: "STANDARD" })),
  });
}

function listVersions(call: Call): HttpResponse {
  const { query } = call.request;
  const bucket = bucketOf(call);
  demand(call, "s3:ListBucketVersions");
  const prefix = query.get("prefix") ?? "";
  const [afterKey, afterId] = [query.get("key-marker") ?? "", query.get("version-id-marker")];
  const all = bucket.versions(prefix);
  const start = all.findIndex(({ key, id }) => key === afterKey && id === afterId);
  const isAfter = (one: Version): boolean => (start < 0 ? one.key > afterKey : all.indexOf(one) > start);
  const [page, next] = pageOf(all, isAfter, query.get("max-keys"));
  const entry = (one: Version): Xml => ({
    ...{ Key: one.key, VersionId: one.id, IsLatest: all.find(({ key }) => key === one.key) === one },
    ...written(one),
    ...(!one.isMarker && { Size: one.size, StorageClass: "STANDARD" }),
  });
  return xml("ListVersionsResult", {
    ...{ Name: call.bucket, Prefix: prefix, IsTruncated: next !== undefined },
    ...(next !== undefined && { NextKeyMarker: next.key, NextVersionIdMarker: next.id }),
    Version: page.filter(({ isMarker }) => !isMarker).map(entry),
    DeleteMarker: page.filter(({ isMarker }) => isMarker).map(entry),
  });
}

function written({ modified, etag, isMarker }: Version) {
  return { LastModified: isoTime(modified), ETag: isMarker ? undefined : `"${etag}"` };
}

/** At most a thousand at a time, as S3 does; with the last one when more follow. */
function pageOf(
  all: readonly Version[],
  isAfter: (version: Version) => boolean,
  asked: string | null,
): readonly [Version[], Version | undefined] {
  const left = all.filter(isAfter);
  const page = left.slice(0, Math.min(Number(asked ?? LARGEST_PAGE), LARGEST_PAGE));
  return [page, page.length < left.length ? page.at(-1) : undefined];
}

const LARGEST_PAGE = 1000;

const PARSER = new XMLParser({ parseTagValue: false, isArray: (name) => name === "Object" });

/**
 * Deletes several objects. A key that may delete none of them gets 403 for the whole, as on the emulator with which PBS 4.2.3 was
 * observed; one that may delete some of them gets an error for each of the others.
 */
function removeObjects(call: Call): HttpResponse {
  const bucket = bucketOf(call);
  rejectWrongDigest(call, true);
  const parsed = PARSER.parse(call.request.body.toString("utf8")) as {
    Delete?: { Object?: { Key: string; VersionId?: string }[] };
  };
  const objects = parsed.Delete?.Object ?? [];
  if (objects.length > LARGEST_PAGE) throw new Refusal(400, "MalformedXML", "at most 1000 objects");
  const isAllowed = (one: (typeof objects)[number]): boolean =>
    may(call, one.VersionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion", one.Key);
  if (objects.length > 0 && !objects.some(isAllowed)) throw accessDenied();
  const refused = objects.filter((one) => !isAllowed(one));
  const Deleted = objects.filter(isAllowed).map(({ Key, VersionId }) => {
    if (VersionId === undefined) bucket.remove(Key);
    else bucket.removeVersion(Key, VersionId);
    return { Key, VersionId };
  });
  return xml("DeleteResult", {
    Deleted,
    Error: refused.map(({ Key }) => ({ Key, Code: "AccessDenied", Message: "Access Denied" })),
  });
}
