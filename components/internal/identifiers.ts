import { isFingerprint } from "../../estate/units/fingerprint";
import { identifierForm, isIdentifier, type IdentifierKind } from "../../estate/units/identifier";
import { type Problem } from "./problems";

/** Why `value` may not name a thing of this kind; empty when it may. */
export function identifierProblems(kind: IdentifierKind, path: string, value: string): Problem[] {
  if (isIdentifier(kind, value)) return [];
  return [{ path, reason: `expected ${identifierForm(kind)}, got "${value}"` }];
}

/** Why `value` is no SHA-256 fingerprint; empty when it is one. */
export function fingerprintProblems(path: string, value: string): Problem[] {
  if (isFingerprint(value)) return [];
  return [{ path, reason: `expected 32 bytes in hex with colons such as "0e:ab:…:d4", got "${value}"` }];
}
