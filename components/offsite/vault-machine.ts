import * as pulumi from "@pulumi/pulumi";

import { toBytes, type Size } from "../../estate/units/size";
import { CloudNetwork } from "../cloud/cloud-network";
import { debianImage } from "../cloud/debian";
import { declareMachineLogin } from "../cloud/machine-login";
import { Eip, Instance, Volume, VolumeAttachment } from "../internal/aws-machine";
import { DATA_GUARD } from "../internal/data-guard";
import { rejectProblems, type Problem } from "../internal/problems";
import { vaultMachineScript } from "./vault-machine-user-data";

/** Arguments of {@link VaultMachine}. */
export interface VaultMachineArgs {
  /** Region of AWS, and so the country. **Another one is another machine.** */
  readonly region: string;
  /** Availability zone in it, `eu-central-1a`. **Another one is another machine with an empty disk.** */
  readonly zone: string;
  /** Type of the machine, x86-64. A change stops it and starts it again. @default "t3.medium" */
  readonly instanceType?: string;
  /** Size of the disk of copies, 1 GiB to 64 TiB. It grows in place and never shrinks. */
  readonly disk: Size;
  /** Public key of who logs in, a line of authorized_keys. **Another one is another machine.** */
  readonly publicKey: string;
  /** UDP ports at which links are dialled. @default - none, and then nothing is open from outside */
  readonly dialled?: readonly number[];
  /** IPv4 addresses from which its backup server is reached, TCP 8007. @default - none */
  readonly letIn?: readonly string[];
}

/**
 * A machine at AWS that becomes a backup server: a network with no way in, an encrypted disk of copies that outlives the machine, and a
 * first start that installs Proxmox' packages. One gets in by SSH over a session of Systems Manager, which the machine dials out for.
 *
 * Neither machine nor disk is ever deleted from here: what leaves the program stays, and goes on costing money, until its owner releases it.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export class VaultMachine extends pulumi.ComponentResource {
  /** Identifier of the machine: with it one opens a session. */
  public readonly instanceId: pulumi.Output<string>;
  /** Identifier of the disk of copies. */
  public readonly volumeId: pulumi.Output<string>;
  /** Address at which a link is dialled and its server is reached; empty where neither is. */
  public readonly publicAddress: pulumi.Output<string>;

  constructor(name: string, args: VaultMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:offsite:VaultMachine", name, {}, opts);
    rejectProblems(this, `VaultMachine "${name}"`, vaultMachineProblems(args));

    const { region, zone, instanceType = "t3.medium", disk, publicKey, dialled = [], letIn = [] } = args;
    const own = { parent: this, ...DATA_GUARD };
    const tags = { Name: name };
    const served = letIn.map((address) => ({ address, port: PBS_PORT }));
    const network = new CloudNetwork(name, { zone, dialled, served }, own);
    const { keyName, profile } = declareMachineLogin(name, publicKey, own);
    const kept = { availabilityZone: zone, size: toBytes(disk) / GIB, type: "gp3", encrypted: true };
    const volume = new Volume(name, { ...kept, tags }, own);
    const machine = new Instance(
      name,
      {
        ...{ ami: debianImage({ parent: this }), instanceType, keyName, iamInstanceProfile: profile },
        ...{
          subnetId: network.subnetId,
          vpcSecurityGroupIds: [network.securityGroupId],
          associatePublicIpAddress: true,
        },
        ...{ metadataOptions: TOKENS_ONLY, rootBlockDevice: SYSTEM_DISK, disableApiTermination: true },
        userData: volume.id.apply((id) => vaultMachineScript(region, id)),
        tags,
      },
      // Both count at the first start alone: a newer image, or other words, would only make another machine of it.
      { ...own, ignoreChanges: ["ami", "userData"] },
    );
    const joint = { deviceName: "/dev/sdf", instanceId: machine.id, volumeId: volume.id };
    const attached = new VolumeAttachment(name, { ...joint, stopInstanceBeforeDetaching: true }, own);
    this.publicAddress =
      dialled.length + letIn.length === 0
        ? pulumi.output("")
        : new Eip(name, { instance: machine.id, domain: "vpc", tags }, own).publicIp;
    this.instanceId = pulumi.all([machine.id, attached.id]).apply(([id]) => id);
    this.volumeId = volume.id;

    this.registerOutputs({ instanceId: this.instanceId, volumeId: this.volumeId });
  }
}

/** A program on the machine that can be made to fetch an address gets no login of the machine from it. */
const TOKENS_ONLY = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 };
/** Holds Debian and the server, and no copy. */
const SYSTEM_DISK = { volumeSize: 16, volumeType: "gp3", encrypted: true };
const GIB = 1024 ** 3;
const PBS_PORT = 8007;
/** Largest disk of type gp3, GiB. Source: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
const LARGEST_DISK = 64 * 1024;

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function vaultMachineProblems({ zone, region, disk, publicKey }: VaultMachineArgs): Problem[] {
  const problems: Problem[] = [];
  if (!zone.startsWith(region)) problems.push({ path: "zone", reason: `expected a zone of ${region}, got "${zone}"` });
  const size = toBytes(disk) / GIB;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_DISK)
    problems.push({ path: "disk", reason: `expected whole GiB from 1 to ${LARGEST_DISK}, got "${disk}"` });
  if (!/^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+) [A-Za-z0-9+/=]+(?: .*)?$/.test(publicKey))
    problems.push({ path: "publicKey", reason: "expected a line of authorized_keys, ssh-ed25519 AAAA…" });
  return problems;
}
