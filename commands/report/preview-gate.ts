import { missedTargets, stopsOf } from "../../planning/gate";
import { type Step } from "../engine/plan";
import { passes, type Breaking } from "./break-glass";
import { judgementOf, type SiteFiles } from "./knowledge";
import { stopText } from "./words";

/** What the targets of a site say to a plan. */
export interface TargetGate {
  /** Targets of the owner that are not held, each in a sentence. */
  readonly missed: readonly string[];
  /** How many defaults are not held. */
  readonly defaults: number;
  /** Whether the plan passes: they are held, it only adds, or somebody said why it is to pass all the same. */
  readonly passes: boolean;
}

/** Holds the targets of a site against a plan. One that only makes or adopts adds protection, and is never stopped by a target. */
export function targetGate(files: SiteFiles, steps: readonly Pick<Step, "op">[], breaking: Breaking): TargetGate {
  const judgement = judgementOf(files);
  const missed = stopsOf(judgement).map(stopText);
  const defaults = missedTargets(judgement).filter(({ written }) => !written).length;
  const onlyAdds = steps.length > 0 && steps.every(({ op }) => op === "create" || op === "import");
  return { missed, defaults, passes: onlyAdds || passes(missed, breaking) };
}

/** What a person is told of it. */
export function gateLines({ missed, defaults, passes: passed }: TargetGate): string[] {
  const lines = missed.map((text) => `target: ${text}`);
  if (missed.length > 0 && !passed)
    lines.push('A target that is written has to be held. Correct it, protect more, or say BREAK_GLASS="<why>".');
  if (defaults > 0)
    lines.push(`finding: ${defaults} default targets are not held; make report says which, and after what`);
  return lines;
}
