import { type Runs } from "../status/replication";
import { spanText } from "../status/replication";

/** A guest of the cluster, as it matters for a node that is to be emptied. */
export interface SeenGuest {
  /** `vm:<vmid>` or `ct:<vmid>`. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** Node that has it. */
  readonly node: string;
  /** Whether it runs. */
  readonly running: boolean;
  /** Whether PVE starts it with its node. */
  readonly onBoot: boolean;
  /** Memory in bytes; undefined when PVE's default counts. */
  readonly memory: number | undefined;
  /** Processor type of a virtual machine, in PVE's words. */
  readonly cpuType: string | undefined;
  /** State in HA's words; undefined when HA does not watch it, or is told to ignore it. */
  readonly haState: string | undefined;
  /** Nodes of its node affinity rule, best first; undefined without one. */
  readonly ruleNodes: readonly string[] | undefined;
  /** Its replication jobs. */
  readonly replicas: readonly SeenReplica[];
}

/** A replica of a guest, and how it came to be. */
export interface SeenReplica {
  /** `<vmid>-<job>`. */
  readonly job: string;
  /** Node that has it. */
  readonly node: string;
  /** How its runs went; undefined when nobody could tell. */
  readonly runs: Runs | undefined;
}

/** A node of the cluster. */
export interface SeenNode {
  /** Name in PVE. */
  readonly name: string;
  /** Whether the cluster sees it. */
  readonly online: boolean;
  /** Model of its processors. */
  readonly cpuModel: string | undefined;
  /** Memory in bytes. */
  readonly memory: number | undefined;
  /** State in HA's words, `online` or `maintenance`; undefined as long as HA has nothing to watch. */
  readonly haState: string | undefined;
}

/** The cluster before a node is emptied. */
export interface SeenCluster {
  /** Its nodes. */
  readonly nodes: readonly SeenNode[];
  /** Its guests. */
  readonly guests: readonly SeenGuest[];
  /** Whether it has a majority. */
  readonly quorate: boolean;
  /** A QDevice beside the nodes: whether there is one, and whether it votes at the moment. */
  readonly device: "none" | "votes" | "silent";
  /** Most seconds of work that the settings promise to lose. */
  readonly promised: number;
}

/** What happens to a guest while its node is away. */
export interface Verdict {
  /** The guest. */
  readonly guest: SeenGuest;
  /** It stays where it is, off; it moves while it runs; it stops with the node. */
  readonly verdict: "stays" | "moves live" | "moves by a stop" | "must stop";
  /** Node to which it may go; undefined when it goes nowhere. */
  readonly to: string | undefined;
  /** The same for a person. */
  readonly text: string;
}

/** What emptying a node would do. */
export interface MaintenancePlan {
  /** Each guest that the node has. */
  readonly verdicts: readonly Verdict[];
  /** What has to be put right before, each with its cure; empty when the node can be emptied. */
  readonly problems: readonly string[];
  /** What a person should know and that stops nothing. */
  readonly warnings: readonly string[];
}

/** What would happen if `name` were emptied and restarted now. Reads nothing and changes nothing. */
export function maintenancePlan(name: string, cluster: SeenCluster): MaintenancePlan {
  const own = cluster.guests.filter(({ node }) => node === name);
  const verdicts = own.map((guest) => verdictOf(guest, name, cluster));
  const moving = verdicts.filter(({ to }) => to !== undefined);
  const problems = [
    ...nodeProblems(name, cluster),
    ...verdicts.flatMap((verdict) => guestProblems(verdict, cluster)),
    ...roomProblems(moving, cluster),
  ];
  return { verdicts, problems, warnings: warningsFor(name, cluster) };
}

