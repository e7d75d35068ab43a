/** An answer of PVE that is not a success. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Messages by parameter. */
    readonly errors?: Readonly<Record<string, string>>,
  ) {
    super(message);
  }
}

/** 400 with a message for each parameter at fault. */
export function invalid(errors: Readonly<Record<string, string>>): Refusal {
  return new Refusal(400, "Parameter verification failed.", errors);
}

/** 500, PVE's answer to everything that is well-formed and cannot be done. */
export function impossible(message: string): Refusal {
  return new Refusal(500, message);
}

/** 403 for missing privileges; several of which one would do are given joined by `|`. */
export function forbidden(path: string, privileges: readonly string[], any = false): Refusal {
  return new Refusal(403, `Permission check failed (${path}, ${privileges.join(any ? "|" : ", ")})`);
}

/** 401. */
export function unauthenticated(message: string): Refusal {
  return new Refusal(401, message);
}

/** 501 that names what the lab does not know. */
export function notImplemented(what: string): Refusal {
  return new Refusal(501, `Method '${what}' not implemented`);
}
