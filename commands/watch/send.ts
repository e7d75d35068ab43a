import { type Alarm } from "./checks";

/** How long a receiver may take. */
const PATIENCE_MS = 10_000;

/**
 * Tells the owner's address what was found.
 * @throws {Error} When it did not take it; the address itself is a secret and is not named.
 */
export async function send(address: string, site: string, alarms: readonly Alarm[]): Promise<void> {
  const lines = alarms.map(({ what, text }) => `${what}: ${text}`);
  const body = [`${site}: ${alarms.length} to look at`, ...lines].join("\n");
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const status = await fetch(address, { method: "POST", body, signal }).then(
    (answer) => answer.status,
    () => 0,
  );
  if (status >= 200 && status < 300) return;
  const why = status === 0 ? "it did not answer" : `it answered ${status}`;
  throw new Error(`What was found could not be sent to alertAddress: ${why}.\nCure: look whether the receiver runs.`);
}
