// @ts-check
"use strict";

const iam = require("@aws-sdk/client-iam");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** Users, what they may, and their keys. @type {Record<string, Resource>} */
const USERS = {
  "aws:iam/user:User": {
    inputs: ["forceDestroy", "name", "path", "permissionsBoundary", "tags"],
    required: [],
    replacing: [],
    secrets: [],
    create: async ({ users }, { name }) => {
      const { User } = await users.send(new iam.CreateUserCommand({ UserName: name }));
      return { id: name, outputs: { arn: User?.Arn } };
    },
    update: async () => undefined,
    read: async (api, { name, ...state }) => {
      const there = await api.found(api.users.send(new iam.GetUserCommand({ UserName: name })));
      return there && { name, ...state };
    },
    remove: async ({ users }, { name }) => {
      await users.send(new iam.DeleteUserCommand({ UserName: name }));
    },
  },
  "aws:iam/userPolicy:UserPolicy": {
    inputs: ["name", "namePrefix", "policy", "user"],
    required: ["policy", "user"],
    replacing: ["name", "namePrefix", "user"],
    secrets: [],
    create: async ({ users }, { name, policy, user }) => {
      const sent = { UserName: user, PolicyName: name, PolicyDocument: policy };
      await users.send(new iam.PutUserPolicyCommand(sent));
      return { id: `${user}:${name}` };
    },
    update: async ({ users }, { name, policy, user }) => {
      const sent = { UserName: user, PolicyName: name, PolicyDocument: policy };
      await users.send(new iam.PutUserPolicyCommand(sent));
    },
    read: async (api, { name, user, policy }) => {
      const asked = { UserName: user, PolicyName: name };
      const there = await api.found(api.users.send(new iam.GetUserPolicyCommand(asked)));
      if (!there) return undefined;
      const found = JSON.parse(decodeURIComponent(there.PolicyDocument ?? "{}"));
      const same = JSON.stringify(found.Statement) === JSON.stringify(JSON.parse(policy).Statement);
      return { name, user, policy: same ? policy : JSON.stringify(found) };
    },
    remove: async ({ users }, { name, user }) => {
      await users.send(new iam.DeleteUserPolicyCommand({ UserName: user, PolicyName: name }));
    },
  },
  "aws:iam/accessKey:AccessKey": {
    inputs: ["pgpKey", "status", "user"],
    required: ["user"],
    replacing: ["pgpKey", "user"],
    secrets: ["secret", "sesSmtpPasswordV4"],
    create: async (api, { user, status }) => {
      const { AccessKey } = await api.users.send(new iam.CreateAccessKeyCommand({ UserName: user }));
      if (status === "Inactive") await setStatus(api, user, AccessKey?.AccessKeyId ?? "", status);
      return { id: AccessKey?.AccessKeyId ?? "", outputs: { secret: AccessKey?.SecretAccessKey } };
    },
    update: async (api, { user, status = "Active" }, { id }) => setStatus(api, user, id, status),
    read: async (api, { id, ...state }) => {
      const there = await api.found(api.users.send(new iam.ListAccessKeysCommand({ UserName: state.user })));
      const found = there?.AccessKeyMetadata?.find((/** @type {any} */ key) => key.AccessKeyId === id);
      if (!found) return undefined;
      return found.Status === "Active" && state.status === undefined ? state : { ...state, status: found.Status };
    },
    remove: async ({ users }, { id, user }) => {
      await users.send(new iam.DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }));
    },
  },
};

/** @param {Api} api The API. @param {string} UserName Whose. @param {string} AccessKeyId Which. @param {any} Status New. */
async function setStatus({ users }, UserName, AccessKeyId, Status) {
  await users.send(new iam.UpdateAccessKeyCommand({ UserName, AccessKeyId, Status }));
}

module.exports = { USERS };
