import { createHash, timingSafeEqual } from "node:crypto";

import { Sha256 } from "@aws-crypto/sha256-js";
import { HttpRequest as SignedRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";

import { type HttpRequest } from "../core/http";
import { accessDenied, Refusal } from "./refusal";

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/(?<service>[a-z0-9]+)\/aws4_request, ?SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** Who knows the secrets of keys. */
export interface KeyHolder<Caller extends { readonly secret: string } = { readonly secret: string }> {
  /** Who holds an access key; undefined when nobody does. */
  readonly callerOf: (accessKey: string) => Caller | undefined;
}

/** The service for which a request says that it is signed; undefined where it says nothing. */
export function serviceOf({ headers }: HttpRequest): string | undefined {
  return AUTHORIZATION.exec(String(headers["authorization"]))?.groups?.["service"];
}

/**
 * Who sent a request: signed anew with the secret of its key, it must have the same signature (AWS Signature Version 4).
 * The time of a request is not held against the lab's clock, which may be another one than its clients'.
 * @throws {Refusal} In S3's words.
 */
export async function callerOf<Caller extends { readonly secret: string }>(
  account: KeyHolder<Caller>,
  request: HttpRequest,
  service: "s3" | "iam" | "sts" | "ec2" | "budgets",
): Promise<Caller> {
  const header = request.headers["authorization"];
  if (typeof header !== "string") throw accessDenied();
  const parts = AUTHORIZATION.exec(header)?.groups;
  if (parts === undefined)
    throw new Refusal(400, "AuthorizationHeaderMalformed", "The authorization header is malformed");
  const caller = account.callerOf(parts["key"] ?? "");
  if (caller === undefined) {
    throw new Refusal(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  }
  rejectOtherBody(request);
  if (parts["service"] !== service || !(await isSignedBy(parts, caller, request))) {
    const why = "The request signature we calculated does not match the signature you provided.";
    throw new Refusal(403, "SignatureDoesNotMatch", why);
  }
  return caller;
}

async function isSignedBy(
  parts: Record<string, string>,
  caller: { readonly secret: string },
  request: HttpRequest,
): Promise<boolean> {
  const { key = "", region = "", service = "", signed = "", signature = "" } = parts;
  const signer = new SignatureV4({
    ...{ region, service, sha256: Sha256 },
    credentials: { accessKeyId: key, secretAccessKey: caller.secret },
    uriEscapePath: service !== "s3",
  });
  const names = signed.split(";");
  const headers = Object.entries(request.headers).filter(([name]) => names.includes(name));
  const again = new SignedRequest({
    method: request.verb,
    path: request.path,
    query: Object.fromEntries([...request.query.keys()].map((name) => [name, request.query.getAll(name)])),
    headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
    body: request.body,
  });
  const result = await signer.sign(again, { signingDate: dateOf(request) });
  const expected = /Signature=([0-9a-f]{64})$/.exec(result.headers["authorization"] ?? "")?.[1] ?? "";
  return expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
}

function dateOf({ headers }: HttpRequest): Date {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"])) ?? [];
  if (year === undefined) throw accessDenied();
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The signature covers the digest that the client says its body has. */
function rejectOtherBody({ headers, body }: HttpRequest): void {
  const said = headers["x-amz-content-sha256"];
  if (said === undefined || said === "UNSIGNED-PAYLOAD") return;
  if (String(said).startsWith("STREAMING-"))
    throw new Refusal(501, "NotImplemented", "The lab takes no chunked uploads");
  if (createHash("sha256").update(body).digest("hex") === said) return;
  throw new Refusal(
    400,
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}
