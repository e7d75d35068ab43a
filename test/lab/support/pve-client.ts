import { request } from "node:https";

/** An answer of PVE as it stood on the wire. */
export interface PveAnswer {
  readonly status: number;
  readonly reason: string;
  readonly data: unknown;
  readonly message?: string;
  readonly errors?: Record<string, string>;
  readonly text: string;
}

/** Where a PVE is, and how it is trusted. */
export interface PveAccess {
  readonly url: string;
  readonly ca: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks PVE as clients do: parameters in the query of GET and DELETE, else in a form body. */
export function ask(
  access: PveAccess,
  operation: string,
  parameters: Record<string, unknown> = {},
): Promise<PveAnswer> {
  const [verb = "", path = ""] = operation.split(" ");
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const form = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  const inQuery = verb === "GET" || verb === "DELETE";
  const target = inQuery && form !== "" ? `${path}?${form}` : path;
  return send(access, verb, target, inQuery ? undefined : form, "application/x-www-form-urlencoded");
}

/** Sends a body as it is. */
export function send(
  { url, ca, headers }: PveAccess,
  verb: string,
  path: string,
  body: string | undefined,
  type: string,
): Promise<PveAnswer> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, ...(body !== undefined && { "content-type": type }) };
    const outgoing = request(
      `${url}/api2/json${path}`,
      { method: verb, ca, headers: all, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const { statusCode: status = 0, statusMessage: reason = "" } = response;
          resolve({ status, reason, text, ...(parsed(text) as { data: unknown }) });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return { data: undefined };
  }
}
