import * as pulumi from "@pulumi/pulumi";

import { InstanceProfile, KeyPair, Role, RolePolicyAttachment } from "../internal/aws-machine";

/** How one gets into a machine of AWS, and what the machine may at AWS. */
export interface MachineLogin {
  /** Name of the key with which one logs in. */
  readonly keyName: pulumi.Output<string>;
  /** Profile of the machine: it may ask Systems Manager to be reached, and nothing else. */
  readonly profile: pulumi.Output<string>;
}

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/**
 * Declares the way in: SSH with the owner's key, over a session that the machine's agent dials out for. So no port is open, and who gets in
 * has both that key and a login to the account.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html
 */
export function declareMachineLogin(name: string, publicKey: string, own: pulumi.CustomResourceOptions): MachineLogin {
  const key = new KeyPair(name, { keyName: name, publicKey }, own);
  const role = new Role(name, { name, assumeRolePolicy: TRUST }, own);
  const policyArn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
  const attached = new RolePolicyAttachment(name, { role: role.name, policyArn }, own);
  const profile = new InstanceProfile(name, { name, role: role.name }, own);
  return { keyName: key.keyName, profile: pulumi.all([profile.name, attached.id]).apply(([known]) => known) };
}
