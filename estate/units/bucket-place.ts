/** Host of an S3 provider, with `{{bucket}}` before it where the bucket stands in the host: PBS, parameter `endpoint` of an S3 client. */
export const BUCKET_ENDPOINT = /^(?:\{\{bucket\}\}\.)?[A-Za-z0-9.{}-]+$/;

/** Region as a provider calls it: PBS, parameter `region`. */
export const BUCKET_REGION = /^[_a-z\d][-_a-z\d]{0,31}$/;

/** Name of a bucket, 3 to 63 characters. */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
