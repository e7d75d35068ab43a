import { copies } from "../../planning/copies";
import { deletionResistance } from "../../planning/deletion-resistance";
import { orderOf } from "../../planning/whole-restore";
import { modelOf } from "../../planning/site-model";
import { storeGrowth } from "../../planning/store-growth";
import { survival } from "../../planning/survival";
import { targetResults } from "../../planning/targets";
import { type Estate } from "../../estate/estate";
import { estateWith, guest } from "../planning/estates";

/** Guests of each measurement; the curve goes through them. */
const SIZES = [100, 200, 400, 800, 2_000] as const;
/** What planning may take and stay unnoticed beside a preview, in milliseconds. */
const LIMITS: Readonly<Record<number, number>> = { 100: 50, 2_000: 1_000 };
/** Power of the number of guests with which time may grow; 1 is linear. */
const STEEPEST = 1.15;
const RUNS = 15;
/** Runs that are not counted: until then the machine still learns the program. */
const WARM_UP = 8;
const NODES = 8;

/** The same site on every machine: sizes and dependencies follow from the number of the guest. */
function site(guests: number): Estate {
  const all = Array.from({ length: guests }, (_, index) =>
    guest(101 + index, {
      node: `tappaas${1 + (index % NODES)}`,
      disk: `${16 + ((index * 37) % 500)} GiB`,
      dependsOn: index > 4 ? [`g${101 + ((index * 7) % 5)}:x`] : [],
    }),
  );
  return estateWith(all);
}

/** Everything that a report says of a site apart from pairs of losses, which a preview does not ask for. */
function planned(estate: Estate): void {
  const model = modelOf(estate);
  targetResults(survival(model), model.targets);
  copies(model);
  deletionResistance(model);
  orderOf(model);
  storeGrowth(model.copies, model.services, model.rates).bytesOn(365);
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** Median of some runs. */
function measure(estate: Estate): number {
  const times = Array.from({ length: RUNS + WARM_UP }, () => {
    const before = performance.now();
    planned(estate);
    return performance.now() - before;
  });
  return median(times.slice(WARM_UP));
}

const curve = SIZES.map((guests) => ({ guests, milliseconds: measure(site(guests)) }));
const [first, last] = [curve[0], curve.at(-1)];
const power =
  Math.log((last?.milliseconds ?? 1) / (first?.milliseconds ?? 1)) /
  Math.log((last?.guests ?? 1) / (first?.guests ?? 1));

for (const { guests, milliseconds } of curve) {
  const limit = LIMITS[guests];
  const over = limit !== undefined && milliseconds > limit;
  if (over) process.exitCode = 1;
  const bar = "#".repeat(Math.max(1, Math.round(milliseconds / 20)));
  const told = limit === undefined ? "" : `  at most ${limit} ms${over ? ": TOO SLOW" : ""}`;
  console.log(`${String(guests).padStart(5)} guests ${milliseconds.toFixed(1).padStart(8)} ms  ${bar}${told}`);
}
if (power > STEEPEST) process.exitCode = 1;
console.log(`Time grows with the number of guests to the power of ${power.toFixed(2)}, at most ${STEEPEST}.`);
