import * as z from "zod";

import { isFingerprint } from "../../estate/units/fingerprint";
import { identifier, loginText } from "./input-text";

const fingerprint = z.string().refine(isFingerprint, { error: 'expected 32 bytes in hex such as "0e:ab:…:d4"' });

/** What a program may say of the PVE storage entry of a PBS. */
export const PBS_STORAGE_INPUTS = z.strictObject({
  storage: identifier("storage").describe("Identifier in PVE. **Cannot be changed.**"),
  server: identifier("address").describe("Name or address of the PBS. **Cannot be changed.**"),
  port: z.number().int().min(1).max(65535).optional().describe("TCP port of the PBS; 8007 by default."),
  datastore: identifier("pbsId").describe("Datastore on the PBS. **Cannot be changed.**"),
  namespace: identifier("namespace").optional().describe("Namespace in the datastore; the root namespace by default."),
  username: loginText("tappaas@pbs!pve").describe(
    "Login on the PBS. Another token of the same user is switched in place.",
  ),
  password: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("Secret of the token, or the user's password; without it, the one that the entry has stays."),
  fingerprint: fingerprint.optional().describe("SHA-256 of the PBS's certificate; without it the system's CAs decide."),
  encryptionKeyFingerprint: fingerprint.describe("Fingerprint of the key with which the nodes encrypt."),
  masterPublicKey: z
    .string()
    .startsWith("-----BEGIN PUBLIC KEY-----", "expected an RSA public key as PEM")
    .optional()
    .describe("RSA public key (PEM) to which each backup encrypts the key besides: a second way back to the data."),
  nodes: z.array(identifier("node")).optional().describe("Nodes that may use it; all by default."),
  disable: z.boolean().optional().describe("Whether it is switched off."),
});
