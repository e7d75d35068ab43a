/** The S3 provider refused a request; its own code and words are in the message. */
export class S3Error extends Error {
  public override readonly name = "S3Error";

  constructor(
    /** What was asked: `reading s3://bucket/key`. */
    public readonly request: string,
    /** HTTP status. */
    public readonly status: number,
    /** The provider's own code: `AccessDenied`, `NoSuchKey`. */
    public readonly code: string,
    message: string,
  ) {
    super(`${request}: ${status} ${code} ${message}`.trim());
  }
}

/** Whether a request was refused because the key may not. */
export function isDenied(error: unknown): boolean {
  return error instanceof S3Error && error.status === 403 && error.code === "AccessDenied";
}

/** Codes of a 403 that is about the key: it may not, or is none, or its user was switched off. A wrong signature is not among them. */
const OF_THE_KEY = ["AccessDenied", "InvalidAccessKeyId", "UserSuspended"];

/**
 * Whether a request was refused because of the key, whatever its secret: it may not, is switched off, or is unknown. Sources: S3's list
 * of error codes; Ceph's for a user that was suspended.
 */
export function isRefusedKey(error: unknown): boolean {
  return error instanceof S3Error && error.status === 403 && OF_THE_KEY.includes(error.code);
}

/** Whether what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3Error && error.status === 404;
}

/** What a look at a bucket shows; undefined where the key may not look. */
export async function seen<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}
