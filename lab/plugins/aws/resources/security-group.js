// @ts-check
"use strict";

const ec2 = require("@aws-sdk/client-ec2");

const { updated } = require("./network");
const tags = require("./tags");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** A rule of one direction. @param {"ingress" | "egress"} direction Which. @returns {Resource} It. */
const rule = (direction) => ({
  inputs: ["cidrIpv4", "description", "fromPort", "ipProtocol", "region", "securityGroupId", "tags", "toPort"],
  required: ["ipProtocol", "securityGroupId"],
  replacing: ["region", "securityGroupId"],
  secrets: [],
  create: async ({ machines }, { securityGroupId: GroupId, ...inputs }) => {
    const asked = {
      GroupId,
      IpPermissions: [permissionOf(inputs)],
      ...tags.tagged("security-group-rule", inputs.tags),
    };
    const command =
      direction === "ingress"
        ? new ec2.AuthorizeSecurityGroupIngressCommand(asked)
        : new ec2.AuthorizeSecurityGroupEgressCommand(asked);
    const { SecurityGroupRules } = await machines.send(
      /** @type {ec2.AuthorizeSecurityGroupIngressCommand} */ (command),
    );
    return { id: SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? "" };
  },
  update: async (api, inputs, state) => {
    const { cidrIpv4, description, fromPort, ipProtocol, toPort } = inputs;
    const SecurityGroupRule = {
      ...{ CidrIpv4: cidrIpv4, Description: description, IpProtocol: ipProtocol },
      ...{ FromPort: fromPort ?? -1, ToPort: toPort ?? -1 },
    };
    const SecurityGroupRules = [{ SecurityGroupRuleId: state.id, SecurityGroupRule }];
    const asked = { GroupId: inputs.securityGroupId, SecurityGroupRules };
    await api.machines.send(new ec2.ModifySecurityGroupRulesCommand(asked));
    await tags.retag(api, state.id, inputs, state);
  },
  read: async (api, { id, securityGroupId }) => {
    const Filters = [{ Name: "group-id", Values: [securityGroupId] }];
    const there = await api.found(api.machines.send(new ec2.DescribeSecurityGroupRulesCommand({ Filters })));
    const found = there?.SecurityGroupRules?.find((/** @type {any} */ one) => one.SecurityGroupRuleId === id);
    if (!found) return undefined;
    const { FromPort, ToPort } = found;
    return {
      ...{ securityGroupId, ipProtocol: found.IpProtocol, cidrIpv4: found.CidrIpv4 },
      ...(FromPort !== undefined && FromPort !== -1 && { fromPort: FromPort, toPort: ToPort }),
      ...(found.Description && { description: found.Description }),
      ...tags.read(found.Tags),
    };
  },
  remove: async ({ machines }, { id, securityGroupId: GroupId }) => {
    const asked = { GroupId, SecurityGroupRuleIds: [id] };
    if (direction === "ingress") await machines.send(new ec2.RevokeSecurityGroupIngressCommand(asked));
    else await machines.send(new ec2.RevokeSecurityGroupEgressCommand(asked));
  },
});

/** Who may speak with a machine, and with whom it may. @type {Record<string, Resource>} */
const SECURITY_GROUPS = {
  "aws:ec2/securityGroup:SecurityGroup": {
    inputs: ["description", "name", "namePrefix", "region", "revokeRulesOnDelete", "tags", "vpcId"],
    required: [],
    replacing: ["description", "name", "namePrefix", "region", "vpcId"],
    secrets: [],
    create: async ({ machines }, { description = "Managed by Pulumi", name, vpcId, tags: named }) => {
      const { GroupId = "" } = await machines.send(
        new ec2.CreateSecurityGroupCommand({
          ...{ Description: description, GroupName: name, VpcId: vpcId },
          ...tags.tagged("security-group", named),
        }),
      );
      // A new group lets everything out; the real plugin takes that away, so that only declared rules are there.
      const IpPermissions = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
      await machines.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }));
      return { id: GroupId };
    },
    update: updated(),
    read: async (api, { id }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeSecurityGroupsCommand({ GroupIds: [id] })));
      const [group] = there?.SecurityGroups ?? [];
      return (
        group && { description: group.Description, name: group.GroupName, vpcId: group.VpcId, ...tags.read(group.Tags) }
      );
    },
    remove: async ({ machines }, { id }) => {
      await machines.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id }));
    },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule("ingress"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule("egress"),
};

/** @param {any} rule Declared. */
function permissionOf({ cidrIpv4, description, fromPort, ipProtocol, toPort }) {
  const IpRanges = [{ CidrIp: cidrIpv4, ...(description && { Description: description }) }];
  return { IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort, IpRanges };
}

module.exports = { SECURITY_GROUPS };
