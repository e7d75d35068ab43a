import { type Service } from "./model";
import { type Rates } from "./rates";
import { type Span, total } from "./term";
import { soloLimit } from "./transfer-rate";

/**
 * Seconds that one night's backup of these guests takes: every byte is read, and what changed is sent. The bound sends nothing and
 * reads what has changed, as QEMU's dirty bitmaps allow; the estimate reads everything once, as after a restart of the guests.
 */
export function backupWindow(services: readonly Service[], rates: Rates): Span {
  const bytes = total(services.map((service) => service.bytes));
  return {
    bound: (bytes.bound * rates.growthPerDay.best) / soloLimit(rates, false, "best").rate,
    estimate: bytes.estimate / soloLimit(rates, false, "expected").rate,
  };
}

/**
 * Least seconds in which bytes pass a way of so many bytes a second.
 * @throws {RangeError} If the rate is not above 0.
 */
export function leastTime(bytes: number, bytesPerSecond: number): number {
  if (!(bytesPerSecond > 0)) throw new RangeError(`Expected a rate above 0, got ${bytesPerSecond}.`);
  return bytes / bytesPerSecond;
}

/** Times the least that a run may take before it is told: a full read by a slow disk is within it. */
const SUSPICIOUS = 10;

/** How many times the least possible a run took that somebody measured, and whether that is more than any slow disk explains. */
export function slowness(run: { readonly bytes: number; readonly seconds: number }, rates: Rates) {
  const least = leastTime(run.bytes, soloLimit(rates, false, "best").rate);
  const expected = leastTime(run.bytes, soloLimit(rates, false, "expected").rate);
  return { timesLeast: run.seconds / least, suspicious: run.seconds > SUSPICIOUS * expected };
}
