/** Where a bucket lies and who asks for it. */
export interface S3Place {
  /**
   * Host of the S3 provider as PBS writes it: `{{bucket}}.s3.{{region}}.amazonaws.com`, or `s3.example.org` for one that has the bucket
   * in the path.
   */
  readonly endpoint: string;
  /** TCP port. @default 443 */
  readonly port?: number | undefined;
  /** Region, as the provider calls it. */
  readonly region: string;
  /** SHA-256 of its certificate. @default - the system's CAs decide */
  readonly fingerprint?: string | undefined;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Access key: the part of the key that is no secret. */
  readonly accessKey: string;
  /** Its secret. */
  readonly secretKey: string;
}

const BUCKET_HOST = "{{bucket}}.";

/** Whether the bucket stands in the path of each request, and not in the host. */
export function isPathStyle({ endpoint }: Pick<S3Place, "endpoint">): boolean {
  return !endpoint.startsWith(BUCKET_HOST);
}

/** The address that is asked, without the bucket: `https://s3.eu-central-1.amazonaws.com:443`. */
export function addressOf({ endpoint, port = 443, region }: S3Place): string {
  const host = endpoint.startsWith(BUCKET_HOST) ? endpoint.slice(BUCKET_HOST.length) : endpoint;
  return `https://${host.replaceAll("{{region}}", region)}:${port}`;
}
