import { ASK_UNIT, HOLD_UNIT, RETURN_GUARD_FOLDER } from "../../estate/units/return-guard-places";
import { SSH_SECRET } from "../enrol/names";
import { enterShell } from "../ssh/node-shell";
import { failure, ok, warning, type Check, type Finding } from "./check";
import { type DoctoredSite } from "./site";

/** Its guard, node by node: it would work at the next start, and the places of record answer to the login of the node. None where the settings ask for none. */
export function guardChecks(site: DoctoredSite): Check[] {
  const { returnGuard, nodes } = site.settings;
  if (returnGuard === undefined) return [];
  return Object.entries(nodes).map(([node, { ssh }]) => ({
    name: `guard of ${node}`,
    run: async () => {
      const privateKey = await site.secrets.get(SSH_SECRET);
      // That it is missing is what the check of the shell says.
      if (privateKey === undefined) return [];
      const shell = await enterShell(ssh, privateKey);
      try {
        return guardFindings(node, await shell.run(LOOK), returnGuard.prepared);
      } finally {
        shell.close();
      }
    },
  }));
}

const PROGRAM = `${RETURN_GUARD_FOLDER}/program`;
/** Exit status of {@link LOOK} on a node without a guard. */
const MISSING = 65;
/** Changes nothing: what starts at boot, what each place says now, and who is held. */
const LOOK = [
  `[ -e ${PROGRAM} ] || exit ${MISSING}`,
  `systemctl is-enabled ${HOLD_UNIT} ${ASK_UNIT} | sed 's/^/unit=/'`,
  `bash ${PROGRAM} probe && bash ${PROGRAM} show`,
].join("; ");

/**
 * What a node printed that was asked by {@link LOOK}, in words.
 * @param prepared Guests that stay off without an answer, by VMID.
 */
export function guardFindings(node: string, printed: Printed, prepared: readonly string[]): Finding[] {
  const { code, stdout, stderr } = printed;
  const again = "`make up` puts it there, or brings it up to date";
  if (code === MISSING)
    return [failure(`${node} has none: when it comes back after a failover, it starts what serves elsewhere`, again)];
  if (code !== 0) return [failure(`the guard of ${node} cannot be asked: ${stderr.trim()}`, again)];
  const valuesOf = (key: string) =>
    stdout.split("\n").flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
  const starts = valuesOf("unit").every((state) => state === "enabled");
  const held = valuesOf("held");
  return [
    ...(starts
      ? []
      : [failure(`it does not start with ${node}`, `\`systemctl enable ${HOLD_UNIT} ${ASK_UNIT}\` there`)]),
    ...placeFindings(node, valuesOf("seen"), prepared),
    ...(held.length === 0
      ? []
      : [warning(`it keeps off ${held.join(", ")}`, "`make guard` says why, and what lets them start")]),
  ];
}

interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Places as a node sees them, `<name>:good:<what it says>` or `<name>:bad:<why>`: it takes one that answers. */
function placeFindings(node: string, seen: readonly string[], prepared: readonly string[]): Finding[] {
  const places = seen.map((line) => {
    const [name = "", verdict, ...words] = line.split(":");
    return { name, good: verdict === "good", words: words.join(":") };
  });
  const cure =
    "look whether it answers, and whether the login that reads there still holds; `make guard` says what this machine sees";
  const bad = places.filter(({ good }) => !good).map(({ name, words }) => `${name}: ${words}`);
  if (bad.length === places.length) {
    const says = `no place of record tells ${node} anything, so that after a power cut ${prepared.join(", ")} stay off (${bad.join("; ")})`;
    return [failure(says, cure)];
  }
  const good = places.filter((place) => place.good).map(({ name, words }) => `${name}: ${words}`);
  return [
    ok(`${node} reads ${good.join("; ")}`),
    ...bad.map((line) => warning(`${node} learns nothing from ${line}`, cure)),
  ];
}
