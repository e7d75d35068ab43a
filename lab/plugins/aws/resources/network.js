// @ts-check
"use strict";

const ec2 = require("@aws-sdk/client-ec2");

const tags = require("./tags");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** Changes what `more` changes, and tags. @param {(api: Api, id: string, inputs: any, state: any) => Promise<void>} more What else changes. */
const updated =
  (more = async () => undefined) =>
  async (/** @type {Api} */ api, /** @type {any} */ inputs, /** @type {any} */ state) => {
    await more(api, state.id, inputs, state);
    await tags.retag(api, state.id, inputs, state);
  };

/** A network, its parts and its way out. @type {Record<string, Resource>} */
const NETWORKS = {
  "aws:ec2/vpc:Vpc": {
    inputs: ["cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy", "region", "tags"],
    required: [],
    replacing: ["cidrBlock", "region"],
    secrets: [],
    create: async (api, { cidrBlock, instanceTenancy, ...rest }) => {
      const { Vpc } = await api.machines.send(
        new ec2.CreateVpcCommand({
          CidrBlock: cidrBlock,
          InstanceTenancy: instanceTenancy,
          ...tags.tagged("vpc", rest.tags),
        }),
      );
      const id = Vpc?.VpcId ?? "";
      await setDns(api, id, rest);
      return { id, outputs: { mainRouteTableId: await mainTable(api, id) } };
    },
    update: updated(setDns),
    read: async (api, { id }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeVpcsCommand({ VpcIds: [id] })));
      const [vpc] = there?.Vpcs ?? [];
      const names = ec2.VpcAttributeName;
      const asked = async (/** @type {ec2.VpcAttributeName} */ Attribute) =>
        api.machines.send(new ec2.DescribeVpcAttributeCommand({ VpcId: id, Attribute }));
      if (!vpc) return undefined;
      const hostnames = await asked(names.enableDnsHostnames);
      const support = await asked(names.enableDnsSupport);
      return {
        cidrBlock: vpc.CidrBlock,
        instanceTenancy: vpc.InstanceTenancy,
        enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
        enableDnsSupport: support.EnableDnsSupport?.Value,
        ...tags.read(vpc.Tags),
      };
    },
    remove: async ({ machines }, { id }) => {
      await machines.send(new ec2.DeleteVpcCommand({ VpcId: id }));
    },
  },
  "aws:ec2/subnet:Subnet": {
    inputs: ["availabilityZone", "cidrBlock", "mapPublicIpOnLaunch", "region", "tags", "vpcId"],
    required: ["vpcId"],
    replacing: ["availabilityZone", "cidrBlock", "region", "vpcId"],
    secrets: [],
    create: async (api, { availabilityZone, cidrBlock, vpcId, ...rest }) => {
      const { Subnet } = await api.machines.send(
        new ec2.CreateSubnetCommand({
          ...{ AvailabilityZone: availabilityZone, CidrBlock: cidrBlock, VpcId: vpcId },
          ...tags.tagged("subnet", rest.tags),
        }),
      );
      const id = Subnet?.SubnetId ?? "";
      await setPublic(api, id, rest);
      return { id, outputs: { arn: Subnet?.SubnetArn } };
    },
    update: updated(setPublic),
    read: async (api, { id }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeSubnetsCommand({ SubnetIds: [id] })));
      const [subnet] = there?.Subnets ?? [];
      return (
        subnet && {
          availabilityZone: subnet.AvailabilityZone,
          cidrBlock: subnet.CidrBlock,
          mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch,
          vpcId: subnet.VpcId,
          ...tags.read(subnet.Tags),
        }
      );
    },
    remove: async ({ machines }, { id }) => {
      await machines.send(new ec2.DeleteSubnetCommand({ SubnetId: id }));
    },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    inputs: ["region", "tags", "vpcId"],
    required: [],
    replacing: ["region"],
    secrets: [],
    create: async (api, { vpcId, tags: named }) => {
      const { InternetGateway } = await api.machines.send(
        new ec2.CreateInternetGatewayCommand(tags.tagged("internet-gateway", named)),
      );
      const id = InternetGateway?.InternetGatewayId ?? "";
      await moveGateway(api, id, { vpcId }, {});
      return { id };
    },
    update: updated(moveGateway),
    read: async (api, { id }) => {
      const asked = new ec2.DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] });
      const there = await api.found(api.machines.send(asked));
      const [gateway] = there?.InternetGateways ?? [];
      return gateway && { vpcId: gateway.Attachments?.[0]?.VpcId, ...tags.read(gateway.Tags) };
    },
    remove: async (api, { id, vpcId }) => {
      await moveGateway(api, id, {}, { vpcId });
      await api.machines.send(new ec2.DeleteInternetGatewayCommand({ InternetGatewayId: id }));
    },
  },
  "aws:ec2/eip:Eip": {
    inputs: ["domain", "instance", "region", "tags"],
    required: [],
    replacing: ["domain", "region"],
    secrets: [],
    create: async (api, { domain, instance, tags: named }) => {
      const asked = new ec2.AllocateAddressCommand({ Domain: domain, ...tags.tagged("elastic-ip", named) });
      const { AllocationId: id = "", PublicIp } = await api.machines.send(asked);
      if (instance)
        await api.machines.send(new ec2.AssociateAddressCommand({ AllocationId: id, InstanceId: instance }));
      return { id, outputs: { publicIp: PublicIp, allocationId: id } };
    },
    update: updated(async ({ machines }, AllocationId, { instance }, { instance: old }) => {
      if (instance === old) return;
      await machines.send(
        new ec2.AssociateAddressCommand({ AllocationId, InstanceId: instance, AllowReassociation: true }),
      );
    }),
    read: async (api, { id }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeAddressesCommand({ AllocationIds: [id] })));
      const [address] = there?.Addresses ?? [];
      return (
        address && {
          domain: address.Domain,
          instance: address.InstanceId,
          publicIp: address.PublicIp,
          ...tags.read(address.Tags),
        }
      );
    },
    remove: async (api, { id }) => {
      const there = await api.machines.send(new ec2.DescribeAddressesCommand({ AllocationIds: [id] }));
      const AssociationId = there.Addresses?.[0]?.AssociationId;
      if (AssociationId) await api.machines.send(new ec2.DisassociateAddressCommand({ AssociationId }));
      await api.machines.send(new ec2.ReleaseAddressCommand({ AllocationId: id }));
    },
  },
};

