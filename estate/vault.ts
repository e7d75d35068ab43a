import { type Finding, type Parsed, type Problem } from "./problem";
import { clashesOf, clashFindings, type ScheduledWork } from "./schedules";
import { type VaultSettings } from "./vault-settings";

/** A site of which a vault keeps copies. */
export type VaultSource = VaultSettings["sources"][string] & {
  /** Its name in the vault's settings, of its remote and of its sync job. */
  readonly name: string;
};

/** A vault as it is to be: an existing backup server that fetches copies of other sites. */
export interface Vault {
  /** Folder of its decisions. */
  readonly site: string;
  /** The server that keeps the copies. */
  readonly server: VaultSettings["backupServer"];
  /** Sites that it copies, by name. */
  readonly sources: readonly VaultSource[];
  /** What deserves a person's attention and stops nothing. */
  readonly findings: readonly Finding[];
}

/** The vault that follows from its settings, or all that keeps it from being one. Reads nothing and changes nothing. */
export function vaultOf({ site, backupServer, sources: written }: VaultSettings): Parsed<Vault> {
  const sources = Object.entries(written)
    .map(([name, source]) => ({ name, ...source }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const problems = [
    ...sources.flatMap((source) => samePlaceProblems(source, backupServer)),
    ...sharedProblems(sources, "datastore"),
    ...sharedProblems(sources, "path"),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const findings = sources.flatMap((source) => clashFindings(clashesOf(worksOn(source))));
  return { ok: true, value: { site, server: backupServer, sources, findings } };
}

/** A copy on the server that it is a copy of goes with it. */
function samePlaceProblems({ name, address }: VaultSource, server: Vault["server"]): Problem[] {
  if (address !== server.address) return [];
  const expected = `the server of another place, and ${address} is the one that keeps the copies`;
  return [{ path: `sources.${name}.address`, expected, cure: "fetch from the other site's server" }];
}

/** One full disk, or one mistake, would end the copies of both. */
function sharedProblems(sources: readonly VaultSource[], what: "datastore" | "path"): Problem[] {
  return sources.flatMap(({ name, into }, index) => {
    const other = sources.slice(0, index).find((one) => one.into[what] === into[what]);
    if (other === undefined) return [];
    const expected = `a ${what} of its own, and ${into[what]} is that of ${other.name}`;
    return [{ path: `sources.${name}.into.${what}`, expected, cure: "give each source its own" }];
  });
}

/** What one source's copies cost the server's disks. The times that it takes are assumptions on the safe side. */
function worksOn(source: VaultSource): ScheduledWork[] {
  const { name, schedule, pruneSchedule, garbageCollection, verifySchedule } = source;
  const at = `sources.${name}`;
  return [
    { path: `${at}.schedule`, what: `fetching from ${name}`, schedule, lasts: "4 hours" },
    { path: `${at}.pruneSchedule`, what: "pruning", schedule: pruneSchedule, lasts: "30 minutes" },
    { path: `${at}.garbageCollection`, what: "garbage collection", schedule: garbageCollection, lasts: "1 hour" },
    { path: `${at}.verifySchedule`, what: "verifying", schedule: verifySchedule, lasts: "6 hours" },
  ];
}
