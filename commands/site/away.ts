import { answers } from "../answering-node";
import { isSite, type AnyStack } from "../engine/stack";
import { exportState, nameIn, type StateResource } from "../engine/state";
import { counted } from "./resource-count";

/** What of a site cannot be seen or changed now: the machine under it does not answer, and others of the cluster do. */
export interface Away {
  /** Nodes that do not answer, in the order of the settings. */
  readonly nodes: readonly string[];
  /** Whether the backup server does not answer either. It counts only beside a node: by itself it is a failure like any other. */
  readonly backupServer: boolean;
  /** Objects of the program on them. */
  readonly resources: readonly Pick<StateResource, "urn" | "type">[];
}

/** Everything answers. */
export const NOTHING_AWAY: Away = { nodes: [], backupServer: false, resources: [] };

/**
 * Looks which nodes answer, and what of the program rests on those that do not. With all of them silent nothing is away: then the site
 * cannot be looked at, and no part of it counts as lost.
 */
export async function awayOf(stack: AnyStack): Promise<Away> {
  if (!isSite(stack)) return NOTHING_AWAY;
  const nodes = await stack.silentNodes();
  if (nodes.length === 0 || nodes.length === Object.keys(stack.settings.nodes).length) return NOTHING_AWAY;
  const { resources } = await exportState(stack);
  const endpoint = backupServerIn(resources);
  const backupServer = endpoint !== undefined && !(await answers(endpoint));
  return { nodes, backupServer, resources: restingOn({ nodes, backupServer }, resources) };
}

/** Objects that only a part of the site that is away could show or change. */
export function restingOn(
  { nodes, backupServer }: Pick<Away, "nodes" | "backupServer">,
  resources: readonly StateResource[],
): StateResource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return resources
    .filter(({ custom, type }) => custom && !type.startsWith("pulumi:"))
    .filter(
      (resource) =>
        (backupServer && resource.type.startsWith(ON_BACKUP_SERVER)) ||
        nodes.includes(nodeUnder(resource, byUrn) ?? ""),
    );
}

/** What the backup server itself has to show. */
const ON_BACKUP_SERVER = "resilience:pbs:";

/** Fields in which an object, or the component around it, says on which node it stands. */
const NODE_FIELDS = ["node", "nodeName"] as const;

/** Node on which an object stands; undefined for what belongs to the cluster, and for what moves between nodes. */
function nodeUnder(resource: StateResource, byUrn: ReadonlyMap<string, StateResource>): string | undefined {
  for (let at: StateResource | undefined = resource; at !== undefined; at = byUrn.get(at.parent ?? "")) {
    const { inputs, outputs } = at;
    const named = NODE_FIELDS.map((field) => inputs[field] ?? outputs[field]).find(
      (value) => typeof value === "string",
    );
    if (named !== undefined) return named;
  }
  return undefined;
}

/** Address of the backup server, as the last run reached it. */
function backupServerIn(resources: readonly StateResource[]): string | undefined {
  const [endpoint] = resources
    .filter(({ type }) => type === "pulumi:providers:resilience")
    .map(({ inputs }) => inputs["pbsEndpoint"])
    .filter((value) => typeof value === "string");
  return endpoint;
}

/** Words for the engine by which it neither looks at nor changes what is away. */
export function withoutAway({ resources }: Away): string[] {
  return resources.flatMap(({ urn }) => ["--exclude", urn]);
}

/** What a person is told of it; nothing when everything answers. */
export function awayLines({ nodes, backupServer, resources }: Away): string[] {
  if (nodes.length === 0) return [];
  const who = [...nodes, ...(backupServer ? ["the backup server"] : [])].join(" and ");
  const verb = nodes.length === 1 && !backupServer ? "does" : "do";
  const head = `${who} ${verb} not answer; the other nodes answer for the cluster.`;
  if (resources.length === 0) return [head];
  const names = resources.map(({ urn }) => nameIn(urn)).join(", ");
  return [
    head,
    `  ${counted(resources.length, "object")} there can be neither looked at nor changed until it is back: ${names}`,
  ];
}
