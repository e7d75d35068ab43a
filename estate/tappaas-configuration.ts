import * as z from "zod";

import { type Parsed } from "./problem";
import { expecting, identifier, parse, plainText } from "./schema";

const node = z.looseObject({
  hostname: identifier("node"),
  "dns-hostname": identifier("address").optional(),
  ip: identifier("address"),
});

/**
 * What is used of `configuration.json`; unknown keys are let through, for the file is TAPPaaS' own: it holds update
 * schedules, repositories and comments that change with its releases.
 * @see TAPPaaS: src/foundation/configuration-fields.json
 */
const configurationSchema = z.looseObject({
  tappaas: z.looseObject({
    domain: plainText.optional(),
    updateSchedule: z.array(z.unknown()).optional(),
    variants: z.record(z.string(), z.looseObject({ domain: plainText.optional() })).optional(),
  }),
  "tappaas-nodes": z.array(node).min(1, expecting("at least one node")),
});

/** TAPPaaS' description of a site as a whole: its domain, its variants and, first to last, its nodes. */
export type TappaasConfiguration = z.infer<typeof configurationSchema>;

/** Reads `configuration.json`, naming all that is wrong with what is used of it. */
export function parseConfiguration(input: unknown, where: string): Parsed<TappaasConfiguration> {
  return parse(configurationSchema, input, where);
}
