import * as z from "zod";

import { type Parsed } from "./problem";
import { parse, plainText, sizeText } from "./schema";

const record = z.strictObject({
  version: z.literal(1),
  /** Type of the machine. */
  instanceType: plainText,
  /** Size of its disk for guests. */
  disk: sizeText,
  /** When somebody agreed to it, RFC 3339. */
  since: plainText,
});

/** The machine at AWS to which somebody agreed; as long as this file is there, the program declares it. */
export type CloudMachineRecord = z.infer<typeof record>;

/** File of the stack's folder that holds it. */
export const MACHINE_FILE = "machine.json";

/** Reads it strictly, naming all that is wrong with it. */
export function parseCloudMachineRecord(input: unknown): Parsed<CloudMachineRecord> {
  return parse(record, input, MACHINE_FILE);
}
