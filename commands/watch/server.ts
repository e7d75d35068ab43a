import { connect } from "node:tls";

import * as z from "zod";

import { fingerprint } from "../../estate/units/fingerprint";
import { isUnanswered } from "../../provider/clients/api-error";
import { type PbsClient } from "../../provider/clients/pbs-client";
import { type Fill, type Shown } from "./checks";

const STATUS = z.looseObject({ total: z.number(), used: z.number() });

/** How full the datastores are; none when the server cannot be asked, which is said elsewhere. */
export async function fillsOf(pbs: PbsClient): Promise<Fill[]> {
  try {
    const stores = await pbs.datastores();
    return await Promise.all(
      stores.map(async ({ name: store, backend }) => {
        const path = `/admin/datastore/${encodeURIComponent(store)}/status`;
        const { total, used } = await pbs.ask(STATUS, { method: "GET", path });
        return { store, total, used, isCache: backend?.startsWith("type=s3") === true };
      }),
    );
  } catch (error) {
    if (isUnanswered(error)) return [];
    throw error;
  }
}

const PATIENCE_MS = 5_000;

/** The certificate that a server shows to anybody. No login is sent; it is compared and not trusted. */
export function shownBy(host: string, port: number): Promise<Omit<Shown, "pinned">> {
  const server = `${host}:${port}`;
  return new Promise((done) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: PATIENCE_MS }, () => {
      const { fingerprint256, valid_to: until } = socket.getPeerCertificate();
      socket.destroy();
      done({ server, fingerprint: fingerprint(fingerprint256), until: new Date(until) });
    });
    const nothing = () => {
      socket.destroy();
      done({ server, fingerprint: undefined, until: undefined });
    };
    socket.once("error", nothing);
    socket.once("timeout", nothing);
  });
}
