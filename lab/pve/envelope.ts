import { Refusal } from "./refusal";
import { type RawParameters } from "./verify";
import { type HttpResponse } from "../core/http";

const JSON_TYPE = { "content-type": "application/json;charset=UTF-8" };

/** A success. */
export function envelope(data: unknown): HttpResponse {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ data: data ?? null }) };
}

/** A refusal: the message stands in the status line and in the body. */
export function refusalResponse({ status, message, errors }: Refusal): HttpResponse {
  const body = { ...(errors !== undefined && { errors }), message: `${message.trimEnd()}\n`, data: null };
  return { status, reason: message, headers: JSON_TYPE, body: JSON.stringify(body) };
}

/**
 * Parameters of a body. A form value ends at its first unencoded `=` and fields are parted by `&` or `;`, as PVE does it.
 * Observed on PVE: `fleecing=enabled=1` arrives as `enabled`. Source: pve-http-server, src/PVE/APIServer/AnyEvent.pm.
 */
export function decodeBody(body: Buffer, contentType: string | string[] | undefined): RawParameters {
  if (body.length === 0) return {};
  const text = body.toString("utf8");
  if (String(contentType).startsWith("application/json")) return parseJson(text);
  const fields: Record<string, unknown> = {};
  for (const pair of text.split(/[&;]/).filter((part) => part !== "")) {
    const [name = "", value = ""] = pair.split("=").map(decode);
    const old = fields[name];
    fields[name] = old === undefined ? value : [...(Array.isArray(old) ? (old as unknown[]) : [old]), value];
  }
  return fields;
}

function parseJson(text: string): RawParameters {
  try {
    return JSON.parse(text) as RawParameters;
  } catch {
    throw new Refusal(400, "unable to parse the JSON body");
  }
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
