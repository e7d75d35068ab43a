// @ts-check
"use strict";

const ec2 = require("@aws-sdk/client-ec2");

const tags = require("./tags");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** Machines, and the keys with which one logs in to them. @type {Record<string, Resource>} */
const INSTANCES = {
  "aws:ec2/keyPair:KeyPair": {
    inputs: ["keyName", "keyNamePrefix", "publicKey", "region", "tags"],
    required: ["publicKey"],
    replacing: ["keyName", "keyNamePrefix", "publicKey", "region"],
    secrets: [],
    create: async ({ machines }, { keyName, publicKey, tags: named }) => {
      const material = { KeyName: keyName, PublicKeyMaterial: Buffer.from(publicKey) };
      const made = await machines.send(
        new ec2.ImportKeyPairCommand({ ...material, ...tags.tagged("key-pair", named) }),
      );
      return { id: keyName, outputs: { fingerprint: made.KeyFingerprint, keyPairId: made.KeyPairId } };
    },
    update: (api, inputs, state) => tags.retag(api, state.keyPairId, inputs, state),
    read: async (api, { keyName, publicKey }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeKeyPairsCommand({ KeyNames: [keyName] })));
      const [pair] = there?.KeyPairs ?? [];
      return pair && { keyName: pair.KeyName, publicKey, ...tags.read(pair.Tags) };
    },
    remove: async ({ machines }, { keyName }) => {
      await machines.send(new ec2.DeleteKeyPairCommand({ KeyName: keyName }));
    },
  },
  "aws:ec2/instance:Instance": {
    inputs: [
      ...["ami", "associatePublicIpAddress", "availabilityZone", "cpuOptions", "disableApiTermination", "ebsOptimized"],
      ...["iamInstanceProfile", "instanceInitiatedShutdownBehavior", "instanceType", "keyName", "metadataOptions"],
      ...["monitoring", "privateIp", "region", "rootBlockDevice", "sourceDestCheck", "subnetId", "tags", "userData"],
      ...["userDataReplaceOnChange", "volumeTags", "vpcSecurityGroupIds"],
    ],
    required: [],
    replacing: [
      ...["ami", "associatePublicIpAddress", "availabilityZone", "cpuOptions", "keyName", "privateIp", "region"],
      ...["subnetId"],
    ],
    secrets: [],
    create: async (api, inputs) => {
      const { Instances } = await api.machines.send(new ec2.RunInstancesCommand(requestOf(inputs)));
      const id = Instances?.[0]?.InstanceId ?? "";
      await setSwitches(api, id, inputs);
      return { id, outputs: await outputsOf(api, id) };
    },
    update: async (api, inputs, state) => {
      await setSwitches(api, state.id, inputs, state);
      await tags.retag(api, state.id, inputs, state);
    },
    read: async (api, { id, ...state }) => {
      const there = await instanceOf(api, id);
      if (!there || there.State?.Name === "terminated") return undefined;
      return {
        ami: there.ImageId,
        instanceType: there.InstanceType,
        subnetId: there.SubnetId,
        sourceDestCheck: there.SourceDestCheck,
        vpcSecurityGroupIds: groupsOf(there),
        ...(await outputsOf(api, id)),
        ...("disableApiTermination" in state && { disableApiTermination: await isLocked(api, id) }),
        ...tags.read(there.Tags),
      };
    },
    remove: async (api, { id }) => {
      await api.machines.send(new ec2.TerminateInstancesCommand({ InstanceIds: [id] }));
    },
  },
};

