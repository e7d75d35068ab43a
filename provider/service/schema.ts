import * as z from "zod";

import { STANDING_STORAGE } from "../functions/standing-storage";
import { OBJECTS } from "../objects/registry";
import { type SiteObject } from "../objects/site-object";
import { VERSION } from "../version";
import { CONFIGURATION, SECRET_KEYS } from "./configuration";

/** Type of a property in Pulumi's schema. */
interface PropertyType {
  readonly type: string;
  readonly items?: { readonly type: string };
  readonly additionalProperties?: { readonly type: string };
  readonly description?: string;
  readonly secret?: boolean;
}

/** The provider's schema, as `pulumi package get-schema` and `pulumi import` read it. */
export function schemaText(): string {
  const config = Object.keys(CONFIGURATION.shape).map((key): [string, PropertyType] => {
    const type = LISTS.includes(key) ? { type: "array", items: { type: "string" } } : { type: "string" };
    return [key, { ...type, ...(SECRET_KEYS.includes(key) && { secret: true }) }];
  });
  const inputProperties = Object.fromEntries(config);
  return JSON.stringify({
    name: "resilience",
    version: VERSION,
    description: "Backup, high availability and disaster recovery for your own Proxmox",
    language: { nodejs: { packageName: "tappaas-resilience" } },
    config: { variables: inputProperties },
    provider: { description: "A site's PVE and PBS.", inputProperties, properties: {} },
    resources: Object.fromEntries(OBJECTS.map((object) => [object.token, resourceSchema(object)])),
    functions: { [STANDING_STORAGE]: STANDING_STORAGE_SCHEMA },
  });
}

const STORAGE = { type: "object", properties: { storage: { type: "string" } }, required: ["storage"] };

const STANDING = { ...STORAGE, properties: { ...STORAGE.properties, gone: { type: "string" } } };

const STANDING_STORAGE_SCHEMA = {
  description: "A storage entry that was observed, once it is certain that the site still has it.",
  inputs: STORAGE,
  outputs: STANDING,
};

const LISTS: readonly string[] = ["adoptions", "acceptances"];

function resourceSchema(object: SiteObject) {
  const { properties = {}, required = [] } = z.toJSONSchema(object.inputs, { unrepresentable: "any" });
  const inputs = Object.entries(properties).map(([name, schema]): [string, PropertyType] => {
    return [name, { ...propertyType(schema), ...(object.secrets.includes(name) && { secret: true }) }];
  });
  const extras = Object.entries({ ...object.extraOutputs, adopted: ADOPTED }).map(([name, extra]) => {
    const type = extra.type === "strings" ? { type: "array", items: { type: "string" } } : { type: extra.type };
    return [name, { ...type, description: extra.description, ...(object.secrets.includes(name) && { secret: true }) }];
  });
  const { description } = object;
  const inputProperties = Object.fromEntries(inputs);
  const all = { ...inputProperties, ...(Object.fromEntries(extras) as Record<string, PropertyType>) };
  return {
    description,
    inputProperties,
    requiredInputs: required,
    properties: all,
    required: [...required, "adopted"],
  };
}

const ADOPTED = {
  type: "boolean",
  description: "Whether it was there before us: then it is released and never deleted.",
};

function propertyType(schema: z.core.JSONSchema._JSONSchema): PropertyType {
  const { type = "string", items, description } = schema as { type?: string; items?: object; description?: string };
  const inner = items === undefined ? {} : { items: { type: (items as { type?: string }).type ?? "string" } };
  const values = type === "object" ? { additionalProperties: { type: "string" } } : {};
  return { type, ...inner, ...values, ...(description !== undefined && { description }) };
}
