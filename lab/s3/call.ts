import { type HttpRequest, type HttpResponse } from "../core/http";
import { type Account, type Caller } from "./account";
import { type Bucket } from "./bucket";
import { allows } from "./policy";
import { accessDenied, Refusal } from "./refusal";
import { document, type Xml } from "./xml";

/** One request with who sent it. */
export interface Call {
  /** Account that is asked. */
  readonly account: Account;
  /** Who asks. */
  readonly caller: Caller;
  /** The request itself. */
  readonly request: HttpRequest;
  /** Name of the bucket in the path; empty for the account. */
  readonly bucket: string;
  /** Name of the object in the path; empty for the bucket. */
  readonly key: string;
}

/** Whether the caller may do this with one object, or with the bucket itself. */
export function may({ caller, bucket }: Call, action: string, key = ""): boolean {
  return allows(caller.policies, action, `arn:aws:s3:::${bucket}${key === "" ? "" : `/${key}`}`);
}

/**
 * Stops who may not.
 * @throws {Refusal} 403
 */
export function demand(call: Call, action: string, key = ""): void {
  if (!may(call, action, key)) throw accessDenied();
}

/**
 * The bucket of a call.
 * @throws {Refusal} 404
 */
export function bucketOf({ account, bucket: name }: Call): Bucket {
  const bucket = account.bucket(name);
  if (bucket === undefined) throw new Refusal(404, "NoSuchBucket", "The specified bucket does not exist");
  return bucket;
}

/** A document as answer. */
export function xml(root: string, content: Xml, status = 200): HttpResponse {
  return { status, headers: { "content-type": "application/xml" }, body: document(root, content) };
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers, body: "" };
}

/** A time as XML has it. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
