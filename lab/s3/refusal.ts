/** Why a request is refused, as S3 says it: a status, a code and a sentence. */
export class Refusal extends Error {
  constructor(
    /** HTTP status. */
    readonly status: number,
    /** Code of S3's own list: `NoSuchKey`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What a key that lacks the right gets. */
export function accessDenied(): Refusal {
  return new Refusal(403, "AccessDenied", "Access Denied");
}