function verdictOf(guest: SeenGuest, name: string, cluster: SeenCluster): Verdict {
  const { id, running, onBoot, haState } = guest;
  if (!running) return { guest, verdict: "stays", to: undefined, text: "it is off and stays where it is" };
  if (haState === undefined) {
    const again = onBoot ? "PVE starts it with its node" : "it is started again after, because it runs now";
    return {
      guest,
      verdict: "must stop",
      to: undefined,
      text: `HA does not watch it: it goes down with its node; ${again}`,
    };
  }
  const [to] = targetsOf(guest, name, cluster);
  if (to === undefined) return { guest, verdict: "must stop", to, text: "no other node can take it" };
  // A container cannot be moved while it runs: PVE stops it, and starts it where it went.
  if (id.startsWith("ct:"))
    return { guest, verdict: "moves by a stop", to, text: `it is stopped, and starts on ${to}` };
  if (isUnlike(guest, to, cluster)) {
    const why = `its processor type is host, and ${to} has another than ${name}`;
    return {
      guest,
      verdict: "moves by a stop",
      to,
      text: `${why}: it is stopped, and starts on ${to}; so on its way back`,
    };
  }
  return { guest, verdict: "moves live", to, text: `it moves to ${to} while it runs` };
}

/** Type `host` shows a machine the node's own processor; moved while it runs onto another one it may crash. */
function isUnlike({ cpuType, node }: SeenGuest, to: string, { nodes }: SeenCluster): boolean {
  const [here, there] = [node, to].map((one) => nodes.find((found) => found.name === one)?.cpuModel);
  return cpuType === "host" && here !== undefined && there !== undefined && here !== there;
}

/** Machines that are stopped for their move: HA itself would move them while they run. */
export function stoppedForMove(verdicts: readonly Verdict[]): string[] {
  return verdicts
    .filter(({ verdict, guest }) => verdict === "moves by a stop" && guest.id.startsWith("vm:"))
    .map(({ guest }) => guest.id);
}

/** Nodes that may take a guest, best first: within its rule, up, and with a replica where it is replicated. */
function targetsOf({ ruleNodes, replicas }: SeenGuest, name: string, { nodes }: SeenCluster): string[] {
  const up = nodes.filter(({ name: one, online, haState }) => one !== name && online && haState !== "maintenance");
  const names = up.map((node) => node.name);
  const allowed = ruleNodes === undefined ? names : ruleNodes.filter((node) => names.includes(node));
  return replicas.length === 0 ? allowed : allowed.filter((node) => replicas.some((replica) => replica.node === node));
}

function nodeProblems(name: string, { nodes, quorate, device }: SeenCluster): string[] {
  const node = nodes.find((one) => one.name === name);
  const others = nodes.filter((one) => one.name !== name);
  if (node === undefined) return [`the cluster has no node ${name}; it has ${nodes.map((one) => one.name).join(", ")}`];
  if (!quorate) return ["the cluster has no majority; bring nodes or the QDevice back first"];
  if (others.length === 0)
    return [`${name} stands alone: nothing can go elsewhere; shut its guests down and restart it in PVE`];
  const problems: string[] = [];
  if (!node.online) problems.push(`${name} does not answer; bring it back first`);
  // PVE gives a device one vote beside an even number of nodes, and one less than there are nodes beside an odd one.
  const deviceVotes = nodes.length % 2 === 0 ? 1 : nodes.length - 1;
  const votes = nodes.length + (device === "none" ? 0 : deviceVotes);
  const left = others.filter(({ online }) => online).length + (device === "votes" ? deviceVotes : 0);
  if (left * 2 <= votes) {
    const off = others.filter(({ online }) => !online).map((one) => one.name);
    const missing = [...off, ...(device === "silent" ? ["the QDevice"] : [])];
    const cure = missing.length === 0 ? "add a QDevice" : `bring ${missing.join(", ")} back first`;
    problems.push(`without ${name} the cluster has ${left} of ${votes} votes, which is no majority; ${cure}`);
  }
  const busy = others.filter(({ haState }) => haState === "maintenance").map((one) => one.name);
  if (busy.length > 0) {
    const [first = ""] = busy;
    problems.push(
      `${busy.join(", ")} is in maintenance already; one node at a time, and ` +
        `\`ha-manager crm-command node-maintenance disable ${first}\` ends it`,
    );
  }
  return problems;
}

