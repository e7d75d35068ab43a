import * as z from "zod";

import { BUCKETS } from "./backup-buckets";
import { type Guest } from "./guest";
import { type Parsed, type Problem } from "./problem";
import { expecting, identifier, parse, plainText, portNumber, sizeText } from "./schema";
import { type ScheduledWork } from "./schedules";
import { isVmid } from "./units/guest-id";
import { type Zones } from "./zones";

/** Where TAPPaaS' backup module puts backups. */
export interface BackupPlace {
  /** Name of the datastore, and of PVE's storage entry. */
  readonly datastore: string;
  /** Pool on the backup server: `tankc1`. */
  readonly pool: string;
  /** Node on which the backup server is installed; undefined when the module leaves it open. */
  readonly node: string | undefined;
}

/** What a site is to hold, from the files that the platform is installed from, or from a list of guests. */
export interface Inventory {
  /** Public domain; undefined without TAPPaaS. */
  readonly domain: string | undefined;
  /** Nodes, first to last; undefined when the settings alone name them. */
  readonly nodes: readonly string[] | undefined;
  /** Guests in the order of their VMIDs. */
  readonly guests: readonly Guest[];
  /** Country in which the site stands, ISO 3166; absent when no file says so. */
  readonly country?: string;
  /** State of each network zone; absent when no file says it. */
  readonly zones?: Zones;
  /** Work that the platform does inside the guests; absent where none is known. */
  readonly inside?: readonly ScheduledWork[];
  /** Place of the backups; undefined when the settings alone name it. */
  readonly backup: BackupPlace | undefined;
}

const vmid = z.int(expecting("a VMID")).refine(isVmid, expecting("a VMID from 100 to 999999999"));

const guestSchema = z.strictObject({
  vmid,
  kind: z.enum(["vm", "ct"]),
  name: plainText,
  node: identifier("node"),
  storage: identifier("storage"),
  cores: z.int().min(1, expecting("cores as a whole number")).optional(),
  memory: sizeText.optional(),
  disk: sizeText.optional(),
  zone: plainText.optional(),
  dependsOn: z.array(plainText).default([]),
  /** How the reverse proxy hands it on: by which name, to which port, whether the internet may come, whether the guest talks TLS. */
  proxy: z
    .strictObject({
      name: identifier("address"),
      port: portNumber,
      internet: z.boolean().default(false),
      tls: z.boolean().default(false),
    })
    .optional(),
  /** `true`, how often, or the reason why not. @default true */
  backup: z
    .union([
      z.literal(true),
      z.strictObject({ schedule: z.enum(["daily", ...BUCKETS]) }),
      z.strictObject({ exclude: plainText }),
    ])
    .default(true),
});

const inventorySchema = z.strictObject({ guests: z.array(guestSchema).min(1, expecting("at least one guest")) });

/** Reads `inventory.json`, the form for an owner without TAPPaaS: `{"guests": [{"vmid": 101, "kind": "vm", …}]}`. */
export function parseInventory(input: unknown, where: string): Parsed<Inventory> {
  const parsed = parse(inventorySchema, input, where);
  if (!parsed.ok) return parsed;
  const guests = parsed.value.guests.map((guest, index) => guestOf(guest, `${where}: guests[${index}]`));
  const problems = vmidProblems(guests);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { domain: undefined, nodes: undefined, guests: byVmid(guests), backup: undefined } };
}

/** Guests that share a VMID: PVE knows one of them only, and a restore would go over the other. */
export function vmidProblems(guests: readonly Guest[]): Problem[] {
  return guests.flatMap((guest, index) => {
    const first = guests.findIndex((other) => other.vmid === guest.vmid);
    if (first === index) return [];
    const owner = guests[first]?.source ?? "another guest";
    const expected = `a VMID of its own, for ${owner} has it`;
    return [
      { path: `${guest.source}: vmid`, expected, got: String(guest.vmid), cure: "give one of them a free number" },
    ];
  });
}

/** Guests in the order of their VMIDs, so that what follows from them does not depend on the order of files. */
export function byVmid(guests: readonly Guest[]): Guest[] {
  return guests.toSorted((a, b) => a.vmid - b.vmid);
}

function guestOf(parsed: z.infer<typeof guestSchema>, source: string): Guest {
  const { cores, memory, disk, zone, backup, proxy, ...rest } = parsed;
  const coverage: Guest["backup"] =
    backup !== true && "exclude" in backup
      ? { covered: false, reason: backup.exclude }
      : { covered: true, because: "declared" };
  const schedule = backup !== true && "schedule" in backup ? backup.schedule : undefined;
  return {
    ...rest,
    cores,
    memory,
    disk,
    zone,
    class: undefined,
    variant: undefined,
    backup: coverage,
    ...(proxy !== undefined && { proxy: { ...proxy, name: proxy.name.toLowerCase() } }),
    ...(schedule !== undefined && { wish: { schedule: { value: schedule, by: `${source}.backup.schedule` } } }),
    ha: undefined,
    source,
  };
}
