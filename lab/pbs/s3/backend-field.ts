import { Refusal } from "../refusal";
import { parsePropertyString } from "../property-string";

/** Where a datastore lies that is not only a directory. */
export interface S3Place {
  /** Identifier of the endpoint. */
  readonly client: string;
  /** Name of the bucket. */
  readonly bucket: string;
}

/**
 * Reads a datastore's `backend`; undefined for a plain directory.
 * @throws {Refusal} When something is missing in it.
 */
export function s3PlaceOf(backend: unknown): S3Place | undefined {
  if (typeof backend !== "string") return undefined;
  const fields = Object.fromEntries(parsePropertyString(backend, "type"));
  if (fields["type"] !== "s3") return undefined;
  const { client, bucket } = fields;
  if (client === undefined || bucket === undefined)
    throw new Refusal(`missing ${client === undefined ? "client" : "bucket"}`);
  return { client, bucket };
}
