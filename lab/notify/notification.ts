/** How grave a message is, in Proxmox's words. */
export type Severity = "info" | "notice" | "warning" | "error" | "unknown";

/** One message that a machine has for people. */
export interface Notification {
  /** How grave it is. */
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  /** The text. */
  readonly message: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** `type`, `hostname`, `job-id`, ... by which matchers choose. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Fields of a target or matcher, under the names of the API. */
export type Fields = Readonly<Record<string, unknown>>;

/** Kinds of target that the lab serves. */
export type EndpointType = "gotify" | "sendmail" | "webhook";

/** A refusal of the notification system, which PVE and PBS share. */
export class NotifyRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
