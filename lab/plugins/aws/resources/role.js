// @ts-check
"use strict";

const iam = require("@aws-sdk/client-iam");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** What machines may. @type {Record<string, Resource>} */
const ROLES = {
  "aws:iam/role:Role": {
    inputs: ["assumeRolePolicy", "description", "name", "namePrefix", "path", "permissionsBoundary", "tags"],
    required: ["assumeRolePolicy"],
    replacing: ["name", "namePrefix", "path"],
    secrets: [],
    create: async ({ users }, { assumeRolePolicy, description, name }) => {
      const asked = { RoleName: name, AssumeRolePolicyDocument: assumeRolePolicy, Description: description };
      const { Role } = await users.send(new iam.CreateRoleCommand(asked));
      return { id: name, outputs: { arn: Role?.Arn } };
    },
    update: async ({ users }, { assumeRolePolicy, name }) => {
      await users.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: assumeRolePolicy }));
    },
    read: async (api, { name, assumeRolePolicy }) => {
      const there = await api.found(api.users.send(new iam.GetRoleCommand({ RoleName: name })));
      if (!there) return undefined;
      const found = decodeURIComponent(there.Role?.AssumeRolePolicyDocument ?? "");
      const isSame = JSON.stringify(JSON.parse(found)) === JSON.stringify(JSON.parse(assumeRolePolicy));
      return { name, assumeRolePolicy: isSame ? assumeRolePolicy : found };
    },
    remove: async ({ users }, { name }) => {
      await users.send(new iam.DeleteRoleCommand({ RoleName: name }));
    },
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    inputs: ["policyArn", "role"],
    required: ["policyArn", "role"],
    replacing: ["policyArn", "role"],
    secrets: [],
    create: async ({ users }, { policyArn, role }) => {
      await users.send(new iam.AttachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn }));
      return { id: `${role}/${policyArn}` };
    },
    update: async () => undefined,
    read: async (api, { policyArn, role }) => {
      const there = await api.found(api.users.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: role })));
      const isThere = there?.AttachedPolicies?.some((/** @type {any} */ one) => one.PolicyArn === policyArn);
      return isThere ? { policyArn, role } : undefined;
    },
    remove: async ({ users }, { policyArn, role }) => {
      await users.send(new iam.DetachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn }));
    },
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    inputs: ["name", "namePrefix", "path", "role", "tags"],
    required: [],
    replacing: ["name", "namePrefix", "path"],
    secrets: [],
    create: async (api, { name, role }) => {
      await api.users.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: name }));
      if (role) await addRole(api, name, role);
      return { id: name };
    },
    update: async (api, { name, role }, { role: old }) => {
      if (role === old) return;
      const taken = { InstanceProfileName: name, RoleName: old };
      if (old) await api.users.send(new iam.RemoveRoleFromInstanceProfileCommand(taken));
      if (role) await addRole(api, name, role);
    },
    read: async (api, { name }) => {
      const there = await api.found(api.users.send(new iam.GetInstanceProfileCommand({ InstanceProfileName: name })));
      return there && { name, role: there.InstanceProfile?.Roles?.[0]?.RoleName };
    },
    remove: async (api, { name, role }) => {
      const taken = { InstanceProfileName: name, RoleName: role };
      if (role) await api.users.send(new iam.RemoveRoleFromInstanceProfileCommand(taken));
      await api.users.send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName: name }));
    },
  },
};

/** @param {Api} api The API. @param {string} InstanceProfileName The profile. @param {string} RoleName The role. */
async function addRole({ users }, InstanceProfileName, RoleName) {
  await users.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
}

module.exports = { ROLES };
