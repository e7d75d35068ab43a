import { lookup } from "node:dns";
import { request } from "node:https";

import { type TunnelName } from "../../estate/tunnel";
import { type Alarm } from "./checks";

/** What came of asking for a name as anybody on the internet does: an HTTP status, or that it was not found, or why nothing answered. */
export type Asked = { readonly status: number } | { readonly unknown: true } | { readonly silent: string };

/** How long an answer may take. */
const PATIENCE_MS = 10_000;

/** Finds the address of a name, as Node's own does. */
type Lookup = typeof lookup;

/** Where names are asked for. @default - the internet, by this machine's resolver */
export interface Way {
  /** Finds addresses. */
  readonly lookup?: Lookup;
  /** TCP port. */
  readonly port?: number;
  /** Certificates of authorities besides the system's. */
  readonly ca?: string;
}

/**
 * Asks for `https://<name>/` once. Its certificate has to be good, as a browser would have it; where it leads on is not followed.
 */
export function askFor(name: string, { lookup: find = lookup, port = 443, ca }: Way = {}): Promise<Asked> {
  return new Promise((done) => {
    const options = { host: name, port, path: "/", lookup: find as never, timeout: PATIENCE_MS, agent: false };
    const sent = request({ ...options, ...(ca !== undefined && { ca }) }, (response) => {
      response.resume();
      done({ status: response.statusCode ?? 0 });
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1_000} s`)));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      done(/^(?:ENOTFOUND|ENODATA|EAI_AGAIN)$/.test(error.code ?? "") ? { unknown: true } : { silent: error.message });
    });
    sent.end();
  });
}

/** Asks for every name, all at once. */
export async function askForNames(
  names: readonly TunnelName[],
  ask: (name: string) => Promise<Asked> = askFor,
): Promise<Readonly<Record<string, Asked>>> {
  return Object.fromEntries(await Promise.all(names.map(async ({ name }) => [name, await ask(name)] as const)));
}

/**
 * Names of the site that nobody outside finds or gets an answer from: the DNS, the proxy or the tunnel, or the service behind them. Of what
 * is behind a login the login page answers, whether the service lives or not.
 */
export function nameAlarms(names: readonly TunnelName[], asked: Readonly<Record<string, Asked>>): Alarm[] {
  return names.flatMap(({ name, origin }): Alarm[] => {
    const answer = asked[name];
    if (answer === undefined) return [];
    const what = `name ${name}`;
    if ("unknown" in answer)
      return [
        { what, text: "no DNS server knows it; look at its record at Cloudflare, and at this machine's resolver" },
      ];
    if ("silent" in answer)
      return [
        {
          what,
          text: `nothing answers: ${answer.silent}; look at Cloudflare's status, and at this machine's internet`,
        },
      ];
    if (answer.status === TUNNEL_DOWN)
      return [{ what, text: "the tunnel is down (530): no connector dials in; look at the guests with connectors" }];
    if (answer.status >= 500) return [{ what, text: `it answers ${answer.status}; look at what serves it: ${origin}` }];
    return [];
  });
}

/** Cloudflare's answer when no connector of a tunnel is there. Source: developers.cloudflare.com, error 1033. */
const TUNNEL_DOWN = 530;