function guestProblems({ guest, to }: Verdict, { promised }: SeenCluster): string[] {
  const { id, name, node, running, haState } = guest;
  const path = `${id} ${name}`;
  if (haState === "error")
    return [`${path}: HA has given up on it; \`ha-manager set ${id} --state disabled\`, find out why, then start it`];
  if (!running || haState === undefined) return [];
  if (to === undefined) {
    const stop = `\`ha-manager set ${id} --state stopped\` for the time being`;
    return [
      `${path}: no other node can take it, so ${node} would never be empty; bring its failover node back, or ${stop}`,
    ];
  }
  const problems: string[] = [];
  for (const replica of guest.replicas.filter((one) => one.node === to))
    problems.push(...replicaProblems(path, replica, promised));
  return problems;
}

/** With a stale replica a move takes long, and if the move fails, that much is lost. */
function replicaProblems(path: string, { job, node, runs }: SeenReplica, promised: number): string[] {
  const cure = `\`pvesr schedule-now ${job}\`, and look at \`pvesr status\``;
  if (runs === undefined)
    return [`${path}: nobody can tell how its replication to ${node} went; look at \`pvesr status\``];
  if (runs.failures > 0)
    return [`${path}: replication ${job} to ${node} failed, last with "${runs.error ?? "no reason given"}"; ${cure}`];
  if (runs.lastSync === 0) return [`${path}: ${node} never had a whole copy of it; ${cure}`];
  const lag = runs.now - runs.lastSync;
  if (lag <= promised) return [];
  return [`${path}: its replica on ${node} is ${spanText(lag)} old, more than is promised; ${cure}`];
}

/** What PVE itself needs on a node beside its guests. */
const FOR_GUESTS = 0.95;

function roomProblems(moving: readonly Verdict[], { nodes, guests }: SeenCluster): string[] {
  const targets = [...new Set(moving.flatMap(({ to }) => to ?? []))];
  return targets.flatMap((name) => {
    const has = nodes.find((node) => node.name === name)?.memory;
    if (has === undefined) return [];
    const coming = moving.filter(({ to }) => to === name).map(({ guest }) => guest);
    const all = [...guests.filter(({ node, running }) => node === name && running), ...coming];
    const wanted = all.reduce((sum, { memory = 0 }) => sum + memory, 0);
    if (wanted <= has * FOR_GUESTS) return [];
    const who = coming.map((guest) => guest.name).join(", ");
    return [
      `${name} has ${gibibytes(has)} of memory, and with ${who} its guests want ${gibibytes(wanted)}: ` +
        "stop what can wait there, or give guests less",
    ];
  });
}

/** Guests elsewhere that would come up on this node have nowhere to go while it is away. */
function warningsFor(name: string, { guests }: SeenCluster): string[] {
  const resting = guests.filter(
    ({ node, replicas }) => node !== name && replicas.some((replica) => replica.node === name),
  );
  if (resting.length === 0) return [];
  const names = resting.map((guest) => guest.name).join(", ");
  return [`while ${name} is away, ${names} cannot fail over to it, and replication to it fails and is caught up later`];
}

function gibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 3)} GiB`;
}

/** The plan in lines for a person. */
export function planLines(name: string, { verdicts, problems, warnings }: MaintenancePlan): string[] {
  const width = Math.max(0, ...verdicts.map(({ guest }) => labelOf(guest).length));
  return [
    ...(verdicts.length === 0 ? [`${name} has no guests.`] : []),
    ...verdicts.map(({ guest, verdict, text }) => `${labelOf(guest).padEnd(width)}  ${verdict}: ${text}`),
    ...warnings.map((text) => `note: ${text}`),
    ...problems.map((text) => `stop: ${text}`),
  ];
}

function labelOf({ id, name }: SeenGuest): string {
  return `${id} ${name}`;
}
