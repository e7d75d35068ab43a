import * as z from "zod";

import { identifier } from "./input-text";

/** What a program may say of a right that is to end. */
export const FORMER_RIGHT_INPUTS = z.strictObject({
  path: z
    .string()
    .regex(/^(?:\/|(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+)$/, 'expected a path such as "/datastore/tappaas_backup"')
    .describe("What the right is about. **Cannot be changed.**"),
  role: z
    .string()
    .regex(/^[A-Z][A-Za-z]+$/, 'expected a role such as "Admin"')
    .describe("Role that is to end. **Cannot be changed.**"),
  authId: identifier("userId").describe("User who has it. **Cannot be changed.**"),
  datastore: identifier("pbsId").describe("Datastore whose backups go on without it."),
  login: z
    .string()
    .regex(/^[^\s:/!]+@[^\s:/!]+![^\s:/!]+$/, 'expected a token such as "tappaas@pbs!pve"')
    .describe("Token of that user that writes the backups instead."),
  end: z
    .boolean()
    .optional()
    .describe("Whether it is taken away once a backup has succeeded without it; by default it is only named."),
});
