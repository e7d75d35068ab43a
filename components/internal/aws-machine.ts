/**
 * Resources of AWS for machines, by the files in which they stand, as in `aws.ts` beside this: whoever needs a bucket loads none of them.
 */
export { Budget } from "@pulumi/aws/budgets/budget";
export { Volume } from "@pulumi/aws/ebs/volume";
export { Eip } from "@pulumi/aws/ec2/eip";
export { getAmiOutput } from "@pulumi/aws/ec2/getAmi";
export { Instance } from "@pulumi/aws/ec2/instance";
export { InternetGateway } from "@pulumi/aws/ec2/internetGateway";
export { KeyPair } from "@pulumi/aws/ec2/keyPair";
export { Route } from "@pulumi/aws/ec2/route";
export { RouteTable } from "@pulumi/aws/ec2/routeTable";
export { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation";
export { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
export { Subnet } from "@pulumi/aws/ec2/subnet";
export { VolumeAttachment } from "@pulumi/aws/ec2/volumeAttachment";
export { Vpc } from "@pulumi/aws/ec2/vpc";
export { InstanceProfile } from "@pulumi/aws/iam/instanceProfile";
export { Role } from "@pulumi/aws/iam/role";
export { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
export { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule";
export { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule";
