import { createHash } from "node:crypto";

import { type HttpResponse } from "../core/http";
import { type Version } from "./bucket";
import { bucketOf, type Call, demand, empty, isoTime, may, xml } from "./call";
import { accessDenied, Refusal } from "./refusal";

/** Answers a request for one object. */
export function objectAnswer(call: Call): HttpResponse {
  const { request } = call;
  const sub = ["tagging", "acl", "retention", "legal-hold", "uploads", "uploadId", "attributes"];
  if (sub.some((name) => request.query.has(name))) throw new Refusal(501, "NotImplemented", "not in the lab");
  switch (request.verb) {
    case "PUT":
      return request.headers["x-amz-copy-source"] === undefined ? put(call) : copy(call);
    case "GET":
    case "HEAD":
      return get(call);
    case "DELETE":
      return remove(call);
    default:
      throw new Refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
  }
}

function put(call: Call): HttpResponse {
  const { request, key } = call;
  const bucket = bucketOf(call);
  demand(call, "s3:PutObject", key);
  rejectWrongDigest(call);
  const condition = request.headers["if-none-match"];
  const version = bucket.put(key, request.body, condition === "*");
  return empty(200, headersOf(version));
}

/** A wrong Content-MD5 is refused; where one is needed and missing, so is the request. */
export function rejectWrongDigest({ request: { headers, body } }: Call, isNeeded = false): void {
  const said = headers["content-md5"];
  const other = Object.keys(headers).some((name) => name.startsWith("x-amz-checksum-"));
  if (said === undefined && isNeeded && !other) {
    throw new Refusal(400, "InvalidRequest", "Missing required header for this request: Content-MD5");
  }
  if (said === undefined || said === createHash("md5").update(body).digest("base64")) return;
  throw new Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
}

function copy(call: Call): HttpResponse {
  const { request, key } = call;
  const source = decodeURIComponent(String(request.headers["x-amz-copy-source"])).replace(/^\//, "");
  const [path = "", versionId] = source.split("?versionId=");
  const at = path.indexOf("/");
  const from: Call = { ...call, bucket: path.slice(0, at), key: path.slice(at + 1) };
  const version = found(from, versionId);
  demand(call, "s3:PutObject", key);
  const copied = bucketOf(call).put(key, bucketOf(from).bytes(version));
  const answer = xml("CopyObjectResult", { ETag: `"${copied.etag}"`, LastModified: isoTime(copied.modified) });
  return { ...answer, headers: { ...answer.headers, ...headersOf(copied) } };
}

function get(call: Call): HttpResponse {
  const version = found(call, call.request.query.get("versionId") ?? undefined);
  const body = bucketOf(call).bytes(version);
  const described = {
    ...headersOf(version),
    "content-type": "binary/octet-stream",
    "content-length": String(version.size),
    "last-modified": new Date(version.modified).toUTCString(),
  };
  return { status: 200, headers: described, body: call.request.verb === "HEAD" ? "" : body };
}

/** Who may not list is not told that there is nothing. */
function found(call: Call, versionId: string | undefined): Version {
  const { key } = call;
  const bucket = bucketOf(call);
  demand(call, versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion", key);
  const version = versionId === undefined ? bucket.current(key) : bucket.version(key, versionId);
  if (version?.isMarker === true) throw new Refusal(405, "MethodNotAllowed", "That version is a delete marker.");
  if (version !== undefined) return version;
  if (!may(call, "s3:ListBucket")) throw accessDenied();
  if (versionId !== undefined) throw new Refusal(404, "NoSuchVersion", "The specified version does not exist.");
  throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
}

function remove(call: Call): HttpResponse {
  const { key, request } = call;
  const bucket = bucketOf(call);
  const versionId = request.query.get("versionId");
  demand(call, versionId === null ? "s3:DeleteObject" : "s3:DeleteObjectVersion", key);
  const gone = versionId === null ? bucket.remove(key) : bucket.removeVersion(key, versionId);
  const marked = gone?.isMarker === true && { "x-amz-delete-marker": "true" };
  return empty(204, { ...marked, ...(gone !== undefined && { "x-amz-version-id": gone.id }) });
}

function headersOf({ etag, id }: Version): Record<string, string> {
  return { etag: `"${etag}"`, ...(id !== "null" && { "x-amz-version-id": id }) };
}
