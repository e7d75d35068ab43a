/** A server refused or failed a request; what it answered is in the message. */
export class ApiError extends Error {
  public override readonly name: string = "ApiError";

  constructor(
    /** What was asked of whom: `PBS https://backup:8007, GET /config/prune`. */
    public readonly request: string,
    /** HTTP status. */
    public readonly status: number,
    /** The server's own words. */
    public readonly answer: string,
    /** Reasons by parameter, where the server names them. */
    public readonly fields: Readonly<Record<string, string>> = {},
    cure = "",
  ) {
    const reasons = Object.entries(fields).map(([field, reason]) => `${field}: ${reason.trim()}`);
    super([`${request}: ${status} ${[answer.trim(), ...reasons].join("; ")}`, cure].filter(Boolean).join(". "));
  }
}

/** The login is not valid, or lacks a right. Nothing may be taken for absent because of it. */
export class NotPermitted extends ApiError {
  public override readonly name = "NotPermitted";

  constructor(request: string, status: number, answer: string, cure?: string) {
    super(request, status, answer, {}, cure ?? (status === 401 ? CHECK_LOGIN : GRANT_RIGHT));
  }
}

const CHECK_LOGIN = "Check that the login exists, is enabled, has not expired, and that its secret is the current one";
const GRANT_RIGHT =
  "Give the login the right that is named, and on PBS its user too: a token can do only what both may";

/** No answer came: the machine is off, the service is down, or the connection was cut. */
export class Unreachable extends Error {
  public override readonly name = "Unreachable";

  constructor(
    /** What was asked of whom. */
    public readonly request: string,
    /** What the network said. */
    public readonly reason: string,
    /** Whether the request had gone out, so that it may have been carried out. */
    public readonly mayBeDone: boolean,
  ) {
    const fate = mayBeDone ? "the request may have been carried out" : "nothing was asked";
    super(`${request}: no answer (${reason}); ${fate}. Check that the machine and its service run, then try again`);
  }
}

/** The other side did not prove who it is. No login was sent. */
export class Untrusted extends Error {
  public override readonly name = "Untrusted";
}

/** Whether a server refused, did not answer or did not prove who it is: it says nothing of what is there. Anything else is a fault of ours. */
export function isUnanswered(error: unknown): error is ApiError | Unreachable | Untrusted {
  return error instanceof ApiError || error instanceof Unreachable || error instanceof Untrusted;
}

/** Whether a server is away for the moment: no answer, or one of a service that is not itself. */
export function isAway(error: unknown): error is ApiError | Unreachable {
  return error instanceof Unreachable || (error instanceof ApiError && error.status >= 500);
}
