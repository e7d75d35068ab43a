import { type Dialect, type Parameters } from "./https-client";

/**
 * How a Proxmox Backup Server speaks: JSON in, plain text out when it refuses.
 * @see observed on PBS 4.2.3
 */
export const PBS_DIALECT: Dialect = {
  product: "PBS",
  authorization: (tokenId, secret) => `PBSAPIToken=${tokenId}:${secret}`,
  cookie: "PBSAuthCookie",
  encode: (parameters) => ({ contentType: "application/json", body: JSON.stringify(whole(parameters)) }),
  query,
  // The content type of a refusal says JSON although it is text.
  complaint: (body) => ({ answer: body, fields: {} }),
};

/** In JSON every list stands as one. */
function whole(parameters: Parameters): object {
  const entries = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === "object" && "each" in value ? value.each : value,
  ]);
  return Object.fromEntries(entries) as object;
}

/** Lists are repeated keys here; joined with commas they are refused. */
function query(parameters: Parameters): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    const items = typeof value !== "object" ? [value] : "each" in value ? value.each : value;
    for (const one of items) search.append(name, String(one));
  }
  return search;
}
