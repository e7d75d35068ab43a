import { type NodeShell } from "../ssh/node-shell";
import { type Secrets } from "../secrets";
import { type LocalApi } from "./local-api";
import { type Enrolment } from "./record";

/** What every step of an enrolment works with. */
export interface Enrolling {
  /** Root's shell on the node. */
  readonly shell: NodeShell;
  /** PVE's API over it. */
  readonly pvesh: LocalApi;
  /** Where token secrets go. */
  readonly secrets: Secrets;
  /** What was done so far; steps add to it. */
  readonly record: Enrolment;
  /** The node's API, `https://10.0.0.10:8006`. */
  readonly endpoint: string;
  /** Certificate of the authority that signed its certificate. */
  readonly authority: string;
  /** The site's name, for comments. */
  readonly site: string;
  /** Whether secrets that work are replaced too. */
  readonly newSecrets: boolean;
}

/** One thing that enrolling sees to. Looking at it changed nothing. */
export interface Step {
  /** The thing: `role TAPPaaSResilience`. */
  readonly thing: string;
  /** What would be done about it; undefined when it is as it has to be. */
  readonly change: string | undefined;
  /** Does it. Called only where there is a change. */
  readonly apply: () => Promise<void>;
}
