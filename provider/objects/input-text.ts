import * as z from "zod";

import { identifierForm, isIdentifier, type IdentifierKind } from "../../estate/units/identifier";

/** A text that names a thing of this kind. */
export function identifier(kind: IdentifierKind) {
  return z.string().refine((text) => isIdentifier(kind, text), { error: `expected ${identifierForm(kind)}` });
}

/** A comment: one line, at most `length` characters. PBS takes 128, PVE 512. */
export function comment(length: number) {
  const problem = `expected one line of at most ${length} characters`;
  return z
    .string()
    .max(length, problem)
    .regex(/^[^\p{Cc}]*$/u, problem);
}

/** A login on a PBS: a user, or a token of one. */
export function loginText(example: string) {
  return z.string().regex(/^[^\s:/!]+@[^\s:/!]+(?:![^\s:/!]+)?$/, `expected a login such as "${example}"`);
}

/** A calendar event. The servers check it; an empty one is a mistake anywhere. */
export const SCHEDULE = z.string().trim().min(1, 'expected a calendar event such as "21:00"').max(128);
