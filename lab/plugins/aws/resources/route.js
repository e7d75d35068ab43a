// @ts-check
"use strict";

const ec2 = require("@aws-sdk/client-ec2");

const { updated } = require("./network");
const tags = require("./tags");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** Where packets go. @type {Record<string, Resource>} */
const ROUTES = {
  "aws:ec2/routeTable:RouteTable": {
    inputs: ["region", "tags", "vpcId"],
    required: ["vpcId"],
    replacing: ["region", "vpcId"],
    secrets: [],
    create: async ({ machines }, { vpcId, tags: named }) => {
      const asked = new ec2.CreateRouteTableCommand({ VpcId: vpcId, ...tags.tagged("route-table", named) });
      const { RouteTable } = await machines.send(asked);
      return { id: RouteTable?.RouteTableId ?? "" };
    },
    update: updated(),
    read: async (api, { id }) => {
      const table = await tableOf(api, id);
      return table && { vpcId: table.VpcId, ...tags.read(table.Tags) };
    },
    remove: async ({ machines }, { id }) => {
      await machines.send(new ec2.DeleteRouteTableCommand({ RouteTableId: id }));
    },
  },
  "aws:ec2/route:Route": {
    inputs: ["destinationCidrBlock", "gatewayId", "networkInterfaceId", "region", "routeTableId"],
    required: ["routeTableId"],
    replacing: ["destinationCidrBlock", "region", "routeTableId"],
    secrets: [],
    create: async ({ machines }, inputs) => {
      await machines.send(new ec2.CreateRouteCommand(routeOf(inputs)));
      return { id: `r-${inputs.routeTableId}-${inputs.destinationCidrBlock}` };
    },
    update: async ({ machines }, inputs) => {
      await machines.send(new ec2.ReplaceRouteCommand(routeOf(inputs)));
    },
    read: async (api, { routeTableId, destinationCidrBlock }) => {
      const table = await tableOf(api, routeTableId);
      const route = table?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === destinationCidrBlock);
      if (!route) return undefined;
      const { GatewayId, NetworkInterfaceId } = route;
      const way = { ...(GatewayId && { gatewayId: GatewayId }) };
      return {
        routeTableId,
        destinationCidrBlock,
        ...way,
        ...(NetworkInterfaceId && { networkInterfaceId: NetworkInterfaceId }),
      };
    },
    remove: async ({ machines }, { routeTableId, destinationCidrBlock }) => {
      const asked = { RouteTableId: routeTableId, DestinationCidrBlock: destinationCidrBlock };
      await machines.send(new ec2.DeleteRouteCommand(asked));
    },
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    inputs: ["gatewayId", "region", "routeTableId", "subnetId"],
    required: ["routeTableId"],
    // The real one changes the table in place, and so gets another identifier.
    replacing: ["gatewayId", "region", "routeTableId", "subnetId"],
    secrets: [],
    create: async ({ machines }, { routeTableId, subnetId, gatewayId }) => {
      const asked = { RouteTableId: routeTableId, SubnetId: subnetId, GatewayId: gatewayId };
      const { AssociationId } = await machines.send(new ec2.AssociateRouteTableCommand(asked));
      return { id: AssociationId ?? "" };
    },
    update: async () => undefined,
    read: async (api, { id, routeTableId }) => {
      const table = await tableOf(api, routeTableId);
      const one = table?.Associations?.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id);
      return one && { routeTableId, subnetId: one.SubnetId };
    },
    remove: async ({ machines }, { id }) => {
      await machines.send(new ec2.DisassociateRouteTableCommand({ AssociationId: id }));
    },
  },
};

/** @param {Api} api The API. @param {string} id Of the table. @returns {Promise<ec2.RouteTable | undefined>} It, where it is. */
async function tableOf(api, id) {
  const asked = new ec2.DescribeRouteTablesCommand({ RouteTableIds: [id] });
  return (await api.found(api.machines.send(asked)))?.RouteTables?.[0];
}

/** @param {any} inputs Declared. */
function routeOf({ routeTableId, destinationCidrBlock, gatewayId, networkInterfaceId }) {
  return {
    ...{ RouteTableId: routeTableId, DestinationCidrBlock: destinationCidrBlock },
    ...{ GatewayId: gatewayId, NetworkInterfaceId: networkInterfaceId },
  };
}

module.exports = { ROUTES };
