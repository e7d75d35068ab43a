import { strict as assert } from "node:assert";

import { CloudHost } from "../../../components/cloud/cloud-host";
import { VaultMachine, vaultMachineProblems } from "../../../components/offsite/vault-machine";
import { mockPulumi, type Registrations, settled } from "../../support/mocks";

const INSTANCE = "aws:ec2/instance:Instance";
const VOLUME = "aws:ebs/volume:Volume";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7u5KJfT6E1mXh0t1d5W0cJv9M0r5mYQb2nZ2sQ8V1B me";
const place = { region: "eu-central-1", zone: "eu-central-1b", publicKey };

describe("machines at AWS, declared", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(() => ({}), { "aws:ec2/getAmi:getAmi": () => ({ id: "ami-1" }) });
  });

  const vault = async (more: object = {}) => {
    new VaultMachine("vault", { ...place, disk: "100 GiB", ...more });
    await settled();
  };
  const host = async (machine?: { instanceType: string; disk: "300 GiB" }) => {
    const budget = { perMonth: 100, tell: ["owner@example.org"] };
    const node = { node: "cloud", storage: "tanka1", bridge: "vmbr1", address: "10.78.0.1/24", inner: "dr0" };
    new CloudHost("cloud", { ...place, ...node, budget, ...(machine && { machine }) });
    await settled();
  };

  it("let nothing in from outside but the port of a link that is dialled", async () => {
    await vault();
    await host({ instanceType: "m8i.2xlarge", disk: "300 GiB" });
    assert.deepEqual(registrations.ofType(INGRESS), {});
    const groups = Object.values(registrations.ofType("aws:ec2/securityGroup:SecurityGroup"));
    assert.ok(groups.length === 2 && groups.every((group) => !("ingress" in group)));
    registrations = await mockPulumi(() => ({}), { "aws:ec2/getAmi:getAmi": () => ({ id: "ami-1" }) });
    await vault({ dialled: [51820] });
    const rules = Object.values(registrations.ofType(INGRESS));
    assert.deepEqual(
      rules.map(({ ipProtocol, fromPort, toPort }) => [ipProtocol, fromPort, toPort]),
      [["udp", 51820, 51820]],
    );
  });

  it("let single addresses reach a vault's backup server, which keeps its address then, and let them in no more once they are gone", async () => {
    await vault({ letIn: ["203.0.113.7"] });
    const rules = Object.entries(registrations.ofType(INGRESS));
    assert.deepEqual(
      rules.map(([, { cidrIpv4, ipProtocol, fromPort, toPort }]) => [cidrIpv4, ipProtocol, fromPort, toPort]),
      [["203.0.113.7/32", "tcp", 8007, 8007]],
    );
    const { protect, retainOnDelete } = registrations.optionsOf(rules[0]![0], INGRESS);
    assert.deepEqual([protect, retainOnDelete], [false, false]);
    assert.equal(Object.keys(registrations.ofType("aws:ec2/eip:Eip")).length, 1);
  });

  it("have encrypted disks, tell no program their login for the asking, and are told no secret", async () => {
    await vault();
    await host({ instanceType: "m8i.2xlarge", disk: "300 GiB" });
    assert.deepEqual(
      Object.values(registrations.ofType(VOLUME)).map(({ encrypted, size }) => [encrypted, size]),
      [
        [true, 100],
        [true, 300],
      ],
    );
    for (const machine of Object.values(registrations.ofType(INSTANCE))) {
      assert.equal((machine["rootBlockDevice"] as { encrypted: boolean }).encrypted, true);
      assert.equal((machine["metadataOptions"] as { httpTokens: string }).httpTokens, "required");
      const script = String(machine["userData"]);
      assert.doesNotMatch(script, /password=|PRIVATE KEY|token=|zpool create.* -f |wipefs/i);
      assert.match(script, /136673be77aba35dcce385b28737689ad64fd785a797e57897589aed08db6e45/);
    }
  });

  it("of a vault stay when the program forgets them, and no newer image makes another of them", async () => {
    await vault();
    for (const { type, name } of registrations.everything.filter((one) => one.type.startsWith("aws:"))) {
      const { protect, retainOnDelete } = registrations.optionsOf(name, type);
      assert.deepEqual([protect, retainOnDelete], [true, true], type);
    }
    const { ignoreChanges } = registrations.optionsOf("vault", INSTANCE);
    assert.deepEqual(ignoreChanges.toSorted(), ["ami", "userData"]);
  });

  it("of a rebuilt site run virtual machines of their own, inside another one or as a whole machine, behind a budget, and go only by make down", async () => {
    await host({ instanceType: "m8i.2xlarge", disk: "300 GiB" });
    const machine = registrations.ofType(INSTANCE)["cloud"]!;
    assert.deepEqual(machine["cpuOptions"], { nestedVirtualization: "enabled" });
    registrations = await mockPulumi(() => ({}), { "aws:ec2/getAmi:getAmi": () => ({ id: "ami-1" }) });
    await host({ instanceType: "m7i.metal-24xl", disk: "300 GiB" });
    assert.equal(registrations.ofType(INSTANCE)["cloud"]!["cpuOptions"], undefined);
    const budget = registrations.ofType("aws:budgets/budget:Budget")["cloud"]!;
    assert.deepEqual([budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]], ["100.0", "USD", "MONTHLY"]);
    for (const { type, name } of registrations.everything.filter((one) => one.type.startsWith("aws:")))
      assert.equal(registrations.optionsOf(name, type).protect, true, type);
  });

  it("of a rebuilt site stand ready without a machine, and then nothing of them is paid by the hour", async () => {
    await host();
    assert.deepEqual([registrations.ofType(INSTANCE), registrations.ofType(VOLUME)], [{}, {}]);
    assert.equal(Object.keys(registrations.ofType("aws:ec2/vpc:Vpc")).length, 1);
  });

  it("are refused with a zone of another region, a disk that AWS does not have, and a key that is none", () => {
    const wrong = { ...place, zone: "eu-west-1a", disk: "100 TiB", publicKey: "secret" } as const;
    assert.deepEqual(
      vaultMachineProblems(wrong).map(({ path }) => path),
      ["zone", "disk", "publicKey"],
    );
    assert.deepEqual(vaultMachineProblems({ ...place, disk: "100 GiB" }), []);
  });
});
