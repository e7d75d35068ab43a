import { copySourcesOf, type CopySource } from "./copy-source-settings";
import { copySourceFindings, copySourceProblems } from "./copy-sources";
import { linkFindings, linkProblems, linksOf, type LinkPlan } from "./link-settings";
import { type Finding, type Parsed } from "./problem";
import { type VaultSettings } from "./vault-settings";

/** A vault as it is to be: an existing backup server that fetches copies of other sites. */
export interface Vault {
  /** Folder of its decisions. */
  readonly site: string;
  /** The server that keeps the copies. */
  readonly server: VaultSettings["backupServer"];
  /** Sites that it copies, by name. */
  readonly sources: readonly CopySource[];
  /** WireGuard links that end on that server's machine. */
  readonly links: readonly LinkPlan[];
  /** What deserves a person's attention and stops nothing. */
  readonly findings: readonly Finding[];
}

/** The vault that follows from its settings, or all that keeps it from being one. Reads nothing and changes nothing. */
export function vaultOf({ site, backupServer, sources: written, ...rest }: VaultSettings): Parsed<Vault> {
  const sources = copySourcesOf(written);
  const links = linksOf(rest.links);
  const problems = [
    ...copySourceProblems(sources, "sources", { ...backupServer, hasShell: backupServer.ssh !== undefined }),
    ...linkProblems(links, backupServer.ssh !== undefined),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const fetchedFrom = sources.map(({ address }) => address);
  const findings = [...copySourceFindings(sources, "sources"), ...linkFindings(links, fetchedFrom)];
  return { ok: true, value: { site, server: backupServer, sources, links, findings } };
}
