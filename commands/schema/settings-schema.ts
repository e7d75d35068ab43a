import { join } from "node:path";

import * as z from "zod";

import { copySourceEffects } from "../../estate/copy-source-effects";
import { effectText, effectWords } from "../../estate/setting-effects";
import { settingsSchema } from "../../estate/settings";
import { vaultSettingsSchema } from "../../estate/vault-settings";
import { commentsOf, type Comments } from "./comments";

/** A JSON Schema, or a part of one. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What a file's settings can be those of. */
export type Described = "site" | "vault";

/** File that holds the settings' schema in zod, and its name there. */
const SETTINGS = {
  site: { file: join(__dirname, "../../estate/settings.ts"), name: "settingsSchema" },
  vault: { file: join(__dirname, "../../estate/vault-settings.ts"), name: "vaultSettingsSchema" },
} as const;

const VAULT_EFFECTS = copySourceEffects("sources");

/** What changing a setting does. */
const EFFECTS: Readonly<Record<Described, (path: string) => string | undefined>> = {
  site: effectText,
  vault: (path) => {
    const effect = VAULT_EFFECTS[path];
    return effect === undefined ? undefined : effectWords(effect);
  },
};

/** Name under which a stack's file keeps its settings. */
const KEY = "tappaas-resilience:settings";

/**
 * JSON Schema of a `Pulumi.<stack>.yaml`, for editors: they complete names, show what each setting does, and mark what the
 * program would refuse.
 */
export function stackFileSchema(role: Described = "site"): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Settings of a ${role === "site" ? "stack" : role} of tappaas-resilience`,
    type: "object",
    properties: { config: { type: "object", properties: { [KEY]: settingsJsonSchema(role) } } },
  };
}

/** The same as it stands in a file. */
export function schemaText(role: Described = "site"): string {
  return `${JSON.stringify(stackFileSchema(role), null, 2)}\n`;
}

/** JSON Schema of the settings alone, each with the comment beside it. */
export function settingsJsonSchema(role: Described = "site"): JsonSchema {
  const form = role === "site" ? settingsSchema : vaultSettingsSchema;
  const schema = z.toJSONSchema(form, { io: "input", unrepresentable: "any" });
  delete schema.$schema;
  const { file, name } = SETTINGS[role];
  describe(schema, "", commentsOf(file, name), EFFECTS[role]);
  return schema;
}

/** Paths of all settings that hold a value: `backup.schedule`, `nodes.*.api`, `pools[].disks`. */
export function settingPaths(schema: JsonSchema = settingsJsonSchema(), path = ""): string[] {
  const inner = innerOf(schema, path);
  if (inner.length === 0) return [path];
  return [...new Set(inner.flatMap(([at, part]) => settingPaths(part, at)))];
}

function describe(
  schema: JsonSchema,
  path: string,
  comments: Comments,
  effectOf: (path: string) => string | undefined,
): void {
  const words = [comments.get(path), effectOf(path)].filter((text) => text !== undefined);
  if (words.length > 0) schema.description = words.join(" ");
  for (const [at, part] of innerOf(schema, path)) describe(part, at, comments, effectOf);
}

/** Parts of a schema, each with its path; none when it is a value, or a list of values. */
function innerOf(schema: JsonSchema, path: string): [string, JsonSchema][] {
  const { properties = {}, additionalProperties, items, anyOf = [], oneOf = [] } = schema;
  const options = [...anyOf, ...oneOf].filter(isSchema).flatMap((option) => innerOf(option, path));
  const parts: [string, unknown][] = [
    ...Object.entries(properties).map(([name, part]): [string, unknown] => [
      path === "" ? name : `${path}.${name}`,
      part,
    ]),
    [`${path}.*`, additionalProperties],
    ...(isSchema(items) && innerOf(items, path).length > 0 ? [[`${path}[]`, items] as [string, unknown]] : []),
  ];
  return [...options, ...parts.filter((part): part is [string, JsonSchema] => isSchema(part[1]))];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
