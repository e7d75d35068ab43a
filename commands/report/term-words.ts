import { type Judgement } from "../../planning/judgement-schema";
import { namesOf } from "../../planning/service-names";
import { byKey } from "./gathered";
import { timeText } from "./time-text";
import { type Loss, type Outcome } from "./words";

/** Columns of the table of what times consist of. */
export const TERM_COLUMNS = ["after", "the last guest", "what its time consists of, and at least"] as const;

/** For each loss the guest that is back last, and every part of its time; losses of which the same is true share a row. */
export function termRows(judgement: Judgement): string[][] {
  const names = namesOf(judgement);
  const rows = judgement.losses.flatMap((loss) => {
    const last = lastBack(loss);
    if (last === undefined) return [];
    return [{ loss: loss.name, cells: [names.get(last.vmid) ?? String(last.vmid), termsText(last)] }];
  });
  return byKey(rows, ({ cells }) => cells.join("\n")).map((same) => [
    same.map(({ loss }) => loss).join("; "),
    ...(same[0]?.cells ?? []),
  ]);
}

function lastBack({ outcomes }: Loss): Outcome | undefined {
  const back = outcomes.filter(({ verdict, estimate }) => verdict === "returns" && estimate !== null);
  return back.toSorted((a, b) => (b.estimate ?? 0) - (a.estimate ?? 0))[0];
}

/** `detection 15 min (0 s), transfer 9 min (2 min)`; parts that take no time are left out. */
function termsText({ terms }: Outcome): string {
  return terms
    .filter(({ estimate }) => estimate > 0)
    .map(({ name, bound, estimate }) => `${name} ${timeText(estimate)} (${timeText(bound)})`)
    .join(", ");
}
