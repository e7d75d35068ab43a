import { type Dialect, type Parameters } from "./https-client";

/**
 * How a Proxmox VE node speaks: forms in, JSON out, with booleans as 1 and 0 and lists joined by commas.
 * @see https://pve.proxmox.com/wiki/Proxmox_VE_API
 */
export const PVE_DIALECT: Dialect = {
  product: "PVE",
  authorization: (tokenId, secret) => `PVEAPIToken=${tokenId}=${secret}`,
  cookie: "PVEAuthCookie",
  encode: (parameters) => ({ contentType: "application/x-www-form-urlencoded", body: query(parameters).toString() }),
  query,
  complaint,
};

function query(parameters: Parameters): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== "object") search.append(name, text(value));
    else if ("each" in value) for (const item of value.each) search.append(name, item);
    else search.append(name, value.join(","));
  }
  return search;
}

function text(value: string | number | boolean | undefined): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : String(value);
}

/** PVE's `message`, and its reasons by parameter. */
function complaint(body: string): { answer: string; fields: Record<string, string> } {
  try {
    const { message, errors } = JSON.parse(body) as { message?: string; errors?: Record<string, string> };
    return { answer: (message ?? body).trim(), fields: errors ?? {} };
  } catch {
    return { answer: body.trim(), fields: {} };
  }
}
