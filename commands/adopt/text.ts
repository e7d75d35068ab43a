import { type AdoptionReport } from "../../provider/objects/adoption-report";
import { type Survey } from "./survey";

/** Setting with which the program would say what the site has, by object and field. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "pbs:Datastore": { gcSchedule: "backup.garbageCollection", path: "backupServer.datastore.path" },
  "pbs:PruneJob": {
    schedule: "backup.pruneSchedule",
    keepLast: "backup.retention.keepLast",
    keepHourly: "backup.retention.keepHourly",
    keepDaily: "backup.retention.keepDaily",
    keepWeekly: "backup.retention.keepWeekly",
    keepMonthly: "backup.retention.keepMonthly",
    keepYearly: "backup.retention.keepYearly",
  },
  "pbs:VerifyJob": { schedule: "backup.verifySchedule", outdatedAfter: "backup.reverifyAfter" },
  "pve:BackupJob": { schedule: "backup.schedule" },
};

/** A survey in lines for a person: what is taken over, what is made, what has to be decided, what is left alone. */
export function surveyLines({ reports, imported, leftAlone, unencrypted, otherKey }: Survey): string[] {
  const by = (found: AdoptionReport["found"]) => reports.filter((report) => report.found === found);
  const snapshots = Object.values(unencrypted).reduce((sum, count) => sum + count, 0);
  return [
    ...imported.map((name) => `taken over as it is  ${name}`),
    ...by("equal").map(({ object }) => `taken over as it is  ${object}`),
    ...by("nothing").map(({ object }) => `made                 ${object}`),
    ...by("different").flatMap(differentLines),
    ...by("fixed").flatMap(fixedLines),
    ...leftAlone.map(({ what, why }) => `left alone           ${what}: ${why}`),
    ...(snapshots === 0 ? [] : unencryptedLines(unencrypted, snapshots)),
    ...(otherKey === undefined ? [] : otherKeyLines(otherKey)),
  ];
}

function differentLines({ object, differences, weakenings }: AdoptionReport): string[] {
  return [
    `differs              ${object}`,
    ...differences.map(
      ({ field, site, program }) => `    ${field}: ${shown(site)} on the site, ${shown(program)} in the program`,
    ),
    ...settingsFor(object, differences),
    ...weakenings.flatMap(({ change, what, cost }) => [
      `    to change it takes an acceptance (${change}): ${what}`,
      ...cost.map((line) => `      ${line}`),
    ]),
  ];
}

function fixedLines({ object, differences }: AdoptionReport): string[] {
  return [
    `cannot be taken over ${object}`,
    ...differences.map(
      ({ field, site, program }) => `    ${field}: ${shown(site)} on the site, ${shown(program)} in the program`,
    ),
    ...settingsFor(object, differences),
  ];
}

/** The lines by which the program would say what the site has. */
function settingsFor(object: string, differences: AdoptionReport["differences"]): string[] {
  const names = SETTINGS[object.slice(0, object.indexOf("/"))] ?? {};
  const known = differences.filter(({ field }) => field in names);
  return known.map(
    ({ field, site }) =>
      `    to keep what the site has: ${names[field] ?? ""}: ${site === null ? "(leave it out)" : shown(site)}`,
  );
}

function unencryptedLines(unencrypted: Survey["unencrypted"], snapshots: number): string[] {
  const groups = Object.entries(unencrypted).map(([group, count]) => `${group} ${count}`);
  return [
    `note                 ${snapshots} backup snapshots are not encrypted (${groups.join(", ")}).`,
    "    They stay, and can be restored; whoever owns the backup server can read them until the retention lets them go.",
  ];
}

function otherKeyLines(key: string): string[] {
  return [
    `note                 the nodes encrypt with another key, ${key}.`,
    "    It is never replaced in passing: what it encrypted can be read with it alone. Take it in with `make key SITE=… IMPORT=<file>`.",
  ];
}

function shown(value: unknown): string {
  return value === null || value === undefined ? "nothing" : JSON.stringify(value);
}

/** Objects that could be changed to what the program says if the owner says so. */
export function adoptable({ reports }: Survey): string[] {
  return reports.filter(({ found }) => found === "different").map(({ object }) => object);
}
