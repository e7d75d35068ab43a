import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ESCROW_FILE, parseEscrowRecord, type EscrowRecord } from "../estate/escrow-record";
import { type Parsed } from "../estate/problem";

/**
 * Where the escrow sheets of a site are, from its folder.
 * @returns Undefined when nothing is written down; problems when what is written down cannot be read.
 */
export function readEscrow(siteFolder: string): Parsed<EscrowRecord> | undefined {
  const file = join(siteFolder, ESCROW_FILE);
  if (!existsSync(file)) return undefined;
  return parseEscrowRecord(jsonIn(readFileSync(file, "utf8")));
}

/** What is no JSON is given on as text, which no record is. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
