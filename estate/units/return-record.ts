/** What the signatures of these records are for: one that was made for something else does not verify. */
export const RETURN_NAMESPACE = "tappaas-return";

/** Where a site's guests serve, since when. */
export interface ReturnRecord {
  /** Name of the site: of its stack. */
  readonly site: string;
  /** Counts up with every record of the site; the highest counts. */
  readonly serial: number;
  /** When it was signed, RFC 3339 in whole seconds. */
  readonly at: string;
  /** The last moment at which it is believed that home serves; undefined where guests serve elsewhere, which nothing ends but a newer record. */
  readonly until: string | undefined;
  /** `home`, or the stack on which the guests serve. */
  readonly serves: string;
  /** VMIDs at home of the guests that serve elsewhere; empty at home. */
  readonly guests: readonly number[];
}

/** Word for the site itself. */
export const AT_HOME = "home";

/** The text that is signed. */
export function returnRecordText({ site, serial, at, until, serves, guests }: ReturnRecord): string {
  const lines = { site, serial, at, until: until ?? "", serves, guests: guests.join(",") };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** One line that a note of a backup server and a DNS record can hold: the text and the bytes of its signature, in base64. */
export function returnRecordLine(text: string, signature: string): string {
  const armour = /^-----.*-----$|\s/gm;
  return `${FORM}.${Buffer.from(text).toString("base64")}.${signature.replaceAll(armour, "")}`;
}

const FORM = "tr1";

/** The parts of such a line; undefined when it is none. Nothing of it has been checked by that. */
export function openReturnRecordLine(line: string): { readonly text: string; readonly signature: string } | undefined {
  const [, text, signature] = /^tr1\.([A-Za-z0-9+/=]+)\.([A-Za-z0-9+/=]+)$/.exec(line.trim()) ?? [];
  if (text === undefined || signature === undefined) return undefined;
  const wrapped = signature.match(/.{1,70}/g) ?? [];
  return {
    text: Buffer.from(text, "base64").toString("utf8"),
    signature: ["-----BEGIN SSH SIGNATURE-----", ...wrapped, "-----END SSH SIGNATURE-----", ""].join("\n"),
  };
}

/** Reads the text of a record; undefined when it is none. */
export function parseReturnRecord(text: string): ReturnRecord | undefined {
  const fields = new Map(
    text.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const [site, serves, at] = [fields.get("site"), fields.get("serves"), fields.get("at") ?? ""];
  const serial = Number(fields.get("serial") ?? "x");
  const until = fields.get("until") ?? "";
  const guests = (fields.get("guests") ?? "").split(",").filter((one) => one !== "");
  const whole = site !== undefined && serves !== undefined && isMoment(at) && (until === "" || isMoment(until));
  if (!whole || !Number.isInteger(serial) || serial < 1 || !guests.every((one) => /^\d+$/.test(one))) return undefined;
  const rest = { until: until === "" ? undefined : until, guests: guests.map(Number) };
  return { site, serial, at, serves, ...rest };
}

/** Whether a record counts at `now`: one that says home only for its time, one that says elsewhere until a newer one comes. */
export function counts({ serves, until }: ReturnRecord, now: Date): boolean {
  return serves !== AT_HOME || (until !== undefined && Date.parse(until) > now.getTime());
}

function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}
