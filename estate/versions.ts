import { type Observation } from "./observation";
import { type Finding, type Problem } from "./problem";
import { PBS, PVE, supportOf, type ProxmoxProduct } from "./units/proxmox-version";

interface Seen {
  readonly path: string;
  readonly product: ProxmoxProduct;
  readonly version: string;
}

/** A server that is too old is not declared on: half of what is meant would be refused in the middle of a run. */
export function versionProblems(observation: Observation | undefined): Problem[] {
  const old = seenIn(observation).filter(({ product, version }) => supportOf(product, version) === "old");
  return old.map(({ path, product: { name, major, because, upgrade }, version }) => {
    return {
      path,
      expected: `${name} ${major}.0 or newer (${because})`,
      got: `${name} ${numberOf(version)}`,
      cure: upgrade,
    };
  });
}

/** Nodes of one cluster on different versions, and what is newer than all that was tried. */
export function versionFindings(observation: Observation | undefined): Finding[] {
  const seen = seenIn(observation);
  const newer = seen
    .filter(({ product, version }) => supportOf(product, version) === "newer")
    .map(({ path, product: { name, major, newestMinor }, version }) => {
      const advice = `it runs ${name} ${numberOf(version)}, and ${major}.${newestMinor} is the newest with which this was tried; preview each change`;
      return { path, advice };
    });
  const minors = new Set(
    seen
      .filter(({ product }) => product === PVE)
      .map(({ version }) => numberOf(version).split(".").slice(0, 2).join(".")),
  );
  if (minors.size < 2) return newer;
  const advice = `its nodes run PVE ${[...minors].sort().join(" and ")}: a guest moves to a newer node while it runs, and maybe not back; upgrade the rest soon`;
  return [...newer, { path: "cluster", advice }];
}

function seenIn(observation: Observation | undefined): Seen[] {
  const nodes = (observation?.nodes?.items ?? []).flatMap(({ name, version }) =>
    version === undefined ? [] : [{ path: `node ${name}`, product: PVE, version }],
  );
  const server = observation?.backupServerVersion;
  return server === undefined ? nodes : [...nodes, { path: "backup server", product: PBS, version: server }];
}

/** `9.1.4` of `pve-manager/9.1.4/…`. */
function numberOf(version: string): string {
  return /\d+(?:\.\d+)+/.exec(version)?.[0] ?? version;
}
