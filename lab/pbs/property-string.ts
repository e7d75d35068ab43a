import { type PropertyString } from "../core/specification";

/** Key and value pairs of a property string, in order; a first value without a key belongs to `defaultKey`. */
export function parsePropertyString(value: string, defaultKey?: string): [string, string][] {
  const parts = value.match(/(?:[^,"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  return parts.map((part, index) => {
    const mark = part.indexOf("=");
    if (mark < 0 && index === 0 && defaultKey !== undefined) return [defaultKey, unquote(part)];
    if (mark < 0) throw new Error("Value without key, but schema does not define a default key");
    return [part.slice(0, mark).trim(), unquote(part.slice(mark + 1).trim())];
  });
}

/**
 * One spelling for all property strings of the same meaning: the default key is not written
 * (observed on PBS 4.2.3: `type=offline,…` reads back as `offline,…`).
 */
export function normalisePropertyString(value: string, defaultKey?: string): string {
  const pairs = parsePropertyString(value, defaultKey);
  const first = pairs.filter(([name]) => name === defaultKey).map(([, text]) => quote(text));
  return [
    ...first,
    ...pairs.filter(([name]) => name !== defaultKey).map(([name, text]) => `${name}=${quote(text)}`),
  ].join(",");
}

/** Checks keys and closed lists of a property string. The key `type` may be left out where there is one. */
export function rejectBrokenPropertyString(value: string, keys: PropertyString): void {
  for (const [name, text] of parsePropertyString(value, "type" in keys ? "type" : undefined)) {
    const specification = keys[name];
    if (specification === undefined) throw new Error(`'${name}': schema does not allow additional properties`);
    if (specification.enum?.includes(text) === false) {
      throw new Error(`'${name}': value '${text}' is not defined in the enumeration.`);
    }
  }
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

function quote(text: string): string {
  return /[",\s]/.test(text) ? JSON.stringify(text) : text;
}
