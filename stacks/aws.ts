import type * as pulumi from "@pulumi/pulumi";

import { AwsProvider } from "../components";
import { defined } from "../estate/units/defined";

/** How a stack reaches AWS. */
export interface AwsAccess {
  /** Region. */
  readonly region: string;
  /** Access key; undefined where AWS' own tools on this machine know the login. */
  readonly accessKey: string | undefined;
  /** Its secret. */
  readonly secretKey: pulumi.Output<string> | undefined;
  /** Address that stands in for AWS' own; undefined for AWS itself. */
  readonly api: string | undefined;
}

/** The provider for machines and what belongs to them, with a login of the settings or the one that AWS' own tools know. */
export function awsProvider({ region, accessKey, secretKey, api }: AwsAccess): AwsProvider {
  const login = accessKey === undefined ? {} : { accessKey, ...defined({ secretKey }) };
  const elsewhere = api === undefined ? {} : { endpoints: [{ ec2: api, iam: api, budgets: api }], ...UNASKED };
  return new AwsProvider("aws", { region, ...login, ...elsewhere });
}

/** What only AWS itself has. */
const UNASKED = { skipCredentialsValidation: true, skipMetadataApiCheck: true, skipRequestingAccountId: true };
