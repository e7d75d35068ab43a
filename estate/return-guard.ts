import { type Guest } from "./guest";
import { type Observation } from "./observation";
import { type Finding, type Problem } from "./problem";
import { type RecordDns, type RecordServer } from "./return-guard-settings";
import { type Settings } from "./settings";
import { toSeconds } from "./units/duration";
import { usesWan } from "./wan";

/** Where the record of a site is kept. */
export type RecordPlace =
  | ({ readonly kind: "pbs"; readonly name: string } & RecordServer)
  | ({ readonly kind: "dns"; readonly name: "dns" } & { readonly record: RecordDns });

/** The guard of a site, as it is to be on each node. */
export interface ReturnGuardPlan {
  /** VMIDs that stay off without an answer. */
  readonly prepared: readonly number[];
  /** VMIDs that start before anybody is asked. */
  readonly outside: readonly number[];
  /** Seconds for which the nodes ask at most. */
  readonly limit: number;
  /** Seconds for which a record that says home is believed. */
  readonly validFor: number;
  /** Addresses that answer while the site serves. */
  readonly probes: readonly string[];
  /** Places of record. */
  readonly places: readonly RecordPlace[];
}

/** The guard that the settings ask for; undefined when they ask for none. */
export function returnGuardOf(
  settings: Pick<Settings, "returnGuard" | "wan">,
  guests: readonly Guest[],
  observation: Observation | undefined,
): ReturnGuardPlan | undefined {
  const { returnGuard: guard, wan } = settings;
  if (guard === undefined) return undefined;
  const onWan = guests.filter((guest) => usesWan({ wan } as Settings, guest, observation)).map(({ vmid }) => vmid);
  return {
    prepared: sorted(guard.prepared.map(Number)),
    outside: sorted(guard.outside?.map(Number) ?? onWan),
    limit: toSeconds(guard.limit),
    validFor: toSeconds(guard.validFor),
    probes: guard.probes,
    places: placesOf(guard),
  };
}

/** Places of record, by name. */
export function placesOf({ servers, dns }: NonNullable<Settings["returnGuard"]>): RecordPlace[] {
  const named = Object.entries(servers).map(([name, one]) => ({ ...one, kind: "pbs" as const, name }));
  const all: RecordPlace[] = named.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return dns === undefined ? all : [...all, { kind: "dns", name: "dns", record: dns }];
}

/** Backup group in whose notes the record of a site stands. */
export function recordGroup(site: string): string {
  return `return-${site}`;
}

/** Keys of the secrets of a server that keeps the record. */
export function recordKeys(name: string): Readonly<Record<"reader" | "writer", string>> {
  return { reader: `recordReads-${name}`, writer: `recordWrites-${name}` };
}

/** What is wrong with the guard. */
export function returnGuardProblems(
  plan: ReturnGuardPlan | undefined,
  { backupServer }: Settings,
  guests: readonly Guest[],
): Problem[] {
  if (plan === undefined) return [];
  const known = new Set(guests.map(({ vmid }) => vmid));
  const { prepared, outside, places } = plan;
  const unknown = (path: string, vmids: readonly number[]): Problem[] =>
    vmids
      .filter((vmid) => !known.has(vmid))
      .map((vmid) => ({
        ...{ path: `returnGuard.${path}`, expected: "a guest of the inventory", got: `"${vmid}"` },
        cure: "correct it, or take it out",
      }));
  const both = prepared
    .filter((vmid) => outside.includes(vmid))
    .map((vmid) => ({
      ...{ path: "returnGuard.prepared", expected: "a guest that may wait for an answer", got: `"${vmid}"` },
      cure: `take ${vmid} out here, or say by returnGuard.outside what starts before anybody is asked`,
    }));
  const own = places.filter((place) => place.kind === "pbs" && place.address === backupServer.address);
  return [
    ...unknown("prepared", prepared),
    ...unknown("outside", outside),
    ...both,
    ...own.map(({ name }) => ({
      path: `returnGuard.servers.${name}.address`,
      expected: "a server elsewhere, and that is this site's own: it knows nothing of what happened while it was off",
      cure: "name the peer's or the vault's",
    })),
    ...(places.length > 0
      ? []
      : [{ path: "returnGuard.servers", expected: "at least one place of record", cure: "name a server, or dns" }]),
  ];
}

/** What an owner should know of the guard. */
export function returnGuardFindings(plan: ReturnGuardPlan | undefined): Finding[] {
  if (plan === undefined) return [];
  const { places, outside, probes } = plan;
  return [
    ...(probes.length > 0
      ? []
      : [
          {
            path: "returnGuard.probes",
            advice:
              "nobody but this machine can see that home is gone before a night's backup is missing; name an address that answers while home serves",
          },
        ]),
    ...(places.length > 1
      ? []
      : [
          {
            path: "returnGuard",
            advice:
              "the record is kept at one place: while that does not answer, prepared guests stay off after a power cut; add a second one",
          },
        ]),
    ...(outside.length > 0
      ? []
      : [
          {
            path: "returnGuard.outside",
            advice: "no guest starts before the places are asked; name the firewall if the way to them is through it",
          },
        ]),
  ];
}

function sorted(vmids: readonly number[]): number[] {
  return [...vmids].toSorted((a, b) => a - b);
}