/** @param {any} inputs Declared. @returns {ec2.RunInstancesCommandInput} As EC2 is asked. */
function requestOf({ rootBlockDevice: root, metadataOptions: metadata, cpuOptions, iamInstanceProfile, ...inputs }) {
  const volume = root && {
    DeviceName: "/dev/xvda",
    Ebs: { VolumeSize: root.volumeSize, VolumeType: root.volumeType, Encrypted: root.encrypted },
  };
  return {
    ...{ MinCount: 1, MaxCount: 1, ImageId: inputs.ami, InstanceType: inputs.instanceType, KeyName: inputs.keyName },
    ...{
      InstanceInitiatedShutdownBehavior: inputs.instanceInitiatedShutdownBehavior,
      PrivateIpAddress: inputs.privateIp,
    },
    ...(inputs.associatePublicIpAddress === undefined
      ? { SubnetId: inputs.subnetId, SecurityGroupIds: inputs.vpcSecurityGroupIds }
      : { NetworkInterfaces: [cardOf(inputs)] }),
    ...(inputs.userData && { UserData: Buffer.from(inputs.userData).toString("base64") }),
    ...(iamInstanceProfile && { IamInstanceProfile: { Name: iamInstanceProfile } }),
    ...(metadata && {
      MetadataOptions: {
        HttpTokens: metadata.httpTokens,
        HttpEndpoint: metadata.httpEndpoint,
        HttpPutResponseHopLimit: metadata.httpPutResponseHopLimit,
      },
    }),
    ...(cpuOptions && { CpuOptions: { NestedVirtualization: cpuOptions.nestedVirtualization } }),
    ...(volume && { BlockDeviceMappings: [volume] }),
    ...tags.tagged("instance", inputs.tags),
  };
}

/** @param {any} inputs Declared. @returns {ec2.InstanceNetworkInterfaceSpecification} Its one card. */
function cardOf({ associatePublicIpAddress, subnetId, vpcSecurityGroupIds }) {
  return {
    DeviceIndex: 0,
    AssociatePublicIpAddress: associatePublicIpAddress,
    SubnetId: subnetId,
    Groups: vpcSecurityGroupIds,
  };
}

/** What changes in place. @param {Api} api The API. @param {string} InstanceId Which. @param {any} inputs Declared. @param {any} state What was. */
async function setSwitches({ machines }, InstanceId, inputs, state = {}) {
  const differs = (/** @type {string} */ name) =>
    inputs[name] !== undefined && String(inputs[name]) !== String(state[name]);
  const set = (/** @type {any} */ change) =>
    machines.send(new ec2.ModifyInstanceAttributeCommand({ InstanceId, ...change }));
  if (differs("disableApiTermination")) await set({ DisableApiTermination: { Value: inputs.disableApiTermination } });
  if (differs("sourceDestCheck")) await set({ SourceDestCheck: { Value: inputs.sourceDestCheck } });
  if (state.id === undefined) return;
  if (differs("vpcSecurityGroupIds")) await set({ Groups: inputs.vpcSecurityGroupIds });
  // As the real one: these need the machine to be off.
  if (!differs("instanceType") && !differs("userData")) return;
  await machines.send(new ec2.StopInstancesCommand({ InstanceIds: [InstanceId] }));
  if (differs("instanceType")) await set({ InstanceType: { Value: inputs.instanceType } });
  if (differs("userData")) await set({ UserData: { Value: Buffer.from(inputs.userData) } });
  await machines.send(new ec2.StartInstancesCommand({ InstanceIds: [InstanceId] }));
}

/** @param {Api} api The API. @param {string} id Which. @returns {Promise<ec2.Instance | undefined>} It, where it is. */
async function instanceOf(api, id) {
  const there = await api.found(api.machines.send(new ec2.DescribeInstancesCommand({ InstanceIds: [id] })));
  return there?.Reservations?.[0]?.Instances?.[0];
}

/** Of a machine that was started with a card of its own, moto shows them only there. @param {ec2.Instance} instance It. */
function groupsOf({ SecurityGroups = [], NetworkInterfaces = [] }) {
  const groups = SecurityGroups.length > 0 ? SecurityGroups : (NetworkInterfaces[0]?.Groups ?? []);
  return groups.map(({ GroupId }) => GroupId);
}

/** What only the cloud says. @param {Api} api The API. @param {string} id Which. */
async function outputsOf(api, id) {
  const there = await instanceOf(api, id);
  return {
    instanceState: there?.State?.Name,
    primaryNetworkInterfaceId: there?.NetworkInterfaces?.[0]?.NetworkInterfaceId,
    privateIp: there?.PrivateIpAddress,
    publicIp: there?.PublicIpAddress ?? "",
  };
}

/** @param {Api} api The API. @param {string} InstanceId Which. */
async function isLocked({ machines }, InstanceId) {
  const asked = new ec2.DescribeInstanceAttributeCommand({ InstanceId, Attribute: "disableApiTermination" });
  return (await machines.send(asked)).DisableApiTermination?.Value;
}

module.exports = { INSTANCES };