/** @param {Api} api The API. @param {string} VpcId The network. @param {any} inputs Declared. */
async function setDns({ machines }, VpcId, { enableDnsSupport = true, enableDnsHostnames = false }) {
  const support = { VpcId, EnableDnsSupport: { Value: enableDnsSupport } };
  await machines.send(new ec2.ModifyVpcAttributeCommand(support));
  const names = { VpcId, EnableDnsHostnames: { Value: enableDnsHostnames } };
  await machines.send(new ec2.ModifyVpcAttributeCommand(names));
}

/** @param {Api} api The API. @param {string} vpcId The network. */
async function mainTable({ machines }, vpcId) {
  const Filters = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "association.main", Values: ["true"] },
  ];
  const { RouteTables } = await machines.send(new ec2.DescribeRouteTablesCommand({ Filters }));
  return RouteTables?.[0]?.RouteTableId;
}

/** @param {Api} api The API. @param {string} SubnetId The subnet. @param {any} inputs Declared. */
async function setPublic({ machines }, SubnetId, { mapPublicIpOnLaunch = false }) {
  const MapPublicIpOnLaunch = { Value: mapPublicIpOnLaunch };
  await machines.send(new ec2.ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch }));
}

/** @param {Api} api The API. @param {string} InternetGatewayId The gateway. @param {any} inputs Declared. @param {any} state What was. */
async function moveGateway({ machines }, InternetGatewayId, { vpcId }, { vpcId: old }) {
  if (vpcId === old) return;
  if (old) await machines.send(new ec2.DetachInternetGatewayCommand({ InternetGatewayId, VpcId: old }));
  if (vpcId) await machines.send(new ec2.AttachInternetGatewayCommand({ InternetGatewayId, VpcId: vpcId }));
}

module.exports = { NETWORKS, updated };
