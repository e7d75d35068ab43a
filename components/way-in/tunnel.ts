import * as pulumi from "@pulumi/pulumi";

import { TunnelConnector } from "../../provider/sdk/tunnel-connector";
import {
  DnsRecord,
  getZeroTrustTunnelCloudflaredTokenOutput,
  ZeroTrustAccessApplication,
  ZeroTrustAccessPolicy,
  ZeroTrustTunnelCloudflared,
  ZeroTrustTunnelCloudflaredConfig,
} from "../internal/cloudflare";
import { rejectProblems } from "../internal/problems";
import { tunnelProblems, type PublishedName, type TunnelArgs } from "./tunnel-args";

/**
 * A Cloudflare tunnel: names on the internet lead to services of the site, through connectors that dial out, so that no port is open.
 *
 * The order is part of it: the tunnel knows where each name leads and has a connector before a DNS record shows the name to anybody,
 * and what is not for everybody has its Access application before that. The token with which connectors dial in is a secret of the
 * state, goes into a machine through its guest agent, and stands there in a file that only root reads.
 *
 * @see https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/
 */
export class Tunnel extends pulumi.ComponentResource {
  /** Its identifier: names lead to `<id>.cfargotunnel.com`. */
  public readonly tunnelId: pulumi.Output<string>;

  constructor(name: string, args: TunnelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:way-in:Tunnel", name, {}, opts);
    rejectProblems(this, `Tunnel "${name}"`, tunnelProblems(args));

    const { accountId, tunnelName, names, connectors } = args;
    // From the first day: with configuration of its own, a tunnel would have to be made anew to take Cloudflare's.
    const inputs = { accountId, name: tunnelName, configSrc: "cloudflare" };
    // A new one has another identifier and another token: every connector would be cut off.
    const tunnel = new ZeroTrustTunnelCloudflared(name, inputs, { parent: this, protect: true });
    const config = configOf(this, name, tunnel.id, args);
    const token = tokenOf(this, accountId, tunnel.id);
    const dialing = connectors.map(
      ({ vmid, machine }) =>
        new TunnelConnector(`${name}-${vmid}`, { vmid, machine, token }, { parent: this, dependsOn: [config] }),
    );
    const guards = accessOf(this, name, args);
    for (const one of names) recordOf(this, tunnel.id, one, [config, ...dialing, ...(guards.get(one.name) ?? [])]);
    this.tunnelId = tunnel.id;

    this.registerOutputs({ tunnelId: this.tunnelId });
  }
}

/**
 * What connectors dial in with. While the tunnel is not there, the function's answer knows nothing of it: that it comes from the tunnel
 * has to be said, or else the run would differ from its plan.
 */
function tokenOf(parent: pulumi.Resource, accountId: string, tunnelId: pulumi.Output<string>): pulumi.Output<string> {
  const { token } = getZeroTrustTunnelCloudflaredTokenOutput({ accountId, tunnelId }, { parent });
  return pulumi.secret(pulumi.all([token, tunnelId]).apply(([answered]) => answered));
}

/** Where each name leads; what is asked for under any other name is answered with 404. */
function configOf(
  parent: pulumi.Resource,
  name: string,
  tunnelId: pulumi.Output<string>,
  { accountId, names }: TunnelArgs,
): ZeroTrustTunnelCloudflaredConfig {
  const ingresses = names.map(({ name: hostname, origin: service }) => ({
    hostname,
    service,
    // Between guests of one site nobody has a certificate of a public authority.
    ...(service.startsWith("https:") && { originRequest: { noTlsVerify: true } }),
  }));
  const config = { ingresses: [...ingresses, { service: "http_status:404" }] };
  return new ZeroTrustTunnelCloudflaredConfig(name, { accountId, tunnelId, config }, { parent });
}

/** What stands before each name that is not for everybody. */
function accessOf(
  parent: pulumi.Resource,
  name: string,
  { accountId, tunnelName, names, access }: TunnelArgs,
): ReadonlyMap<string, readonly pulumi.Resource[]> {
  const guarded = names.filter(({ behindAccess }) => behindAccess);
  if (guarded.length === 0) return new Map();
  const { emails = [], emailDomains = [] } = access ?? {};
  const includes = [
    ...emails.map((email) => ({ email: { email } })),
    ...emailDomains.map((domain) => ({ emailDomain: { domain } })),
  ];
  const inputs = { accountId, name: `${tunnelName}: who may log in`, decision: "allow", includes };
  const policy = new ZeroTrustAccessPolicy(name, inputs, { parent });
  return new Map(
    guarded.map(({ name: hostname }) => {
      const destinations = [{ type: "public", uri: hostname }];
      const policies = [{ id: policy.id, precedence: 1 }];
      const application = { accountId, type: "self_hosted", name: hostname, destinations, policies };
      return [hostname, [new ZeroTrustAccessApplication(hostname, application, { parent })]];
    }),
  );
}

/** The name itself, last of all. The words say to the rules of the policy pack which names are meant for everybody. */
function recordOf(
  parent: pulumi.Resource,
  tunnelId: pulumi.Output<string>,
  { name, zoneId, behindAccess }: PublishedName,
  dependsOn: readonly pulumi.Resource[],
): DnsRecord {
  const content = pulumi.interpolate`${tunnelId}.cfargotunnel.com`;
  const comment = behindAccess ? "after a login" : "for everybody";
  const record = { zoneId, name, type: "CNAME", content, proxied: true, ttl: AUTOMATIC, comment };
  return new DnsRecord(name, record, { parent, dependsOn: [...dependsOn], ignoreChanges: ["zoneId"] });
}

/** Lifetime that Cloudflare chooses; what is proxied has no other. */
const AUTOMATIC = 1;
