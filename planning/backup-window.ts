import { type Service } from "./model";
import { type Rates } from "./rates";
import { type Span } from "./term";
import { soloLimit } from "./transfer-rate";

/**
 * Seconds that one night's backup of these guests takes: every byte is read, and what changed is sent. The bound sends nothing and
 * reads what has changed, as QEMU's dirty bitmaps allow; the estimate reads everything once, as after a restart of the guests.
 */
export function backupWindow(services: readonly Service[], rates: Rates): Span {
  const bytes = services.reduce(
    (sum, { bytes: { bound, estimate } }) => ({ bound: sum.bound + bound, estimate: sum.estimate + estimate }),
    { bound: 0, estimate: 0 },
  );
  return {
    bound: (bytes.bound * rates.growthPerDay.best) / soloLimit(rates, false, "best").rate,
    estimate: bytes.estimate / soloLimit(rates, false, "expected").rate,
  };
}
