import * as z from "zod";

import { judgementSchema } from "../../planning/judgement-schema";

/** JSON Schema of `make report JSON=1`, for programs that read it. */
export function reportSchemaText(): string {
  const title = "What a site survives: recovery times, data loss, copies and the order of restores";
  return `${JSON.stringify({ ...z.toJSONSchema(judgementSchema), title }, null, 2)}\n`;
}
