import { type Account } from "./account";

/** What somebody on the internet gets who asks for a name. */
export interface Fetched {
  /** HTTP status; 0 where the name leads nowhere. */
  readonly status: number;
  /** What is said of it. */
  readonly says: string;
  /** Guest through whose connector the answer came. */
  readonly through?: string;
}

/** Asks for a name as a browser on the internet does. @param loggedIn Whether the person has logged in to Access. */
export function fetchName(account: Account, name: string, loggedIn: boolean): Fetched {
  const { records, applications } = account.holdings.value;
  const record = records.find((one) => one["name"] === name)?.["content"];
  const place = balancedPlace(account, name) ?? (typeof record === "string" ? record : undefined);
  if (place === undefined) return { status: 0, says: "no such name" };
  const guarded = applications.some(({ destinations }) => namesOf(destinations).includes(name));
  if (guarded && !loggedIn) return { status: 302, says: "log in first" };
  return answerAt(account, name, place);
}

/** Where a load balancer of the name leads now, which counts before a record; undefined where there is none. */
function balancedPlace(account: Account, name: string): string | undefined {
  const { balancers, pools } = account.holdings.value;
  const balancer = balancers.find((one) => one["name"] === name);
  if (balancer === undefined) return undefined;
  const addressOf = (id: unknown) => {
    const origins = (pools.find((pool) => pool.id === id)?.["origins"] ?? []) as { address: string }[];
    return origins[0]?.address;
  };
  const places = (balancer["default_pools"] as string[]).map(addressOf);
  const healthy = places.find((place) => place !== undefined && answerAt(account, name, place).status === 200);
  return healthy ?? addressOf(balancer["fallback_pool"]);
}

/** What a place answers: the site through its tunnel, or a server elsewhere, which the lab takes for one that always answers. */
function answerAt(account: Account, name: string, place: string): Fetched {
  const { configurations } = account.holdings.value;
  const tunnel = /^(.*)\.cfargotunnel\.com$/.exec(place)?.[1];
  if (tunnel === undefined) return { status: 200, says: `${place} at another place` };
  const [through] = account.connectorsOf(tunnel);
  if (through === undefined) return { status: 530, says: "error 1033: no connector of the tunnel is there" };
  const rule = configurations[tunnel]?.ingress.find(({ hostname }) => hostname === undefined || hostname === name);
  if (rule === undefined || rule.service === "http_status:404") return { status: 404, says: "not found", through };
  const host = /^https?:\/\/([^.:/]+)/.exec(rule.service)?.[1];
  const serving = account.site.liveGuests().find((guest) => guest.name === host);
  if (serving === undefined) return { status: 502, says: `${rule.service} does not answer`, through };
  return { status: 200, says: `${serving.name} on ${serving.node}`, through };
}

function namesOf(destinations: unknown): string[] {
  return Array.isArray(destinations) ? destinations.map(({ uri }: { uri?: unknown }) => String(uri)) : [];
}
