import { copySourcesOf, type CopySource } from "./copy-source-settings";
import { copySourceFindings, copySourceProblems } from "./copy-sources";
import { heldCopiesOf, heldCopyProblems, type HeldCopy } from "./held-copies";
import { linkFindings, linkProblems, linksOf, type LinkPlan } from "./link-settings";
import { type Finding, type Parsed, type Problem } from "./problem";
import { vaultMachineOf, type VaultMachinePlan } from "./vault-machine";
import { type VaultSettings } from "./vault-settings";

/** A vault as it is to be: a backup server that fetches copies of other sites, and the machine under it where that is ours. */
export interface Vault {
  /** Folder of its decisions. */
  readonly site: string;
  /** The machine of AWS under the server; undefined where the server exists elsewhere. */
  readonly machine: VaultMachinePlan | undefined;
  /** The server that keeps the copies; undefined as long as it is to be enrolled. */
  readonly server: VaultSettings["backupServer"];
  /** Sites that it copies, by name. */
  readonly sources: readonly CopySource[];
  /** Copies of sites that are gone, by name. */
  readonly holds: readonly HeldCopy[];
  /** WireGuard links that end on that server's machine. */
  readonly links: readonly LinkPlan[];
  /** What deserves a person's attention and stops nothing. */
  readonly findings: readonly Finding[];
}

/** The vault that follows from its settings, or all that keeps it from being one. Reads nothing and changes nothing. */
export function vaultOf({
  site,
  backupServer,
  machine: wanted,
  sources: written,
  ...rest
}: VaultSettings): Parsed<Vault> {
  const sources = copySourcesOf(written);
  const holds = heldCopiesOf(rest.holds);
  const links = linksOf(rest.links);
  const machine = wanted === undefined ? undefined : vaultMachineOf(wanted, { sources, holds }, links);
  const problems = [
    ...(machine === undefined || machine.ok ? [] : machine.problems),
    ...heldCopyProblems(holds, sources),
    ...(backupServer === undefined && wanted === undefined ? [NO_SERVER] : []),
    ...(backupServer === undefined ? [] : serverProblems(backupServer, sources, links)),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const fetchedFrom = sources.map(({ address }) => address);
  const findings = [
    ...copySourceFindings(sources, "sources"),
    ...linkFindings(links, fetchedFrom),
    ...(backupServer === undefined ? [TO_ENROL] : []),
  ];
  const plan = machine?.ok === true ? machine.value : undefined;
  return { ok: true, value: { site, machine: plan, server: backupServer, sources, holds, links, findings } };
}

function serverProblems(
  server: NonNullable<VaultSettings["backupServer"]>,
  sources: readonly CopySource[],
  links: readonly LinkPlan[],
): Problem[] {
  const hasShell = server.ssh !== undefined;
  return [...copySourceProblems(sources, "sources", { ...server, hasShell }), ...linkProblems(links, hasShell)];
}

const NO_SERVER: Problem = {
  path: "backupServer",
  expected: "a backup server, or a machine in which one is to stand",
  cure: "write backupServer with the address of one that exists, or machine",
};

const TO_ENROL: Finding = {
  path: "backupServer",
  advice:
    "nothing is fetched yet: the machine is made now; open a session to it (docs/how-to/vault-machine.md), then " +
    "make enrol PBS=… writes backupServer, and the next make up fetches",
};
