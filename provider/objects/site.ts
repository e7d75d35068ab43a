import { type PbsClient, type Privileges } from "../clients/pbs-client";
import { type PveClient } from "../clients/pve-client";
import { type Acceptance } from "./acceptance";
import { Refusal } from "./refusal";

/** A client-side encryption key: PBS's JSON, and its fingerprint. */
export interface SiteKey {
  /** Key material: **never kept, never shown.** */
  readonly json: string;
  /** 32 bytes in hex with colons. */
  readonly fingerprint: string;
}

/** What the objects act on, and what its owner has allowed. */
export interface Site {
  /** @throws {Refusal} When the provider has no PBS in its configuration. */
  readonly pbs: () => PbsClient;
  /** @throws {Refusal} When the provider has no PVE in its configuration. */
  readonly pve: () => PveClient;
  /** Whether there is a PBS in the configuration. */
  readonly hasPbs: boolean;
  /** Whether there is a PVE in the configuration. */
  readonly hasPve: boolean;
  /** Reads the encryption key; it is never kept. @throws When the file cannot be read or opened. */
  readonly key: () => Promise<SiteKey>;
  /** Objects, as `pbs:PruneJob/nightly`, that may be changed to what the program says when they are first met. */
  readonly adoptions: readonly string[];
  /** Losses of protection that somebody accepts. */
  readonly acceptances: readonly Acceptance[];
  /** Whether this run only reports what an `up` would meet; it refuses to change anything. */
  readonly reports: boolean;
  /** The moment by which acceptances are judged. */
  readonly today: () => Date;
  /** Shows how far something is, and is forgotten. */
  readonly progress: (line: string) => void;
  /** Says something by the way, about the object at hand. */
  readonly note: (line: string) => void;
  /** Says what a person must not miss. */
  readonly tell: (line: string) => void;
  /** Milliseconds between two looks at something that is on its way. */
  readonly pause: number;
}

/**
 * Makes sure that what a list does not show is not there, and not merely hidden: lists of PVE and PBS answer 200 with less
 * in them when a right is missing.
 * @throws {Refusal} When the login lacks the right to see.
 */
export async function demandSight(
  client: { readonly privileges: (path: string) => Promise<Privileges> },
  path: string,
  privilege: string,
  reach: "here" | "below" = "here",
): Promise<void> {
  const own = (await client.privileges(path))[privilege];
  if (own === true || (own === false && reach === "here")) return;
  const propagated = reach === "below" ? ", propagated," : "";
  throw new Refusal(
    `expected the right ${privilege}${propagated} on ${path}, and the login does not have it: ` +
      "what it does not see may still be there, so nothing counts as gone. " +
      "Give the login a role with that right on that path (on PBS to the token and to its user)",
  );
}
