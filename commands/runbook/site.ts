import { type EscrowRecord } from "../../estate/escrow-record";
import { type Estate, type EstateNode } from "../../estate/estate";
import { type Guest } from "../../estate/guest";
import { type Observation } from "../../estate/observation";
import { type StateSettings } from "../../estate/state-settings";
import { type Judgement } from "../../planning/judgement-schema";
import { type Model } from "../../planning/model";
import { type Method } from "../../planning/recovery-time";
import { secondsOf, sourceOf, type RateName } from "../../planning/rates";
import { quoted } from "../ssh/quoted";
import { type ElsewhereStack } from "./elsewhere";
import { type Loss, type Step, type Takes } from "./page";

/** All that a runbook is compiled from. */
export interface RunbookSite {
  /** What the site is to be. */
  readonly estate: Estate;
  /** What plans are made from. */
  readonly model: Model;
  /** What each loss costs. */
  readonly judgement: Judgement;
  /** Name of its stack, `home` for Pulumi.home.yaml. */
  readonly stack: string;
  /** Where the state lies. */
  readonly state: StateSettings;
  /** Whether the nodes' certificates are signed by a CA of their own, which the settings hold. */
  readonly ownCa: boolean;
  /** Files of the key, from the repository's root. */
  readonly key: { readonly file: string; readonly identityFile: string };
  /** Where sheets with the key lie; undefined when nobody wrote that down. */
  readonly escrow: EscrowRecord | undefined;
  /** What was seen of the site; undefined before the first look. */
  readonly observation: Observation | undefined;
  /** Stacks that bring its guests back elsewhere. @default - none is prepared */
  readonly elsewhere?: readonly ElsewhereStack[];
}

/** Last part of the site's folder: what `SITE=` names. */
export function siteName({ estate }: Pick<RunbookSite, "estate">): string {
  return estate.site.split("/").at(-1) ?? estate.site;
}

/** A `make` command on the site: `make rebuild SITE=home REBUILD_OPTIONS="--dry-run"`. */
export function make(site: RunbookSite, verb: string, words: Readonly<Record<string, string>> = {}): string {
  const name = siteName(site);
  const which = { SITE: name, ...(site.stack !== name && { STACK: site.stack }) };
  const all = Object.entries({ ...which, ...words });
  return ["make", verb, ...all.map(([key, value]) => `${key}=${plain(value)}`)].join(" ");
}

function plain(value: string): string {
  return /^[\w./:,@=+-]+$/.test(value) ? value : `"${value}"`;
}

/** A command in root's shell of a node. */
export function onNode({ ssh }: EstateNode, command: string): string {
  const port = ssh.port === 22 ? "" : `-p ${ssh.port} `;
  return `ssh ${port}${ssh.user}@${ssh.host} ${quoted(command)}`;
}

/** The node of that name. @throws {RangeError} When the site has none. */
export function nodeOf({ estate }: Pick<RunbookSite, "estate">, name: string): EstateNode {
  const node = estate.nodes.find((one) => one.name === name);
  if (node === undefined) throw new RangeError(`Expected a node of the site, got "${name}".`);
  return node;
}

/** The first node that is not this one; undefined on a site of one. */
export function otherNode({ estate }: RunbookSite, name: string): EstateNode | undefined {
  return estate.nodes.find((one) => one.name !== name);
}

/** How long things take that follow one another, by the figures that plans are made with. */
export function takes({ model: { rates } }: RunbookSite, ...names: readonly RateName[]): Takes {
  const spans = names.map((name) => secondsOf(rates[name]));
  return {
    bound: spans.reduce((sum, { bound }) => sum + bound, 0),
    estimate: spans.reduce((sum, { estimate }) => sum + estimate, 0),
    why: names.map((name) => sourceOf(rates[name])).join("; "),
  };
}

/** `identity (140), nextcloud (340)`; "no guest" of none. */
export function guestNames(guests: readonly Pick<Guest, "name" | "vmid">[]): string {
  return guests.length === 0 ? "no guest" : guests.map(({ name, vmid }) => `${name} (${vmid})`).join(", ");
}

/** The loss of that identifier. @throws {RangeError} When the site knows none. */
export function lossOf({ judgement }: RunbookSite, id: string): Loss {
  const loss = judgement.losses.find((one) => one.id === id);
  if (loss === undefined) throw new RangeError(`Expected a loss of the site, got "${id}".`);
  return loss;
}

/** Identifiers of all losses that begin so. */
export function lossesLike({ judgement }: RunbookSite, start: string): string[] {
  return judgement.losses.map(({ id }) => id).filter((id) => id.startsWith(start));
}

/** How a guest comes back after a loss. */
export type Return = "runs" | "lost" | Method;

/** How each guest comes back after a loss, in the order of the site. */
export function returnsAfter(site: RunbookSite, id: string): { readonly guest: Guest; readonly by: Return }[] {
  const { outcomes } = lossOf(site, id);
  return site.estate.guests.map((guest) => {
    const outcome = outcomes.find(({ vmid }) => vmid === guest.vmid);
    if (outcome === undefined || outcome.verdict === "runs" || outcome.verdict === "cut off")
      return { guest, by: "runs" };
    if (outcome.verdict === "lost") return { guest, by: "lost" };
    return { guest, by: outcome.method ?? "restore" };
  });
}

/** Guests that come back in one way after a loss. */
export function guestsBy(site: RunbookSite, id: string, by: Return): Guest[] {
  return returnsAfter(site, id)
    .filter((one) => one.by === by)
    .map(({ guest }) => guest);
}

/** Typing secrets into the shell, so that they stand in no argument and in no history. */
export function secretsTyped(...names: readonly string[]): string[] {
  return names.map((name) => `read -rs ${name} && export ${name}`);
}

/** Somebody says what is down, and that it is a disaster. */
export function declared(site: RunbookSite): Step {
  return {
    text: "Say aloud that this page is in use, note the time, and call the people named at the head of this page.",
    by: "hand",
    takes: takes(site, "detection", "declaration"),
  };
}
