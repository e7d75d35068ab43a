import { type Secrets } from "../secrets";
import { type SettingsFile } from "../settings-file";
import { type LocalApi } from "./local-api";
import { type Enrolment } from "./record";

/** What the steps of a backup server's enrolment work with. */
export interface BackupServerContext {
  /** Its own API, over root's shell. */
  readonly api: LocalApi;
  /** Where token secrets go. */
  readonly secrets: Secrets;
  /** The stack's settings. */
  readonly settings: SettingsFile;
  /** What was done so far; steps add to it. */
  readonly record: Enrolment;
  /** The site's name, for comments on the server. */
  readonly site: string;
  /** Where its API is. */
  readonly host: string;
  /** TCP port of its API. */
  readonly port: number;
  /** Whether secrets that work are replaced too. */
  readonly newSecrets: boolean;
  /** SHA-256 of its certificate, as the server itself says. */
  readonly certificate: string;
}
