import { createHash } from "node:crypto";

/** SHA-1 by which PVE tells versions of a config file apart. */
export function digestOf(config: unknown): string {
  return createHash("sha1").update(JSON.stringify(config)).digest("hex");
}
