import { type Judgement } from "../../planning/judgement-schema";

/** Where a decision leads: a step of the same page, or another page. */
export type Way = { readonly step: string } | { readonly page: string };

/** A question on which it depends how a page goes on. */
export interface Decision {
  /** The question, to be answered with yes or no. */
  readonly question: string;
  /** Where to go on a no; with a yes the next step follows. */
  readonly otherwise: Way;
}

/** How long something takes, in seconds, and where the figures come from. */
export interface Takes {
  /** At least. */
  readonly bound: number;
  /** Probably. */
  readonly estimate: number;
  /** Source of both. */
  readonly why: string;
}

/** One step of a page. */
export interface Step {
  /** Name by which decisions lead to it. @default - none leads to it */
  readonly name?: string | undefined;
  /** What to do, in a sentence or two. */
  readonly text: string;
  /** Whether this program does it or a person does; on what a person does there is a command that shows whether it is done. */
  readonly by: "program" | "hand";
  /** Commands to type, in order. What stands in `<…>` is to be filled in. */
  readonly commands?: readonly string[] | undefined;
  /** Command that changes nothing and shows whether the step is done. */
  readonly check?: string | undefined;
  /** What is seen when it is done. */
  readonly expect?: string | undefined;
  /** How the page goes on. */
  readonly decision?: Decision | undefined;
  /** How long it takes; absent where nothing tells. */
  readonly takes?: Takes | undefined;
}

/** Something that nobody wrote down, and what would make it known. */
export interface Unknown {
  /** What is not known. */
  readonly text: string;
  /** Setting or command that would tell. */
  readonly cure: string;
}

/** What to do after one disaster. */
export interface RunbookPage {
  /** Name for links: `node-tappaas1`. */
  readonly id: string;
  /** What happened. */
  readonly title: string;
  /** Losses of `planning/loss.ts` that it is for; none for what costs no guest. */
  readonly losses: readonly string[];
  /** 1 complete disaster to 4 nothing is down: the worst of its losses. */
  readonly severity: number;
  /** What is known beforehand, and what not to do. */
  readonly notes: readonly string[];
  /** What to do, in order. */
  readonly steps: readonly Step[];
  /** What nobody wrote down. */
  readonly unknown: readonly Unknown[];
}

/** A page before the severity of its losses is looked up. */
export type PageDraft = Omit<RunbookPage, "severity" | "unknown"> & { readonly unknown?: readonly Unknown[] };

/** What becomes of guests after a loss. */
export type Loss = Judgement["losses"][number];
