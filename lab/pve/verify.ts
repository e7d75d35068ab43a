import { type Parameters, type ParameterSpecification, type PropertyString } from "../core/specification";
import { formatProblem } from "./formats";
import { invalid } from "./refusal";

/** Parameters as they came: text from forms and queries, anything from JSON. */
export type RawParameters = Readonly<Record<string, unknown>>;

/** Parameters that passed: booleans are `1` or `0`, numbers their text, arrays lists of text. */
export type VerifiedParameters = Readonly<Record<string, string | readonly string[]>>;

/**
 * Checks parameters as PVE does, all of them at once.
 * Texts: pve-common, src/PVE/JSONSchema.pm.
 * @throws {Refusal} 400 with a message for each parameter at fault.
 */
export function verify(specification: Parameters, raw: RawParameters): VerifiedParameters {
  const verified: Record<string, string | readonly string[]> = {};
  const errors: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    const rule = specification[name] ?? specification[indexed(name)];
    if (rule === undefined) errors[name] = UNKNOWN;
    else check(name, rule, value, errors, verified);
    if (rule?.requires !== undefined && !(rule.requires in raw)) {
      errors[rule.requires] = `missing property - '${name}' requires this property`;
    }
  }
  for (const [name, rule] of Object.entries(specification)) {
    if (rule.optional !== true && !(name in raw)) errors[name] = "property is missing and it is not optional";
  }
  if (Object.keys(errors).length > 0) throw invalid(errors);
  return verified;
}

const UNKNOWN = "property is not defined in schema and the schema does not allow additional properties";

/** `net0` is described as `net[n]`. */
function indexed(name: string): string {
  return name.replace(/\d+$/, "[n]");
}

function check(
  name: string,
  rule: ParameterSpecification,
  value: unknown,
  errors: Record<string, string>,
  verified: Record<string, string | readonly string[]>,
): void {
  if (rule.type === "array") {
    const elements = (Array.isArray(value) ? value : [value]).map(plain);
    const problem = elements.map((element) => valueProblem(rule.items ?? { type: "string" }, element)).find(Boolean);
    if (problem === undefined) verified[name] = elements;
    else errors[name] = problem;
    return;
  }
  const text = plain(value);
  const problem = Array.isArray(value) ? `type check ('${rule.type}') failed` : valueProblem(rule, text);
  if (problem === undefined) verified[name] = rule.type === "boolean" ? (isTrue(text) ? "1" : "0") : text;
  else errors[name] = problem;
}

function plain(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

function isTrue(text: string): boolean {
  return /^(1|on|yes|true)$/i.test(text);
}

const TYPES: Readonly<Record<string, RegExp>> = {
  boolean: /^(1|on|yes|true|0|off|no|false)$/i,
  integer: /^[+-]?\d+$/,
  number: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
};

function valueProblem(rule: ParameterSpecification, text: string): string | undefined {
  if (TYPES[rule.type]?.test(text) === false) return `type check ('${rule.type}') failed - got '${text}'`;
  return rule.type === "string" ? textProblem(rule, text) : numberProblem(rule, text);
}

function numberProblem({ minimum, maximum, ...rule }: ParameterSpecification, text: string): string | undefined {
  if (rule.enum !== undefined && !rule.enum.includes(text)) return notInEnumeration(rule.enum, text);
  if (minimum !== undefined && Number(text) < minimum) return `value must have a minimum value of ${minimum}`;
  if (maximum !== undefined && Number(text) > maximum) return `value must have a maximum value of ${maximum}`;
  if (typeof rule.format === "string") return named(formatProblem(rule.format, text));
  return undefined;
}

function textProblem(rule: ParameterSpecification, text: string): string | undefined {
  const { format, pattern, minLength, maxLength } = rule;
  if (rule.enum !== undefined && !rule.enum.includes(text)) return notInEnumeration(rule.enum, text);
  if (maxLength !== undefined && text.length > maxLength) return `value may only be ${maxLength} characters long`;
  if (minLength !== undefined && text.length < minLength) return `value must be at least ${minLength} characters long`;
  if (pattern !== undefined && !anchored(pattern).test(text)) return "value does not match the regex pattern";
  if (typeof format === "string") return named(formatProblem(format, text));
  return format === undefined ? undefined : propertyStringProblem(format, text);
}

function notInEnumeration(values: readonly string[], text: string): string {
  return `value '${text}' does not have a value in the enumeration '${values.join(", ")}'`;
}

function named(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `invalid format - ${problem}\n`;
}

/** Perl prints `(?^:...)` for a compiled pattern; the anchors are PVE's. */
function anchored(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll("(?^:", "(?:")})$`);
}

function propertyStringProblem(keys: PropertyString, text: string): string | undefined {
  for (const part of text.split(",")) {
    const [key = "", value] = part.split("=", 2);
    const rule = keys[key];
    const problem = rule === undefined || value === undefined ? UNKNOWN : valueProblem(rule, value);
    if (problem !== undefined) return `invalid format - format error\n${key}: ${problem}\n`;
  }
  return undefined;
}
