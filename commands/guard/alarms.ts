import { type Duration } from "../../estate/units/duration";
import { AT_HOME } from "../../estate/units/return-record";
import { type Stack } from "../engine/stack";
import { type Alarm } from "../watch/checks";
import { guardsOf, heldBecause, type GuardSeen } from "./nodes";
import { isDue, recordText, SiteRecord, validForOf, type RecordSeen } from "./record";

/** What of a site's guard deserves a person's attention; none where the settings ask for no guard. It changes nothing. */
export async function guardAlarms(stack: Stack, now: Date): Promise<Alarm[]> {
  const record = await SiteRecord.of(stack);
  if (record === undefined) return [];
  try {
    const validFor = validForOf(stack);
    return [
      ...recordAlarms(await record.seen(), stack.name, validFor, now),
      ...heldAlarms(await guardsOf(stack), stack.name),
    ];
  } finally {
    await record.close();
  }
}

/** Places that do not answer, and a record that keeps guests off or is about to end. */
export function recordAlarms({ places, newest }: RecordSeen, site: string, validFor: Duration, now: Date): Alarm[] {
  const silent = places
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem = "" }) => ({
      what: `place of record ${name}`,
      text: `it does not answer, and after a power cut the nodes would learn nothing from it: ${problem}`,
    }));
  const behind = places
    .filter(({ problem, record }) => problem === undefined && record?.serial !== newest?.serial)
    .map(({ name, record }) => ({
      what: `place of record ${name}`,
      text: `it has ${recordText(record, now)}, and another place has a newer one; \`make guard SITE=${site}\` writes that there`,
    }));
  const due = isDue(newest, validFor, now)
    ? [
        {
          what: "record of where the guests serve",
          text: `${recordText(newest, now)}; \`make guard SITE=${site}\` writes a new one`,
        },
      ]
    : [];
  const away =
    newest !== undefined && newest.serves !== AT_HOME
      ? [
          {
            what: "record of where the guests serve",
            text: `${recordText(newest, now)}; this site's nodes keep them off`,
          },
        ]
      : [];
  return [...silent, ...behind, ...due, ...away];
}

/** Guests that are kept off, each with the reason. */
export function heldAlarms(guards: readonly GuardSeen[], site: string): Alarm[] {
  return guards.flatMap((guard) => {
    const { node, held, problem } = guard;
    if (problem !== undefined) return [{ what: `return guard of ${node}`, text: problem }];
    return held.map((vmid) => {
      const text = `the return guard keeps it off: ${heldBecause(guard, vmid)}; \`make guard SITE=${site}\` says more, \`make guard-release SITE=${site}\` lets it start`;
      return { what: `guest ${vmid} on ${node}`, text };
    });
  });
}
