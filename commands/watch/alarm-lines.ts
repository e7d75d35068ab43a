import { grouped } from "../../estate/units/grouped";
import { type Alarm } from "./checks";

/** Alarms as lines for a person: what several have in common is said once. Guests are named by number, as in the table beside them. */
export function alarmLines(alarms: readonly Alarm[]): string[] {
  const alike = grouped(alarms, ({ what, text }) => `${kindOf(what)}\n${text}`);
  return [...alike.values()].map((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group.map(({ what, text }) => `${what}: ${text}`).join();
    const kind = kindOf(first.what);
    const names = group.map(({ what }) => what.slice(kind.length).trim()).join(", ");
    return `${PLURAL[kind] ?? kind} ${names}: ${first.text}`;
  });
}

/** Of `guest 110` it is `guest`; alarms of another kind stay by themselves. */
function kindOf(what: string): string {
  return Object.keys(PLURAL).find((kind) => what.startsWith(`${kind} `)) ?? what;
}

const PLURAL: Readonly<Record<string, string>> = { guest: "guests", "configuration of": "configuration of" };
