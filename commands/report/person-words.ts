import { RETURN_GUARD_FOLDER } from "../../estate/units/return-guard-places";
import { type Judgement } from "../../planning/judgement-schema";
import { namesOf } from "../../planning/service-names";
import { byKey, guestsText } from "./gathered";
import { type Loss, type Outcome } from "./words";

/** Command in a node's own shell by which a guest starts that the return guard keeps off; VMIDs follow it. */
export const RELEASE_ON_NODE = `bash ${RETURN_GUARD_FOLDER}/program release`;

/** Guests that need a person although nothing is to be restored: loss by loss why, and what lets them start. */
export function personLines(judgement: Judgement): string[] {
  const names = namesOf(judgement);
  const all = judgement.services.length;
  const site = judgement.site.split("/").at(-1) ?? judgement.site;
  const text = (vmids: readonly number[]) =>
    guestsText(
      vmids.map((vmid) => names.get(vmid) ?? String(vmid)),
      all,
    );
  const lines = judgement.losses.flatMap((loss) => {
    const [released, started] = [guestsBy(loss, "release"), guestsBy(loss, "hand")];
    const held =
      `the return guard keeps ${text(released)} off, since no place of record answers and they may serve elsewhere. They start by themselves ` +
      "when one answers again. Whoever knows that they serve nowhere else lets them start before: " +
      `make guard-release SITE=${site}; or on each node: ${RELEASE_ON_NODE} ${released.join(" ")}`;
    const left = `nothing starts ${text(started)}, neither the node (onboot) nor high availability; a person does, in PVE`;
    return [
      ...(released.length === 0 ? [] : [{ loss: loss.name, line: held }]),
      ...(started.length === 0 ? [] : [{ loss: loss.name, line: left }]),
    ];
  });
  return byKey(lines, ({ line }) => line).map((same) => {
    const losses = same.map(({ loss }) => loss).join("; ");
    return `${losses}: ${same[0]?.line ?? ""}`;
  });
}

/** How many guests of a loss a person has to start, or to let start. */
export function personsCount({ outcomes }: Loss): number {
  return outcomes.filter(needsPerson).length;
}

/** Whether a guest with all its data stays off until somebody starts it, or lets it start. */
export function needsPerson({ method }: Pick<Outcome, "method">): boolean {
  return method === "hand" || method === "release";
}

function guestsBy({ outcomes }: Loss, method: "hand" | "release"): number[] {
  return outcomes.filter((outcome) => outcome.method === method).map(({ vmid }) => vmid);
}
