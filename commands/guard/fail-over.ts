import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Talk } from "../site/talk";
import { evidenceGaps, evidenceLines, evidenceOf, type Evidence, type EvidenceOrder } from "./evidence";
import { recordText, seenLines, type RecordSeen, type SiteRecord } from "./record";

/** Guests of a site that are to serve elsewhere. */
export interface FailOverOrder extends EvidenceOrder {
  /** The record of the lost site. */
  readonly record: SiteRecord;
  /** Stack on which they are to serve. */
  readonly stack: string;
  /** Its folder: what was seen and said is written down there. */
  readonly folder: string;
  /** VMIDs for which home's nodes know that a failover was prepared. */
  readonly prepared: readonly number[];
  /** Names by VMID. */
  readonly names: ReadonlyMap<number, string>;
  /** Whether a person goes on although guests may run twice. */
  readonly acceptTwice: boolean;
}

/**
 * Lets guests serve elsewhere: evidence from two places that home does not serve them, a person who types home's name, and the record at the
 * places of record, all before the first guest starts. Run again, it asks nobody a second time.
 * @returns False when a person did not want it.
 * @throws {Error} By name, when home serves, the evidence does not do, or no place of record has the record.
 */
export async function failOver(order: FailOverOrder, talk: Talk): Promise<boolean> {
  const { record, stack, vmids, home } = order;
  const evidence = await evidenceOf(order);
  for (const line of evidenceLines(evidence)) talk.say(line);
  const doubts = doubtsOf(order, evidence);
  if (doubts.length > 0 && !order.acceptTwice) throw new Error(refusal(order, doubts));
  const seen = await record.seen();
  const has = seen.newest?.serves === stack && vmids.every((vmid) => seen.newest?.guests.includes(vmid));
  if (has) {
    talk.say(`It is recorded already: ${recordText(seen.newest, new Date())}.`);
  } else {
    for (const line of sayLines(order, doubts)) talk.say(line);
    const typed = await talk.ask(`Type the name of the lost site, ${home.name}, to let its guests serve on ${stack}: `);
    if (typed !== home.name) {
      talk.say("That is another name; nothing was recorded, and no guest was started.");
      return false;
    }
  }
  const others = seen.newest?.serves === stack ? seen.newest.guests : [];
  const written =
    has && seen.places.every((place) => place.record?.serial === seen.newest?.serial)
      ? seen
      : await record.publish(stack, [...new Set([...others, ...vmids])]);
  talk.say("Recorded, before the first guest starts:");
  for (const line of seenLines(written, new Date())) talk.say(line);
  writeDown(order, evidence, doubts, written);
  rejectUnrecorded(order, written);
  // Home may have come back while somebody typed.
  const again = await evidenceOf(order);
  if (again.running.length === 0 || order.acceptTwice) return true;
  throw new Error(
    refusal(order, [`home came back meanwhile: ${again.running.join(", ")}`]) +
      "\nThe record stands; `make guard-release SITE=" +
      home.name +
      "` takes it back.",
  );
}

/** What speaks against it, each with the guests that would run twice. */
function doubtsOf({ vmids, prepared, names }: FailOverOrder, evidence: Evidence): string[] {
  const unprepared = vmids.filter((vmid) => !prepared.includes(vmid));
  const called = unprepared.map((vmid) => `${names.get(vmid) ?? ""} (${vmid})`).join(", ");
  return [
    ...evidenceGaps(evidence),
    ...(unprepared.length === 0
      ? []
      : [
          `home's nodes do not know that these may serve elsewhere, and start them when they return without the internet: ${called}`,
        ]),
  ];
}

function refusal({ home, vmids, names, stack }: FailOverOrder, doubts: readonly string[]): string {
  const all = vmids.map((vmid) => `${names.get(vmid) ?? ""} (${vmid})`).join(", ");
  return [
    `Guests of ${home.name} are not brought up on ${stack}:`,
    ...doubts.map((doubt) => `  ${doubt}`),
    `What would run twice, each with data of its own: ${all}.`,
    "Cure: switch home off for good, or shut those guests down there; add to returnGuard.prepared what may serve elsewhere.",
    "To go on all the same: --accept-twice, which is written down.",
  ].join("\n");
}

function sayLines({ home, stack, vmids, names }: FailOverOrder, doubts: readonly string[]): string[] {
  const all = vmids.map((vmid) => `${names.get(vmid) ?? ""} (${vmid})`).join(", ");
  return [
    `From here on ${all} serve on ${stack}. When ${home.name} returns, its nodes keep them off until they come home.`,
    ...doubts.map((doubt) => `ACCEPTED, and guests may run twice: ${doubt}`),
  ];
}

/** A record that is nowhere keeps nobody off. */
function rejectUnrecorded({ acceptTwice }: FailOverOrder, { places }: RecordSeen): void {
  const missing = places.filter(({ problem }) => problem !== undefined);
  if (missing.length < places.length || acceptTwice) return;
  throw new Error(
    "No place of record has it, so no guest was started: home would not know.\n" +
      "Cure: see why above, then run this again; or --accept-twice.",
  );
}

function writeDown(
  { folder, stack, home, vmids }: FailOverOrder,
  evidence: Evidence,
  accepted: readonly string[],
  { newest, places }: RecordSeen,
): void {
  const past = join(folder, "failovers");
  mkdirSync(past, { recursive: true });
  const name = evidence.at.replace(/\.\d+Z$/, "Z").replaceAll(":", "");
  const content = { home: home.name, stack, guests: vmids, evidence, accepted, record: newest, places };
  writeFileSync(join(past, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
