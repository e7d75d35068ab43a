/** A login on a server. */
export interface Stolen {
  /** `user@realm`, or a token `user@realm!name`. */
  readonly authId: string;
  /** Password or secret. */
  readonly secret: string;
}

/** A key of an S3 account. */
export interface StolenKey {
  /** The part that is no secret. */
  readonly accessKey: string;
  /** The secret. */
  readonly secretKey: string;
}

/** A machine whose root shell somebody may have. */
export type Machine = "node" | "home server" | "vault server" | "peer server" | "provider server";

/** Everything that somebody has who took one thing, and what lies open to them with it. */
export interface Thief {
  /** What was taken, as the table says it. */
  readonly credential: string;
  /** Logins. Each is tried at every door, whosever it is. */
  readonly logins: readonly Stolen[];
  /** Private keys of SSH, tried at every machine. */
  readonly keys: readonly string[];
  /** Machines of which they are root already. */
  readonly root: readonly Machine[];
  /** Keys of S3, tried at every bucket. */
  readonly buckets: readonly StolenKey[];
  /** The encryption key in PBS's form; undefined where it was not found. */
  readonly backupKey?: string;
}
