import { ALERT_TEMPLATES, rendered, type AlertForm } from "../../estate/units/alert-form";
import { type Alarm } from "./checks";

/** How long a receiver may take. */
const PATIENCE_MS = 10_000;

/**
 * Tells the owner's address what was found.
 * @throws {Error} When it did not take it; the address itself is a secret and is not named.
 */
export async function send(
  address: string,
  form: AlertForm,
  site: string,
  alarms: readonly Alarm[],
  now = new Date(),
): Promise<void> {
  const message = alarms.map(({ what, text }) => `${what}: ${text}`).join("\n");
  const timestamp = Math.floor(now.getTime() / 1_000);
  const about = { title: `${site}: ${alarms.length} to look at`, message, severity: "warning", timestamp };
  const body = rendered(form, about);
  const { headers } = ALERT_TEMPLATES[form];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const status = await fetch(address, { method: "POST", headers, body, signal }).then(
    (answer) => answer.status,
    () => 0,
  );
  if (status >= 200 && status < 300) return;
  const why = status === 0 ? "it did not answer" : `it answered ${status}`;
  throw new Error(`What was found could not be sent to alertAddress: ${why}.\nCure: look whether the receiver runs.`);
}
