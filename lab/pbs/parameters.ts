import { formPairs } from "../core/body";
import { type HttpRequest } from "../core/http";
import { type Parameters, type ParameterSpecification } from "../core/specification";
import { parameterRefusal, Refusal } from "./refusal";
import { rejectBrokenPropertyString } from "./property-string";

/** Values of a request after the check, by name. */
export type Values = Readonly<Record<string, unknown>>;

/** Largest body in bytes (observed on PBS 4.2.3: 600 kB is refused). */
const LARGEST_BODY = 512 * 1024;

/**
 * Reads and checks the parameters of a request as PBS does: JSON strictly by type, form and query by what their text
 * reads as. What stands in the path wins over a parameter of the same name, in silence.
 * @throws {Refusal} Naming everything that is wrong at once.
 */
export function readParameters(request: HttpRequest, path: Values, specifications: Parameters): Values {
  const json = isJson(request);
  return checkValues(json ? jsonValues(request) : formValues(request, specifications), path, specifications, json);
}

/**
 * Checks values that came in whatever way: `strict` ones by type, others by what their text reads as.
 * @throws {Refusal} Naming everything that is wrong at once.
 */
export function checkValues(given: Values, path: Values, specifications: Parameters, strict: boolean): Values {
  const values: Record<string, unknown> = { ...given, ...path };
  const errors: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const specification = specifications[name];
    if (specification === undefined) errors[name] = `schema does not allow additional properties${strict ? "" : "."}`;
    else reject(errors, name, () => (values[name] = strict && !(name in path) ? value : parse(value, specification)));
    if (specification !== undefined && !(name in errors)) verify(errors, name, values[name], specification);
  }
  for (const [name, { optional }] of Object.entries(specifications)) {
    if (optional !== true && !(name in values)) errors[name] = "property is missing and it is not optional";
  }
  if (Object.keys(errors).length > 0) throw parameterRefusal(errors);
  return values;
}

function isJson({ verb, headers }: HttpRequest): boolean {
  if (verb === "GET") return false;
  const type = String(headers["content-type"] ?? "");
  if (type === "" || type.startsWith("application/x-www-form-urlencoded")) return false;
  if (type.startsWith("application/json")) return true;
  throw new Refusal(`unsupported content type ${JSON.stringify(type)}`);
}

/** A JSON body hides the query string (observed on PBS 4.2.3). */
function jsonValues({ body }: HttpRequest): Values {
  rejectLargeBody(body);
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal("unable to parse JSON body");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Values;
  throw new Refusal("Expected object - got array or scalar.");
}

function formValues({ verb, body, query }: HttpRequest, specifications: Parameters): Values {
  rejectLargeBody(body);
  const values: Record<string, unknown> = {};
  const pairs = verb === "GET" ? [] : formPairs(body.toString("utf8"));
  for (const [name, value] of [...pairs, ...query.entries()]) {
    if (specifications[name]?.type !== "array") values[name] = value;
    else values[name] = [...((values[name] as string[] | undefined) ?? []), value];
  }
  return values;
}

function rejectLargeBody(body: Buffer): void {
  if (body.length > LARGEST_BODY) throw new Refusal("Request body too large");
}

/** Value of a form field; what is no text already passes. */
function parse(value: unknown, { type }: ParameterSpecification): unknown {
  if (typeof value !== "string") return value;
  if (type === "boolean") return parseFlag(value);
  if (type !== "integer") return value;
  if (!/^[+-]?\d+$/.test(value)) throw new Error("invalid digit found in string");
  return Number(value);
}

function parseFlag(value: string): boolean {
  const word = value.toLowerCase();
  if (["1", "on", "yes", "true"].includes(word)) return true;
  if (["0", "off", "no", "false"].includes(word)) return false;
  throw new Error("Unable to parse boolean option.");
}

function verify(errors: Record<string, string>, name: string, value: unknown, specification: ParameterSpecification) {
  const { type, items } = specification;
  if (type !== "array") {
    reject(errors, name, () => {
      verifyScalar(value, specification);
    });
    return;
  }
  if (!Array.isArray(value)) errors[name] = "Expected array - got scalar value.";
  else if (items !== undefined)
    value.forEach((item, index) => {
      verify(errors, `${name}/[${index}]`, item, items);
    });
}

function verifyScalar(value: unknown, specification: ParameterSpecification): void {
  const { type } = specification;
  if (type === "boolean" && typeof value !== "boolean") throw new Error("Expected boolean value.");
  if (type === "integer" && !Number.isInteger(value)) throw new Error("Expected integer value.");
  if (type === "string" && typeof value !== "string") throw new Error("Expected string value.");
  if (typeof value === "number") verifyNumber(value, specification);
  if (typeof value === "string") verifyText(value, specification);
}

function verifyNumber(value: number, { minimum, maximum }: ParameterSpecification): void {
  if (minimum !== undefined && value < minimum) {
    throw new Error(`value must have a minimum value of ${minimum} (got ${value})`);
  }
  if (maximum !== undefined && value > maximum) {
    throw new Error(`value must have a maximum value of ${maximum} (got ${value})`);
  }
}

function verifyText(value: string, specification: ParameterSpecification): void {
  const { minLength = 0, maxLength = Infinity, pattern, enum: allowed, format } = specification;
  if (value.length < minLength) throw new Error(`value must be at least ${minLength} characters long`);
  if (value.length > maxLength) throw new Error(`value may only be ${maxLength} characters long`);
  if (allowed?.includes(value) === false) throw new Error(`value '${value}' is not defined in the enumeration.`);
  if (pattern !== undefined && !expression(pattern).test(value))
    throw new Error("value does not match the regex pattern");
  if (typeof format === "object") rejectBrokenPropertyString(value, format);
}

/** A pattern in PBS's spelling, between slashes and with POSIX classes, as JavaScript's. */
function expression(pattern: string): RegExp {
  const source = pattern
    .slice(1, -1)
    .replaceAll("[[:^cntrl:]]", "[^\\p{Cc}]")
    .replaceAll("[:cntrl:]", "\\p{Cc}")
    .replaceAll("(?P<", "(?<");
  return new RegExp(source, "u");
}

function reject(errors: Record<string, string>, name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    errors[name] = (error as Error).message;
  }
}
