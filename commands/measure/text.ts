import { isDeepStrictEqual } from "node:util";

import { PUBLISHED_RATES } from "../../planning/rates";
import { type Measured } from "../measure";
import { bytesText } from "../report/store-words";
import { timeText } from "../report/time-text";

/** What was measured, line by line. @param nameOf Name of a guest. */
export function measuredLines(measured: Measured, nameOf: (vmid: number) => string): string[] {
  const { nights, changes, before, after } = measured;
  if (nights.length === 0) return ["No backup was found in that time: nothing is measured."];
  const guests = new Set(nights.map(({ vmid }) => vmid)).size;
  return [
    `${nights.length} backups of ${guests} guests, by the nodes' own logs.`,
    ...changeLines(measured, nameOf),
    ...(changes.length === 0
      ? ["What changes in a day nobody counted yet: it takes two backups while a guest runs on."]
      : []),
    ...(isDeepStrictEqual(before, after) ? ["planning.json says all of this already."] : recordLines(measured, nameOf)),
  ];
}

function changeLines({ changes }: Measured, nameOf: (vmid: number) => string): string[] {
  const reserve = bytesText(PUBLISHED_RATES.snapshotReserve.expected);
  return changes.map(({ vmid, days, usual, busiest, busiestOn, outgrowsReserve }) => {
    const grows = outgrowsReserve
      ? `; a snapshot kept on such a day outgrows the ${reserve} that are kept free for it: remove it the same day, or keep more free`
      : "";
    const counted = days === 1 ? "1 day counted" : `${days} days counted`;
    return `${nameOf(vmid)} changes ${bytesText(usual)} in a usual day, ${bytesText(busiest)} on ${busiestOn} (${counted})${grows}`;
  });
}

function recordLines({ before, after }: Measured, nameOf: (vmid: number) => string): string[] {
  const used = after.used.filter((one) => !before.used.some((other) => isDeepStrictEqual(one, other)));
  const growth = after.measured.find(({ rate }) => rate === "growthPerDay");
  const run = after.backupRun;
  return [
    ...used.map(({ vmid, bytes }) => `in use: ${nameOf(vmid)}, ${bytesText(bytes)}`),
    ...(growth === undefined
      ? []
      : [`growthPerDay: ${Number((growth.value * 100).toPrecision(2))} % of what is in use`]),
    ...(run === undefined || isDeepStrictEqual(run, before.backupRun)
      ? []
      : [`backupRun: ${bytesText(run.bytes)} read in ${timeText(run.seconds)} on ${run.measuredOn}`]),
  ];
}
