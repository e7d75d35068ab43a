import { type Guest } from "./guest";
import { type Finding } from "./problem";
import { guestId } from "./units/guest-id";

/** A service that the site's reverse proxy hands on by a name. */
export interface PublishedService {
  /** Name under which people reach it, `files.example.org`. One service has it alone. */
  readonly name: string;
  /** Guest that serves it. */
  readonly guest: Guest;
  /** TCP port at which that guest answers. */
  readonly port: number;
  /** Whether that guest answers in TLS there. */
  readonly tls: boolean;
  /** Whether anybody on the internet may reach it. */
  readonly internet: boolean;
}

/** Services that have a name and a port, in the order of their names; the first guest keeps a name that two claim. */
export function publishedServices(guests: readonly Guest[]): PublishedService[] {
  const services = new Map<string, PublishedService>();
  for (const guest of guests) {
    const { name, port, internet = false, tls = false } = guest.proxy ?? {};
    if (name === undefined || port === undefined || services.has(name)) continue;
    services.set(name, { name, guest, port, tls, internet });
  }
  return [...services.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Programs that stream sound or pictures, by the names that their modules have. */
const STREAMING: ReadonlySet<string> = new Set([
  "ampache",
  "audiobookshelf",
  "emby",
  "funkwhale",
  "jellyfin",
  "navidrome",
  "owncast",
  "peertube",
  "plex",
]);

/** Whether a guest streams media, by the words of its name: `jellyfin`, `plex-attic`. */
export function streamsMedia({ name, source }: Pick<Guest, "name" | "source">): boolean {
  const module = /([^/]*)\.json$/.exec(source)?.[1] ?? "";
  return [name, module].flatMap((text) => text.toLowerCase().split(/[^a-z0-9]+/)).some((word) => STREAMING.has(word));
}

/** Ports of a funnel; it serves at no other. Source: Tailscale, kb/1223/funnel. */
export const FUNNEL_PORTS = [443, 8443, 10_000] as const;

/** What a service that may not go through a tunnel takes instead, as words to be read after "give it". */
export const INSTEAD_OF_TUNNEL =
  `a port of the firewall, or a funnel of its own (ports ${FUNNEL_PORTS.join(", ")} under the vendor's domain alone, with HTTPS by ` +
  "itself)";

/** Guests that fail over. */
interface Moving {
  readonly guests: readonly { readonly guest: Guest }[];
}

/** Published services that nobody finds, that two guests claim, or that stop with one node although they need not. */
export function publishedFindings(guests: readonly Guest[], failover: Moving): Finding[] {
  return [...unnamed(guests), ...claimedTwice(guests), ...wayInFindings(guests, failover)];
}

function unnamed(guests: readonly Guest[]): Finding[] {
  return guests.flatMap(({ proxy, source }) => {
    if (proxy === undefined || (proxy.name !== undefined && proxy.port !== undefined)) return [];
    const missing = proxy.name === undefined ? "proxyDomain" : "proxyPort";
    const advice =
      `it asks for the reverse proxy and says no ${missing}${proxy.name === undefined ? ", nor does the site have a domain" : ""}; ` +
      "until it does, nothing here knows how the service is reached";
    return [{ path: source, advice }];
  });
}

function claimedTwice(guests: readonly Guest[]): Finding[] {
  return publishedServices(guests).flatMap(({ name, guest }) =>
    guests
      .filter((other) => other !== guest && other.proxy?.name === name)
      .map(({ source }) => ({
        path: source,
        advice: `it claims the name ${name} as ${guest.source} does; one of them is not reached, give it a proxyDomain of its own`,
      })),
  );
}

/** Guests that TAPPaaS runs as the gateway, by the name of their module: `firewall`, and `network` in newer releases. */
const GATEWAY = /(?:^|\/)(?:firewall|network)\.json$/;

/** The gateway with its reverse proxy, through which every name is reached; undefined when it is no guest of the site. */
export function gatewayOf(guests: readonly Guest[]): Guest | undefined {
  return guests.find(({ source, class: kind }) => GATEWAY.test(source) && kind === "foundation");
}

/** All names come in through the gateway; when it stands on one node alone, they all go with that node. */
function wayInFindings(guests: readonly Guest[], failover: Moving): Finding[] {
  const names = publishedServices(guests).filter(({ internet }) => internet);
  const gateway = gatewayOf(guests);
  if (names.length === 0 || gateway === undefined) return [];
  const moves = failover.guests.some(({ guest }) => guest.vmid === gateway.vmid);
  if (moves) return [];
  const { kind, vmid, name, node } = gateway;
  const advice =
    `${names.map((service) => service.name).join(", ")} ${names.length === 1 ? "is" : "are"} reached through ` +
    `${guestId(kind, vmid)} ${name} alone, which has no failover: without ${node} nobody outside reaches ` +
    `${names.length === 1 ? "it" : "any of them"}, wherever the services themselves run`;
  return [{ path: `guest ${guestId(kind, vmid)}`, advice }];
}
