import * as pulumi from "@pulumi/pulumi";

import {
  InternetGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  SecurityGroup,
  SecurityGroupEgressRule,
  SecurityGroupIngressRule,
  Subnet,
  Vpc,
} from "../internal/aws-machine";

/** Arguments of {@link CloudNetwork}. */
export interface CloudNetworkArgs {
  /** Availability zone, `eu-central-1a`. **Another one is another network, and a disk cannot follow.** */
  readonly zone: string;
  /** Addresses of the network. **Others are another network.** @default "10.77.0.0/24" */
  readonly cidr?: string;
  /** UDP ports at which a WireGuard link is dialled; everything else from outside is dropped. @default - none */
  readonly dialled?: readonly number[];
  /** IPv4 addresses from which a TCP port of its one server is reached. @default - none */
  readonly served?: readonly { readonly address: string; readonly port: number }[];
}

/**
 * A network of AWS for one machine: its own, with a way out and none in. Nothing is open from outside, neither SSH nor an API;
 * the exceptions are the UDP port of a link that is dialled here, and single addresses that reach the one server.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
 */
export class CloudNetwork extends pulumi.ComponentResource {
  /** Where machines stand, known once there is a way out of it. */
  public readonly subnetId: pulumi.Output<string>;
  /** Group that says who may speak with what stands there. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** Table by which packets leave it. */
  public readonly routeTableId: pulumi.Output<string>;

  constructor(name: string, args: CloudNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:cloud:CloudNetwork", name, {}, opts);
    const { zone, cidr = "10.77.0.0/24", dialled = [], served = [] } = args;
    // What keeps the network keeps its parts: of a component the engine hands only `protect` down.
    const own = { parent: this, ...(opts?.retainOnDelete === true && { retainOnDelete: true }) };
    const tags = { Name: name };
    const vpc = new Vpc(name, { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags }, own);
    const place = { cidrBlock: cidr, availabilityZone: zone, mapPublicIpOnLaunch: false };
    const subnet = new Subnet(name, { vpcId: vpc.id, ...place, tags }, own);
    const gateway = new InternetGateway(name, { vpcId: vpc.id, tags }, own);
    const table = new RouteTable(name, { vpcId: vpc.id, tags }, own);
    const out = { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id };
    const route = new Route(`${name}-out`, out, own);
    const joined = new RouteTableAssociation(name, { routeTableId: table.id, subnetId: subnet.id }, own);
    const description = "Nothing from outside but links that are dialled";
    const group = new SecurityGroup(name, { vpcId: vpc.id, name, description, tags }, own);
    const everywhere = { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0" };
    const egress = new SecurityGroupEgressRule(`${name}-out`, { ...everywhere, ipProtocol: "-1" }, own);
    for (const port of dialled) {
      const rule = { ...everywhere, ipProtocol: "udp", fromPort: port, toPort: port, description: "WireGuard" };
      new SecurityGroupIngressRule(`${name}-${port}`, rule, own);
    }
    for (const { address, port } of served) {
      const from = { cidrIpv4: `${address}/32`, ipProtocol: "tcp", fromPort: port, toPort: port };
      const rule = { securityGroupId: group.id, ...from, description: "Reads guests back" };
      // Nothing rests on a way in: who is taken out of the settings is let in no more.
      new SecurityGroupIngressRule(`${name}-${address}`, rule, { parent: this, protect: false, retainOnDelete: false });
    }
    // A machine that starts before there is a way out installs nothing, and does not try again.
    this.subnetId = pulumi.all([subnet.id, route.id, joined.id, egress.id]).apply(([id]) => id);
    this.securityGroupId = group.id;
    this.routeTableId = table.id;
    this.registerOutputs({ subnetId: this.subnetId, securityGroupId: this.securityGroupId });
  }
}
