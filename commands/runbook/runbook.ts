import { type Contact } from "../../estate/contacts";
import { type Judgement } from "../../planning/judgement-schema";
import { proofLines } from "../report/words";
import { cloudPages } from "./elsewhere";
import { guestPages } from "./guest-pages";

import { intruderPages } from "./intruder-page";
import { keyPages } from "./key-pages";
import { linePages } from "./line-pages";
import { nodePages } from "./node-pages";
import { type PageDraft, type RunbookPage, type Unknown } from "./page";
import { diskPages, poolPages } from "./pool-pages";
import { powerPages } from "./power-page";
import { programPages } from "./program-pages";
import { bucketPages } from "./bucket-page";
import { offsitePages, serverPages } from "./server-page";
import { siteName, type RunbookSite } from "./site";
import { wholeSitePages } from "./whole-site-page";

/** Who is called for a severity level. */
export interface Calling {
  /** 1 complete disaster to 4 nothing is down. */
  readonly severity: number;
  /** TAPPaaS' rule for it. */
  readonly rule: string;
  /** Whom that means here, in the order in which they are tried. */
  readonly people: readonly Contact[];
}

/** What to do after each thing that can go wrong with a site. */
export interface Runbook {
  /** Form of its JSON. */
  readonly version: 1;
  /** Name of the site. */
  readonly site: string;
  /** Name of its stack. */
  readonly stack: string;
  /** When the site was last looked at; null when never. */
  readonly observedAt: string | null;
  /** Who is called, the worst first. */
  readonly calling: readonly Calling[];
  /** Where sheets with the key lie, each in a sentence. */
  readonly sheets: readonly string[];
  /** Where the state and its copies lie. */
  readonly state: readonly string[];
  /** Whether restoring it was ever tried, in sentences. */
  readonly proof: readonly string[];
  /** Pages, those of the worst first; of the same severity, the whole site first. */
  readonly pages: readonly RunbookPage[];
  /** What becomes of guests after each loss. */
  readonly losses: Judgement["losses"];
  /** Names of the guests, by VMID. */
  readonly guests: Readonly<Record<string, string>>;
  /** What the times and verdicts take as given. */
  readonly assumptions: readonly Unknown[];
  /** What nobody wrote down and every page needs. */
  readonly unknown: readonly Unknown[];
}

/** Compiles it from a site's files alone: nothing is asked of the site, and nothing is invented. */
export function runbookOf(site: RunbookSite): Runbook {
  const drafts = [
    ...wholeSitePages(site),
    ...cloudPages(site),
    ...intruderPages(site),
    ...powerPages(site),
    ...nodePages(site),
    ...serverPages(site),
    ...poolPages(site),
    ...diskPages(site),
    ...guestPages(site),
    ...linePages(site),
    ...programPages(site),
    ...keyPages(site),
    ...offsitePages(site),
    ...bucketPages(site),
  ];
  const pages = drafts.map((draft) => withSeverity(site, draft)).toSorted((a, b) => a.severity - b.severity);
  const { estate, escrow, judgement } = site;
  return {
    version: 1,
    site: siteName(site),
    stack: site.stack,
    observedAt: judgement.observedAt,
    calling: callingOf(estate.contacts),
    sheets: sheetsOf(escrow),
    state: [
      ...(site.state.backend === undefined ? [] : [`the state: ${site.state.backend}`]),
      ...site.state.copies.map((copy) => `a copy of it, encrypted with the passphrase: ${copy}`),
    ],
    proof: proofLines(judgement),
    pages,
    losses: judgement.losses,
    guests: Object.fromEntries(judgement.services.map(({ vmid, name }) => [String(vmid), name])),
    assumptions: judgement.assumptions,
    unknown: unknownOf(site),
  };
}

function withSeverity({ judgement }: RunbookSite, draft: PageDraft): RunbookPage {
  const levels = judgement.losses.filter(({ id }) => draft.losses.includes(id)).map(({ severity }) => severity);
  return { ...draft, unknown: draft.unknown ?? [], severity: Math.min(4, ...levels) };
}

/** By TAPPaaS' levels: everyone, everyone on call, one of them, nobody at night. */
function callingOf(contacts: readonly Contact[]): Calling[] {
  const onCall = contacts.filter((one) => one.onCall);
  return [
    { severity: 1, rule: "everyone involved", people: contacts },
    { severity: 2, rule: "everybody who is on call", people: onCall },
    { severity: 3, rule: "at least one who is on call: the first who answers", people: onCall },
    { severity: 4, rule: "nobody at night: it is mended by day", people: [] },
  ];
}

function sheetsOf(escrow: RunbookSite["escrow"]): string[] {
  const sheets = (escrow?.places ?? []).map(
    ({ who, where, checked }) => `a sheet with the key: ${who}, ${where} (read on ${checked})`,
  );
  const { shares } = escrow ?? {};
  const parts = (shares?.places ?? []).map(
    ({ number, who, where, checked }) =>
      `share ${number} of the key, of which any ${shares?.needed ?? 2} give it back: ${who}, ${where} (read on ${checked})`,
  );
  return [...sheets, ...parts];
}

function unknownOf({ estate, stack, state }: RunbookSite): Unknown[] {
  const file = `Pulumi.${stack}.yaml`;
  return [
    ...(estate.contacts.length === 0 ? [{ text: "whom to call", cure: `contacts in ${file}` }] : []),
    ...(state.backend === undefined ? [{ text: "where the state lies", cure: `state.backend in ${file}` }] : []),
  ];
}
