import { join } from "node:path";

import * as z from "zod";

import { effectText } from "../../estate/setting-effects";
import { settingsSchema } from "../../estate/settings";
import { commentsOf, type Comments } from "./comments";

/** A JSON Schema, or a part of one. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** File that holds the settings' schema in zod, and its name there. */
const SETTINGS = { file: join(__dirname, "../../estate/settings.ts"), name: "settingsSchema" };

/** Name under which a stack's file keeps its settings. */
const KEY = "tappaas-resilience:settings";

/**
 * JSON Schema of a `Pulumi.<stack>.yaml`, for editors: they complete names, show what each setting does, and mark what the
 * program would refuse.
 */
export function stackFileSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of a stack of tappaas-resilience",
    type: "object",
    properties: { config: { type: "object", properties: { [KEY]: settingsJsonSchema() } } },
  };
}

/** The same as it stands in a file. */
export function schemaText(): string {
  return `${JSON.stringify(stackFileSchema(), null, 2)}\n`;
}

/** JSON Schema of the settings alone, each with the comment beside it. */
export function settingsJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(settingsSchema, { io: "input", unrepresentable: "any" });
  delete schema.$schema;
  describe(schema, "", commentsOf(SETTINGS.file, SETTINGS.name));
  return schema;
}

/** Paths of all settings that hold a value: `backup.schedule`, `nodes.*.api`, `pools[].disks`. */
export function settingPaths(schema: JsonSchema = settingsJsonSchema(), path = ""): string[] {
  const inner = innerOf(schema, path);
  if (inner.length === 0) return [path];
  return [...new Set(inner.flatMap(([at, part]) => settingPaths(part, at)))];
}

function describe(schema: JsonSchema, path: string, comments: Comments): void {
  const words = [comments.get(path), effectText(path)].filter((text) => text !== undefined);
  if (words.length > 0) schema.description = words.join(" ");
  for (const [at, part] of innerOf(schema, path)) describe(part, at, comments);
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
