/** A resource of the lab's stand-in for the aws plugin, as the table has it. */
export interface Resource {
  readonly inputs: readonly string[];
  readonly required: readonly string[];
  readonly replacing: readonly string[];
  readonly secrets: readonly string[];
  readonly create: (api: unknown, inputs: object) => Promise<{ id: string; outputs?: Record<string, unknown> }>;
  readonly update: (api: unknown, inputs: object, state: object) => Promise<void>;
  readonly read: (api: unknown, state: object) => Promise<object | undefined>;
  readonly remove: (api: unknown, state: object) => Promise<void>;
}

type Functions = Readonly<Record<string, (api: unknown, args: object) => Promise<Record<string, unknown>>>>;

/* eslint-disable @typescript-eslint/no-require-imports -- plugins of the lab are plain JavaScript, as the engine starts them */
export const { Api } = require("../../../lab/plugins/aws/api.js") as { Api: new (config: object) => unknown };
export const { RESOURCES } = require("../../../lab/plugins/aws/resources/index.js") as {
  RESOURCES: Readonly<Record<string, Resource>>;
};
export const { FUNCTIONS } = require("../../../lab/plugins/aws/functions.js") as { FUNCTIONS: Functions };
/* eslint-enable @typescript-eslint/no-require-imports */
