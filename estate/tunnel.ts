import { type Guest } from "./guest";
import { publishedServices, type PublishedService } from "./published-service";
import { type TunnelSettings } from "./tunnel-settings";
import { defined } from "./units/defined";

/** A name that leads through the tunnel. */
export interface TunnelName {
  /** Name, `files.example.org`. */
  readonly name: string;
  /** Zone at Cloudflare in which it is. */
  readonly zoneId: string;
  /** Where a connector finds the service: `http://nextcloud.srvHome.internal:80`. */
  readonly origin: string;
  /** Whether people log in before they reach it. */
  readonly behindAccess: boolean;
  /** VMID of the guest that serves it. */
  readonly vmid: number;
}

/** Where names lead while the site does not answer. */
export interface TunnelFailover {
  /** Name or address of the other place. */
  readonly address: string;
  /** What is asked for at each place. */
  readonly path: string;
  /** HTTP status of a healthy answer. */
  readonly expectedCodes: string;
  /** The names. */
  readonly names: readonly TunnelName[];
}

/** The tunnel of a site as it is to be. */
export interface Tunnel {
  /** Account at Cloudflare. */
  readonly accountId: string;
  /** Name in the dashboard. */
  readonly name: string;
  /** Guests in which connectors run, as the settings order them. */
  readonly connectors: readonly Guest[];
  /** Names that lead through it, in their order. */
  readonly names: readonly TunnelName[];
  /** Names that lead elsewhere while the site does not answer; absent when none does. */
  readonly failover?: TunnelFailover;
  /** Who may log in to what is behind Access. */
  readonly access: TunnelSettings["access"];
  /** Who is told at Cloudflare. */
  readonly alerts: TunnelSettings["alerts"];
  /** Way into the site that needs no Cloudflare; absent when there is none. */
  readonly otherWayIn?: string;
  /** Address of the API; absent for Cloudflare's own. */
  readonly api?: string;
}

/** The tunnel that follows from the settings and from what the modules publish; undefined without one. */
export function tunnelOf(settings: TunnelSettings | undefined, guests: readonly Guest[]): Tunnel | undefined {
  if (settings === undefined) return undefined;
  const { accountId, name, access, alerts, otherWayIn, api } = settings;
  const connectors = settings.connectors.flatMap((vmid) => guests.find((guest) => guest.vmid === vmid) ?? []);
  const names = throughTunnel(settings, guests).flatMap((service) => {
    const zoneId = zoneOf(settings, service.name);
    return zoneId === undefined ? [] : [nameOf(service, zoneId)];
  });
  const failover = failoverOf(settings, names);
  return { accountId, name, connectors, names, access, alerts, ...defined({ failover, otherWayIn, api }) };
}

function failoverOf({ failover }: TunnelSettings, names: readonly TunnelName[]): TunnelFailover | undefined {
  if (failover === undefined) return undefined;
  const { services, ...rest } = failover;
  return { ...rest, names: names.filter(({ vmid }) => services.includes(vmid)) };
}

/** Services that go through the tunnel: those for the internet, and those that the settings put behind Access. */
export function throughTunnel(
  { behindAccess, exclude }: Pick<TunnelSettings, "behindAccess" | "exclude">,
  guests: readonly Guest[],
): PublishedService[] {
  return publishedServices(guests).filter(
    ({ guest: { vmid }, internet }) => exclude[String(vmid)] === undefined && (internet || behindAccess.includes(vmid)),
  );
}

/** Zone of a name: that of the longest domain which it ends in. */
export function zoneOf({ zones }: Pick<TunnelSettings, "zones">, name: string): string | undefined {
  const domains = Object.keys(zones).filter((domain) => name === domain || name.endsWith(`.${domain}`));
  const [longest] = domains.toSorted((a, b) => b.length - a.length);
  return longest === undefined ? undefined : zones[longest];
}

function nameOf({ name, guest, port, tls, internet }: PublishedService, zoneId: string): TunnelName {
  const host = guest.zone === undefined ? guest.name : `${guest.name}.${guest.zone}.internal`;
  const origin = `${tls ? "https" : "http"}://${host}:${port}`;
  return { name, zoneId, origin, behindAccess: !internet, vmid: guest.vmid };
}
