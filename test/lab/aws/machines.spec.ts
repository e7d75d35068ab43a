import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type _InstanceType, DescribeInstanceTypesCommand, type EC2Client } from "@aws-sdk/client-ec2";

import { startAws } from "../../../lab/aws/module";
import { Site } from "../../../lab/core/site";
import { INSTANCE_TYPES } from "../../../planning/cloud/instance-types";
import { prefixOf } from "../support/pve-site";
import { Api, FUNCTIONS, RESOURCES } from "./stand-in";

const zone = "eu-central-1a";
const trust = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
const assumeRolePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
const policyArn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7u5KJfT6E1mXh0t1d5W0cJv9M0r5mYQb2nZ2sQ8V1B owner";
const userData = "#!/bin/sh\necho a machine\n";
const told = {
  notificationType: "ACTUAL",
  comparisonOperator: "GREATER_THAN",
  threshold: 80,
  thresholdType: "PERCENTAGE",
};

type Made = Readonly<Record<string, string>>;
interface Case {
  readonly type: string;
  /** Inputs, by the identifiers of what was made before. */
  readonly inputs: (made: Made) => Record<string, unknown>;
  /** A change in place. */
  readonly change?: Record<string, unknown>;
}

/** Each resource, in the order in which one needs another. */
const CASES: readonly Case[] = [
  {
    type: "aws:ec2/vpc:Vpc",
    inputs: () => ({ cidrBlock: "10.77.0.0/16", enableDnsSupport: true, tags: { Name: "a" } }),
    change: { tags: { Name: "b" } },
  },
  {
    type: "aws:ec2/subnet:Subnet",
    inputs: ({ vpc }) => ({ vpcId: vpc, cidrBlock: "10.77.0.0/24", availabilityZone: zone, mapPublicIpOnLaunch: true }),
    change: { mapPublicIpOnLaunch: false },
  },
  { type: "aws:ec2/internetGateway:InternetGateway", inputs: ({ vpc }) => ({ vpcId: vpc }) },
  { type: "aws:ec2/routeTable:RouteTable", inputs: ({ vpc }) => ({ vpcId: vpc }) },
  {
    type: "aws:ec2/route:Route",
    inputs: ({ routeTable, internetGateway }) => ({
      routeTableId: routeTable,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: internetGateway,
    }),
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    inputs: ({ routeTable, subnet }) => ({ routeTableId: routeTable, subnetId: subnet }),
  },
  {
    type: "aws:ec2/securityGroup:SecurityGroup",
    inputs: ({ vpc }) => ({ vpcId: vpc, name: "machine", description: "a machine" }),
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: ({ securityGroup }) => ({
      securityGroupId: securityGroup,
      ipProtocol: "udp",
      fromPort: 51820,
      toPort: 51820,
      cidrIpv4: "0.0.0.0/0",
    }),
  },
  {
    type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    inputs: ({ securityGroup }) => ({ securityGroupId: securityGroup, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }),
  },
  { type: "aws:iam/role:Role", inputs: () => ({ name: "machine", assumeRolePolicy }) },
  { type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment", inputs: () => ({ role: "machine", policyArn }) },
  { type: "aws:iam/instanceProfile:InstanceProfile", inputs: () => ({ name: "machine", role: "machine" }) },
  { type: "aws:ec2/keyPair:KeyPair", inputs: () => ({ keyName: "owner", publicKey }) },
  {
    type: "aws:ec2/instance:Instance",
    inputs: ({ subnet, securityGroup, ami }) => ({
      ...{ ami, instanceType: "m8i.large", subnetId: subnet, vpcSecurityGroupIds: [securityGroup], keyName: "owner" },
      ...{ iamInstanceProfile: "machine", userData, sourceDestCheck: false, disableApiTermination: true },
      metadataOptions: { httpTokens: "required", httpEndpoint: "enabled", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { volumeSize: 16, volumeType: "gp3", encrypted: true },
      cpuOptions: { nestedVirtualization: "enabled" },
    }),
    change: { disableApiTermination: false },
  },
  {
    type: "aws:ebs/volume:Volume",
    inputs: () => ({ availabilityZone: zone, size: 100, type: "gp3", encrypted: true }),
    change: { size: 200 },
  },
  {
    type: "aws:ec2/volumeAttachment:VolumeAttachment",
    inputs: ({ instance, volume }) => ({ instanceId: instance, volumeId: volume, deviceName: "/dev/sdf" }),
  },
  { type: "aws:ec2/eip:Eip", inputs: ({ instance }) => ({ instance, domain: "vpc" }) },
  {
    type: "aws:budgets/budget:Budget",
    inputs: () => ({
      ...{ name: "rebuild", budgetType: "COST", timeUnit: "MONTHLY", limitAmount: "120", limitUnit: "USD" },
      notifications: [{ ...told, subscriberEmailAddresses: ["owner@example.org"] }],
    }),
    change: { limitAmount: "240" },
  },
];

/** What is asked is answered by moto, an emulator that is not ours. */
describe("the lab's stand-in for the aws plugin, with machines", () => {
  const directory = mkdtempSync(join(tmpdir(), "aws-machines-"));
  const bundle = process.env["SSL_CERT_FILE"];
  const made: Record<string, string> = {};
  const states = new Map<string, Record<string, unknown>>();
  let site: Site;
  let api: unknown;

  const open = async (): Promise<void> => {
    const description = { name: "spec", nodes: [], pbs: [], aws: { host: 31, region: "eu-central-1" } };
    site = await Site.open({ state: directory, prefix: prefixOf(94), description });
    await startAws(site);
    api = apiWith(site.sheet.content.aws!.owner);
  };
  const apiWith = (login: { accessKey: string; secretKey: string }): unknown => {
    const { address, port, region } = site.sheet.content.aws!;
    const url = `https://${address}:${port}`;
    process.env["SSL_CERT_FILE"] = site.sheet.content.ca;
    return new Api({ ...login, region, endpoints: [{ ec2: url, iam: url, budgets: url }] });
  };

  before(async function () {
    // The first time on a machine it is installed.
    this.timeout(300_000);
    await open();
  });
  after(async () => {
    if (bundle === undefined) delete process.env["SSL_CERT_FILE"];
    else process.env["SSL_CERT_FILE"] = bundle;
    await site.stop();
    rmSync(directory, { recursive: true });
  });

  it("finds the newest image of Debian's own account", async () => {
    const owners = ["136693071363"];
    const filters = [
      { name: "name", values: ["debian-13-*"] },
      { name: "architecture", values: ["x86_64"] },
    ];
    const getAmi = FUNCTIONS["aws:ec2/getAmi:getAmi"]!;
    const { id, name } = await getAmi(api, { owners, filters, mostRecent: true });
    assert.equal(name, "debian-13-amd64-20260918-2240");
    made["ami"] = String(id);
    await assert.rejects(getAmi(api, { owners, filters }), /more than one result/);
    await assert.rejects(getAmi(api, { owners: ["self"], filters, mostRecent: true }), /no results/);
  });

  it("has every type of machine that planning knows, as large as planning says, with virtualization of its own", async () => {
    const { machines } = api as { machines: EC2Client };
    const asked = INSTANCE_TYPES.map(({ name }) => name as _InstanceType);
    const { InstanceTypes = [] } = await machines.send(new DescribeInstanceTypesCommand({ InstanceTypes: asked }));
    const seen = InstanceTypes.map(({ InstanceType: name, VCpuInfo, MemoryInfo, ProcessorInfo }) => {
      assert.ok(ProcessorInfo?.SupportedFeatures?.includes("nested-virtualization"), name);
      return { name, threads: VCpuInfo?.DefaultVCpus, memory: (MemoryInfo?.SizeInMiB ?? 0) * 1024 ** 2 };
    });
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }) =>
      (a.name ?? "") < (b.name ?? "") ? -1 : 1;
    assert.deepEqual(seen.toSorted(byName), INSTANCE_TYPES.toSorted(byName));
  });

  it("makes everything that a machine needs, and reads it back as it was declared", async () => {
    for (const { type, inputs: of } of CASES) {
      const inputs = of(made);
      const { id, outputs = {} } = await RESOURCES[type]!.create(api, inputs);
      const state = { ...inputs, ...outputs, id };
      made[type.split("/")[1]!.split(":")[0]!] = id;
      states.set(type, state);
      const found = (await RESOURCES[type]!.read(api, state)) as Record<string, unknown>;
      const seen = Object.entries(inputs).filter(([name]) => name in found);
      for (const [name, value] of seen) assert.deepEqual(found[name], value, `${type} ${name}`);
    }
    assert.match(String(states.get("aws:ec2/instance:Instance")!["privateIp"]), /^10\.77\.0\./);
  });

  it("changes in place what the real plugin changes in place", async () => {
    for (const { type, change } of CASES) {
      if (change === undefined) continue;
      const state = states.get(type)!;
      await RESOURCES[type]!.update(api, { ...state, ...change }, state);
      const found = (await RESOURCES[type]!.read(api, { ...state, ...change })) as Record<string, unknown>;
      for (const [name, value] of Object.entries(change)) assert.deepEqual(found[name], value, `${type} ${name}`);
      states.set(type, { ...state, ...change });
    }
  });

  it("has everything again, under the same identifiers, after the lab was stopped", async () => {
    await site.stop();
    await open();
    for (const { type } of CASES) {
      const state = states.get(type)!;
      assert.notEqual(await RESOURCES[type]!.read(api, state), undefined, type);
    }
  });

  it("refuses whoever signs with another secret, and a service that is not there", async () => {
    const { accessKey } = site.sheet.content.aws!.owner;
    const stranger = apiWith({ accessKey, secretKey: "b".repeat(40) });
    const type = "aws:ec2/vpc:Vpc";
    await assert.rejects(
      RESOURCES[type]!.create(stranger, { cidrBlock: "10.1.0.0/16" }),
      /SignatureDoesNotMatch|signature/,
    );
  });

  it("refuses a type of machine that AWS does not have, and a disk that would shrink", async () => {
    const state = states.get("aws:ec2/instance:Instance")!;
    const odd = { ...state, instanceType: "m99.huge" };
    await assert.rejects(RESOURCES["aws:ec2/instance:Instance"]!.create(api, odd), /instance type/i);
    const disk = states.get("aws:ebs/volume:Volume")!;
    await assert.rejects(RESOURCES["aws:ebs/volume:Volume"]!.update(api, { ...disk, size: 50 }, disk), /smaller/);
  });

  it("takes everything away again, and then finds nothing", async () => {
    for (const { type } of [...CASES].reverse()) await RESOURCES[type]!.remove(api, states.get(type)!);
    for (const { type } of CASES) {
      const state = states.get(type)!;
      assert.equal(await RESOURCES[type]!.read(api, state), undefined, type);
    }
  });
});
