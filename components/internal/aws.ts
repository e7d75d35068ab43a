/**
 * The resources of AWS that are used, by the files in which they stand: the package as a whole takes time and memory to load and to
 * check. These paths are no contract of the package, so that they are named here alone and its version is pinned.
 */
export { AccessKey } from "@pulumi/aws/iam/accessKey";
export { User } from "@pulumi/aws/iam/user";
export { UserPolicy } from "@pulumi/aws/iam/userPolicy";
export { Provider as AwsProvider } from "@pulumi/aws/provider";
export { Bucket } from "@pulumi/aws/s3/bucket";
export { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration";
export { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock";
export { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning";
