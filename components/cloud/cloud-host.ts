import * as pulumi from "@pulumi/pulumi";

import { toBytes, type Size } from "../../estate/units/size";
import { Budget, Instance, Volume, VolumeAttachment } from "../internal/aws-machine";
import { cloudHostScript, type CloudHostPlan } from "./cloud-host-user-data";
import { CloudNetwork } from "./cloud-network";
import { debianImage } from "./debian";
import { declareMachineLogin } from "./machine-login";

/** Sum above which somebody is told. */
export interface CloudBudget {
  /** A month, in US dollars, in which AWS reckons budgets. */
  readonly perMonth: number;
  /** Whom AWS writes to, at 80 % and when a month is expected to exceed it. */
  readonly tell: readonly string[];
}

/** Arguments of {@link CloudHost}. */
export interface CloudHostArgs extends Omit<CloudHostPlan, "volume"> {
  /** Availability zone in it. */
  readonly zone: string;
  /** Public key of who logs in, a line of authorized_keys. */
  readonly publicKey: string;
  /** Sum above which somebody is told. */
  readonly budget: CloudBudget;
  /** The machine; undefined for what costs nothing alone, from which a machine is made in minutes. @default - none */
  readonly machine?: { readonly instanceType: string; readonly disk: Size };
}

/**
 * A node of Proxmox at AWS for a lost site: a network with no way in, a budget that tells, and a machine that runs virtual machines of its
 * own, with an encrypted disk for them.
 *
 * Everything is protected: only `make down` takes it away, after it has looked that every guest is in a backup.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/amazon-ec2-nested-virtualization.html
 */
export class CloudHost extends pulumi.ComponentResource {
  /** Identifier of the machine, with which one opens a session; empty as long as there is none. */
  public readonly instanceId: pulumi.Output<string>;
  /** Address from which the machine speaks with others, until it is stopped; empty as long as there is none. */
  public readonly publicAddress: pulumi.Output<string>;

  constructor(name: string, args: CloudHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:cloud:CloudHost", name, {}, opts);
    const { zone, publicKey, budget, machine, ...plan } = args;
    const own = { parent: this, protect: true };
    const network = new CloudNetwork(name, { zone }, own);
    const { keyName, profile } = declareMachineLogin(name, publicKey, own);
    const told = {
      comparisonOperator: "GREATER_THAN",
      thresholdType: "PERCENTAGE",
      subscriberEmailAddresses: [...budget.tell],
    };
    new Budget(
      name,
      {
        ...{ name, budgetType: "COST", timeUnit: "MONTHLY", limitAmount: budget.perMonth.toFixed(1), limitUnit: "USD" },
        notifications: [
          { ...told, notificationType: "ACTUAL", threshold: 80 },
          { ...told, notificationType: "FORECASTED", threshold: 100 },
        ],
      },
      own,
    );
    this.instanceId = pulumi.output("");
    this.publicAddress = pulumi.output("");
    if (machine !== undefined) {
      const kept = { availabilityZone: zone, size: toBytes(machine.disk) / GIB, type: "gp3", encrypted: true };
      const volume = new Volume(name, { ...kept, tags: { Name: name } }, own);
      const host = new Instance(
        name,
        {
          ...{
            ami: debianImage({ parent: this }),
            instanceType: machine.instanceType,
            keyName,
            iamInstanceProfile: profile,
          },
          ...{
            subnetId: network.subnetId,
            vpcSecurityGroupIds: [network.securityGroupId],
            associatePublicIpAddress: true,
          },
          ...{
            ...(isBareMetal(machine.instanceType) ? {} : NESTED),
            metadataOptions: TOKENS_ONLY,
            rootBlockDevice: SYSTEM_DISK,
          },
          userData: volume.id.apply((id) => cloudHostScript({ ...plan, volume: id })),
          tags: { Name: name },
        },
        { ...own, ignoreChanges: ["ami", "userData"] },
      );
      const joint = { deviceName: "/dev/sdf", instanceId: host.id, volumeId: volume.id };
      const attached = new VolumeAttachment(name, { ...joint, stopInstanceBeforeDetaching: true }, own);
      this.instanceId = pulumi.all([host.id, attached.id]).apply(([id]) => id);
      this.publicAddress = host.publicIp;
    }
    this.registerOutputs({ instanceId: this.instanceId });
  }
}

/** A whole machine runs virtual machines as it is, and AWS refuses the option for it. */
function isBareMetal(instanceType: string): boolean {
  return /\.metal(?:-|$)/.test(instanceType);
}

const NESTED = { cpuOptions: { nestedVirtualization: "enabled" } };
const GIB = 1024 ** 3;
/** A program on the machine that can be made to fetch an address gets no login of the machine from it. */
const TOKENS_ONLY = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 };
/** Holds Debian and PVE, and no guest. */
const SYSTEM_DISK = { volumeSize: 32, volumeType: "gp3", encrypted: true };
