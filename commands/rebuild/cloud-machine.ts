import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { MACHINE_FILE, parseCloudMachineRecord, type CloudMachineRecord } from "../../estate/cloud-machine-record";
import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type Guest } from "../../estate/guest";
import { valueOf } from "../../estate/problem";
import { toBytes, type Size } from "../../estate/units/size";
import { costPerDay } from "../../planning/cloud/cloud-cost";
import { instanceFor, machineNeed, type MachineNeed } from "../../planning/cloud/instance-choice";
import { PLANNING_FILE, type CloudPrices } from "../../planning/record";

/** A machine that would be made, and what is said of it before. */
export interface MachineOffer {
  /** Type of the machine. */
  readonly instanceType: string;
  /** Size of its disk for guests. */
  readonly disk: Size;
  /** What a person should know before they agree. */
  readonly said: readonly string[];
}

const GIB = 1024 ** 3;
/** What a guest gets whose module says nothing. Source: PVE, `man qm.conf`: memory 512 MiB, one core. */
const PVE_MEMORY = 512 * 1024 ** 2;
/** ZFS becomes slow when a pool is almost full. */
const FULLEST = 0.8;
/** GiB of the system's own disk. */
const SYSTEM_GIB = 32;

/** The machine to which somebody agreed; undefined before. */
export function readMachine(folder: string): CloudMachineRecord | undefined {
  const file = join(folder, MACHINE_FILE);
  if (!existsSync(file)) return undefined;
  return valueOf(parseCloudMachineRecord(JSON.parse(readFileSync(file, "utf8")) as unknown), file);
}

/** Writes down that somebody agreed. */
export function writeMachine(folder: string, { instanceType, disk }: MachineOffer, since: Date): void {
  const record: CloudMachineRecord = { version: 1, instanceType, disk, since: since.toISOString() };
  writeFileSync(join(folder, MACHINE_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * The machine on which the chosen guests fit, with its price of a day where the owner wrote prices down.
 * @throws {Error} When no type is large enough, or a guest's disk is not known.
 */
export function machineOffer(
  { cloud, guests: { without }, size, host }: DrHostSettings,
  all: readonly Guest[],
  prices: CloudPrices | undefined,
): MachineOffer {
  const coming = all.filter(({ vmid }) => without[String(vmid)] === undefined);
  const needs = coming.map(({ vmid, memory, cores = 1 }) => {
    const own = size.guests[String(vmid)];
    const bytes = own?.memory ?? memory;
    const most = size.mostCores ?? Infinity;
    return { memory: bytes === undefined ? PVE_MEMORY : toBytes(bytes), cores: own?.cores ?? Math.min(cores, most) };
  });
  const need = machineNeed(needs, toBytes(host.reserve));
  const perHour = Object.entries(prices?.machinePerHour ?? {}).map(([name, { amount }]) => [name, amount] as const);
  const instanceType = cloud?.instanceType ?? instanceFor(need, Object.fromEntries(perHour))?.name;
  if (instanceType === undefined) throw new Error(tooMuch(need));
  const disk = cloud?.disk ?? diskFor(coming);
  const gib = toBytes(disk) / GIB + SYSTEM_GIB;
  return { instanceType, disk, said: [...needLines(coming, need), ...costLines(instanceType, gib, prices)] };
}

function diskFor(coming: readonly Guest[]): Size {
  const unknown = coming.filter(({ disk }) => disk === undefined);
  if (unknown.length > 0) {
    const names = unknown.map(({ name, vmid }) => `${name} (${vmid})`).join(", ");
    throw new Error(
      `The site's files do not say how large the disks of ${names} are.\nCure: write cloud.disk, whole GiB for all guests.`,
    );
  }
  const bytes = coming.reduce((sum, { disk }) => sum + (disk === undefined ? 0 : toBytes(disk)), 0);
  return `${Math.ceil(bytes / FULLEST / GIB)} GiB`;
}

function tooMuch({ memory, threads }: MachineNeed): string {
  return (
    `No machine of AWS that runs virtual machines of its own has ${(memory / GIB).toFixed(0)} GiB and ${threads} threads.\n` +
    "Cure: leave guests out (guests.without), or give them less (size)."
  );
}

function needLines(coming: readonly Guest[], { memory, threads }: MachineNeed): string[] {
  const names = coming.map(({ name, vmid }) => `${name} (${vmid})`).join(", ");
  return [
    `${coming.length} guests come: ${names}.`,
    `They need ${(memory / GIB).toFixed(0)} GiB of memory and ${threads} threads.`,
  ];
}

function costLines(instanceType: string, diskGib: number, prices: CloudPrices | undefined): string[] {
  if (prices === undefined) {
    return [
      `What ${instanceType} with ${diskGib} GiB costs a day is not known: nobody wrote prices down, and none is known here.`,
      `Look them up at AWS, and write them into ${PLANNING_FILE} of the lost site under cloudPrices, each with its day and its page.`,
    ];
  }
  const { perDay, parts, unpriced } = costPerDay({ instanceType, diskGib }, prices);
  const total = perDay === undefined ? "not known" : `${prices.currency} ${perDay.toFixed(2)}`;
  return [
    `Cost a day of ${instanceType} with ${diskGib} GiB: ${total}, from the moment it is made until make down.`,
    ...parts.map(({ name, perDay: part }) => `  ${name}: ${prices.currency} ${part.toFixed(2)}`),
    ...(unpriced.length === 0 ? [] : [`  without a price, and so left out: ${unpriced.join(", ")}`]),
    ...Object.entries(prices.machinePerHour)
      .filter(([name]) => name === instanceType)
      .map(([name, { amount, source, asOf }]) => `  ${name}: ${amount} an hour, ${source}, looked up on ${asOf}`),
  ];
}
