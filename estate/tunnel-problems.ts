import { type Guest } from "./guest";
import { type Finding, type Problem } from "./problem";
import { INSTEAD_OF_TUNNEL, publishedServices, streamsMedia } from "./published-service";
import { throughTunnel, zoneOf, type Tunnel } from "./tunnel";
import { type TunnelSettings } from "./tunnel-settings";
import { guestId } from "./units/guest-id";

/** Zone in which connectors stand: it may reach the internet, and no other zone may be reached from it but by a pinhole. */
const DMZ = "dmz";

/** What keeps a tunnel from being what it promises. */
export function tunnelProblems(settings: TunnelSettings | undefined, guests: readonly Guest[]): Problem[] {
  if (settings === undefined) return [];
  return [
    ...settings.connectors.flatMap((vmid, at) => connectorProblems(vmid, at, settings, guests)),
    ...accessProblems(settings, guests),
    ...Object.keys(settings.exclude).flatMap((vmid) =>
      publishedServices(guests).some(({ guest }) => guest.vmid === Number(vmid))
        ? []
        : [{ path: `tunnel.exclude.${vmid}`, expected: "a guest that is published", cure: "take it out" }],
    ),
    ...throughTunnel(settings, guests).flatMap((service) => nameProblems(service, settings)),
    ...failoverProblems(settings, guests),
  ];
}

function connectorProblems(vmid: number, at: number, settings: TunnelSettings, guests: readonly Guest[]): Problem[] {
  const path = `tunnel.connectors[${at}]`;
  const guest = guests.find((one) => one.vmid === vmid);
  if (guest === undefined) {
    const cure = "add its module, or correct the number; a connector is never put on a node itself";
    return [{ path, expected: "the VMID of a guest of the site", got: String(vmid), cure }];
  }
  const id = guestId(guest.kind, vmid);
  const problems: Problem[] = [];
  if (guest.kind !== "vm") {
    const cure = "take a virtual machine: the token goes in through its guest agent, which a container has not";
    problems.push({ path, expected: "a virtual machine", got: id, cure });
  }
  if (guest.zone !== undefined && guest.zone !== DMZ) {
    const cure = "whoever breaks into a connector is in its zone; give its module zone0 dmz";
    problems.push({ path, expected: `a guest in the zone ${DMZ}`, got: `${id} in ${guest.zone}`, cure });
  }
  const before = settings.connectors.slice(0, at).map((other) => guests.find((one) => one.vmid === other));
  const beside = before.find((other) => other?.node === guest.node);
  if (beside !== undefined) {
    const cure = "two on one node are lost with it at once; move one, or name one alone";
    problems.push({
      path,
      expected: `a guest on another node than ${beside.name}`,
      got: `${id} on ${guest.node}`,
      cure,
    });
  }
  return problems;
}

function accessProblems({ behindAccess, access }: TunnelSettings, guests: readonly Guest[]): Problem[] {
  const services = publishedServices(guests);
  const wrong = behindAccess.flatMap((vmid, at) => {
    const path = `tunnel.behindAccess[${at}]`;
    const service = services.find(({ guest }) => guest.vmid === vmid);
    if (service === undefined) {
      const cure = "correct the number, or let its module ask for the proxy with a proxyPort";
      return [{ path, expected: "a guest that is published", got: String(vmid), cure }];
    }
    if (!service.internet) return [];
    const cure = `take internet out of proxyAllowedZones in ${service.guest.source}, or take it out here`;
    return [{ path, expected: "a service that is not open to everybody", got: service.name, cure }];
  });
  const nobody = access.emails.length + access.emailDomains.length === 0;
  if (behindAccess.length === 0 || !nobody) return wrong;
  const cure = "name them under emails or emailDomains";
  return [...wrong, { path: "tunnel.access", expected: "those who may log in to what is behind Access", cure }];
}

/** A login page answers whether the service behind it lives or not, so that its name would never lead elsewhere. */
function failoverProblems(settings: TunnelSettings, guests: readonly Guest[]): Problem[] {
  const { services = [], address = "" } = settings.failover ?? {};
  const through = throughTunnel(settings, guests);
  const wrong = services.flatMap((vmid, at) => {
    const path = `tunnel.failover.services[${at}]`;
    const service = through.find(({ guest }) => guest.vmid === vmid);
    if (service === undefined) {
      const cure = "correct the number; only a name that leads through the tunnel can lead elsewhere";
      return [{ path, expected: "a guest whose name leads through the tunnel", got: String(vmid), cure }];
    }
    if (service.internet) return [];
    const cure = "take it out: the login in front of it answers also when it is gone";
    return [{ path, expected: "a service without a login of Cloudflare's before it", got: service.name, cure }];
  });
  if (!through.some(({ name }) => name === address)) return wrong;
  const cure = "name a server at another place";
  return [...wrong, { path: "tunnel.failover.address", expected: "no name of the site itself", got: address, cure }];
}

function nameProblems(
  { name, guest }: { readonly name: string; readonly guest: Guest },
  settings: TunnelSettings,
): Problem[] {
  const problems: Problem[] = [];
  if (streamsMedia(guest)) {
    const cure = `Cloudflare's terms do not let media through: name ${guest.vmid} in tunnel.exclude, and give it ${INSTEAD_OF_TUNNEL}`;
    problems.push({ path: guest.source, expected: "no media service behind the tunnel", got: guest.name, cure });
  }
  if (zoneOf(settings, name) === undefined) {
    const got = Object.keys(settings.zones).join(", ");
    const cure = `add that zone, or name ${guest.vmid} in tunnel.exclude`;
    problems.push({ path: "tunnel.zones", expected: `the zone of ${name}`, got, cure });
  }
  return problems;
}

/** What a tunnel does not bear, said at each run. */
export function tunnelFindings(tunnel: Tunnel | undefined, nodes: readonly string[]): Finding[] {
  if (tunnel === undefined) return [];
  const findings: Finding[] = [];
  const [first, second] = tunnel.connectors;
  if (first !== undefined && second === undefined) {
    const more =
      nodes.length > 1
        ? "add a second connector on another node"
        : "a site of one node cannot do better by itself; a connector at a router or on another machine can be added to the tunnel by hand";
    const advice = `its one connector is on ${first.node}: without that node no name leads here; ${more}`;
    findings.push({ path: "tunnel", advice });
  }
  if (tunnel.failover !== undefined) {
    const names = tunnel.failover.names.map(({ name }) => name).join(", ");
    const advice =
      `while the site does not answer, ${names} leads to ${tunnel.failover.address}: Cloudflare's load balancing does that, a paid add-on of the ` +
      "account; nothing is copied there by it, so see that what people find there is what they should find, under a certificate by DNS-01: " +
      "for one by HTTP-01 the name would have to lead there first";
    findings.push({ path: "tunnel.failover", advice });
  }
  if (tunnel.alerts.emails.length === 0 && !tunnel.alerts.webhook) {
    const advice =
      "nobody is told when it is down, and a site that is cut off cannot tell by itself: name a mail address under tunnel.alerts.emails, or " +
      "webhook: true and pulumi config set --secret tunnelAlertAddress";
    findings.push({ path: "tunnel.alerts", advice });
  }
  if (tunnel.otherWayIn === undefined) {
    const advice =
      "every name depends on Cloudflare, and so do you when it or your account there is away; keep a way in of your own, WireGuard on " +
      "the firewall for example, try it, and name it under tunnel.otherWayIn";
    findings.push({ path: "tunnel", advice });
  }
  return findings;
}
