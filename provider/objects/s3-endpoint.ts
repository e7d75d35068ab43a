import * as z from "zod";

import { BUCKET_ENDPOINT, BUCKET_REGION } from "../../estate/units/bucket-place";
import { isFingerprint } from "../../estate/units/fingerprint";
import { isPathStyle } from "../clients/s3-place";
import { type PbsS3Endpoint } from "../clients/pbs-shapes";
import { caseless, given, orElse, plain, text, unordered, type Fields } from "./fields";
import { identifier } from "./input-text";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const USUAL_PORT = 443;

const INPUTS = z.strictObject({
  endpointId: identifier("pbsId").describe("Name of the S3 provider on this PBS. **Cannot be changed.**"),
  endpoint: z
    .string()
    .regex(BUCKET_ENDPOINT, 'expected a host such as "{{bucket}}.s3.{{region}}.amazonaws.com"')
    .describe("Host of the S3 provider, with {{bucket}} before it where the bucket stands in the host."),
  port: z.number().int().min(1).max(65535).optional().describe("TCP port; 443 by default."),
  region: z
    .string()
    .regex(BUCKET_REGION, 'expected a region such as "eu-central-1"')
    .describe("Region, as the provider calls it."),
  fingerprint: z
    .string()
    .refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' })
    .optional()
    .describe("SHA-256 of the provider's certificate; without it the system's CAs decide."),
  accessKey: z.string().min(1).max(128).describe("Access key, the part of the key that is no secret."),
  secretKey: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe("Secret of that key; without it, the one that the PBS has stays."),
  quirks: z
    .array(z.enum(["skip-if-none-match-header", "delete-objects-via-delete-object"]))
    .optional()
    .describe("What the provider does otherwise than AWS; nothing by default."),
});

const OTHER = "Another name is another endpoint: declare a second one; a datastore keeps the one that it was made with";

/** An S3 provider and the key for it, as a PBS knows them. The secret is never shown by PBS, and no request is made when it is set. */
export const s3Endpoint: SiteObject = {
  token: "resilience:pbs:S3Endpoint",
  description: "An S3 provider and the key with which a Proxmox Backup Server asks it.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["secretKey"],
  unreadable: ["secretKey"],
  identity: ["endpointId"],
  fixed: { endpointId: OTHER },
  meanings: {
    endpointId: plain,
    endpoint: caseless,
    port: orElse(USUAL_PORT),
    region: plain,
    fingerprint: caseless,
    accessKey: plain,
    secretKey: plain,
    quirks: unordered,
  },
  idOf: (fields) => text(fields, "endpointId"),
  identityOf: (id) => ({ endpointId: id }),
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    const [id, secret] = [text(wanted, "endpointId"), text(wanted, "secretKey")];
    if (secret === "") throw new Refusal(`pbs:S3Endpoint/${id} is not there yet: give its secretKey`);
    await site.pbs().createS3Endpoint({ id, "secret-key": secret, ...given(parameters(wanted)) });
    return {};
  },
  async update(site, wanted) {
    const { set, unset } = written(parameters(wanted));
    const secret = text(wanted, "secretKey");
    const all = { ...set, ...(secret !== "" && { "secret-key": secret }) };
    await site.pbs().updateS3Endpoint(text(wanted, "endpointId"), all, unset);
    return {};
  },
  async remove(site, living) {
    await site.pbs().removeS3Endpoint(text(living, "endpointId"));
  },
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const wanted = text(identity, "endpointId");
  const found = (await site.pbs().s3Endpoints()).find(({ id }) => id === wanted);
  if (found !== undefined) return fieldsOf(found);
  await demandSight(site.pbs(), "/system/s3-endpoint", "Sys.Audit", "below");
  return undefined;
}

function fieldsOf(found: PbsS3Endpoint): Fields {
  const { id, endpoint, port, region, fingerprint } = found;
  const quirks = found["provider-quirks"];
  return given({ endpointId: id, endpoint, port, region, fingerprint, accessKey: found["access-key"], quirks });
}

function parameters(wanted: Fields) {
  const { endpoint, port, region, fingerprint, accessKey, quirks = [] } = INPUTS.parse(wanted);
  return {
    endpoint,
    port,
    region,
    fingerprint,
    "access-key": accessKey,
    "path-style": isPathStyle({ endpoint }) ? true : undefined,
    "provider-quirks": quirks.length === 0 ? undefined : quirks,
  };
}
