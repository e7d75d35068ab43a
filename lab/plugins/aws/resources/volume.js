// @ts-check
"use strict";

const { createHash } = require("node:crypto");

const ec2 = require("@aws-sdk/client-ec2");

const { updated } = require("./network");
const tags = require("./tags");

/** @typedef {import("../api").Api} Api */
/** @typedef {import("./index").Resource} Resource */

/** Disks, and where they are attached. @type {Record<string, Resource>} */
const VOLUMES = {
  "aws:ebs/volume:Volume": {
    inputs: [
      "availabilityZone",
      "encrypted",
      "finalSnapshot",
      "iops",
      "kmsKeyId",
      "region",
      "size",
      "snapshotId",
      "tags",
      "throughput",
      "type",
    ],
    required: ["availabilityZone"],
    replacing: ["availabilityZone", "encrypted", "kmsKeyId", "region", "snapshotId"],
    secrets: [],
    create: async (
      { machines },
      { availabilityZone, encrypted, iops, kmsKeyId, size, snapshotId, throughput, type, tags: named },
    ) => {
      const { VolumeId = "" } = await machines.send(
        new ec2.CreateVolumeCommand({
          ...{ AvailabilityZone: availabilityZone, Encrypted: encrypted, Iops: iops, KmsKeyId: kmsKeyId },
          ...{ Size: size, SnapshotId: snapshotId, Throughput: throughput, VolumeType: type },
          ...tags.tagged("volume", named),
        }),
      );
      return { id: VolumeId };
    },
    // A volume grows in place; smaller is refused there, too.
    update: updated(async ({ machines }, VolumeId, { size, type, iops, throughput }, state) => {
      if (size < state.size)
        throw new Error(`InvalidParameterValue: New size cannot be smaller than existing size, ${state.size} GiB`);
      const changed =
        size !== state.size || type !== state.type || iops !== state.iops || throughput !== state.throughput;
      const asked = { VolumeId, Size: size, VolumeType: type, Iops: iops, Throughput: throughput };
      if (changed) await machines.send(new ec2.ModifyVolumeCommand(asked));
    }),
    read: async (api, { id }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeVolumesCommand({ VolumeIds: [id] })));
      const [volume] = there?.Volumes ?? [];
      return (
        volume && {
          availabilityZone: volume.AvailabilityZone,
          encrypted: volume.Encrypted,
          size: volume.Size,
          type: volume.VolumeType,
          ...tags.read(volume.Tags),
        }
      );
    },
    remove: async ({ machines }, { id }) => {
      await machines.send(new ec2.DeleteVolumeCommand({ VolumeId: id }));
    },
  },
  "aws:ec2/volumeAttachment:VolumeAttachment": {
    inputs: [
      "deviceName",
      "forceDetach",
      "instanceId",
      "region",
      "skipDestroy",
      "stopInstanceBeforeDetaching",
      "volumeId",
    ],
    required: ["deviceName", "instanceId", "volumeId"],
    replacing: ["deviceName", "instanceId", "region", "volumeId"],
    secrets: [],
    create: async ({ machines }, { deviceName, instanceId, volumeId }) => {
      const asked = { Device: deviceName, InstanceId: instanceId, VolumeId: volumeId };
      await machines.send(new ec2.AttachVolumeCommand(asked));
      const digest = createHash("sha256").update(`${deviceName}-${instanceId}-${volumeId}-`).digest();
      return { id: `vai-${digest.readUInt32BE(0)}` };
    },
    update: async () => undefined,
    read: async (api, { deviceName, instanceId, volumeId }) => {
      const there = await api.found(api.machines.send(new ec2.DescribeVolumesCommand({ VolumeIds: [volumeId] })));
      const [volume] = there?.Volumes ?? [];
      const one = volume?.Attachments?.find((/** @type {any} */ at) => at.InstanceId === instanceId);
      return one && { deviceName: one.Device ?? deviceName, instanceId, volumeId };
    },
    remove: async ({ machines }, { instanceId, volumeId, skipDestroy }) => {
      if (skipDestroy) return;
      await machines.send(new ec2.DetachVolumeCommand({ InstanceId: instanceId, VolumeId: volumeId }));
    },
  },
};

module.exports = { VOLUMES };
