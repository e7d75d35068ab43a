import { type TLSSocket, connect, getCACertificates, rootCertificates } from "node:tls";
import { type buildConnector } from "undici";

import { fingerprint } from "../../estate/units/fingerprint";
import { Unreachable, Untrusted } from "./api-error";

/**
 * How a server proves who it is: by the SHA-256 fingerprint of its certificate, or by a certificate authority, the system's
 * and one given as PEM. There is no third way and no switch to look away.
 */
export type Trust =
  | {
      /** SHA-256 of the server's certificate, 32 bytes in hex. */
      readonly fingerprint: string;
    }
  | {
      /** Certificate authority as PEM, trusted besides the system's. @default - the system's alone */
      readonly authority?: string;
    };

/** Time in which a connection has to stand, TLS included: 10 seconds. */
export const CONNECT_TIMEOUT = 10_000;

/** Connections that are handed over only once the server has proved who it is, so that no login reaches a stranger. */
export function trustedConnector(trust: Trust): buildConnector.connector {
  return ({ hostname, port, servername }, callback) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const name = servername !== undefined && servername !== "" ? { servername } : {};
    const socket = connect({ host, port: Number(port || 443), ...name, ...checks(trust), ALPNProtocols: ["http/1.1"] });
    const where = `${hostname}:${port}`;
    const fail = (error: Error) => {
      socket.destroy();
      callback(error, null);
    };
    socket.setTimeout(CONNECT_TIMEOUT, () => {
      fail(new Unreachable(where, `no connection within ${CONNECT_TIMEOUT / 1000} seconds`, false));
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      fail(connectError(where, error));
    });
    socket.once("secureConnect", () => {
      const stranger = strangeness(trust, socket);
      if (stranger !== undefined) {
        fail(new Untrusted(`${where}: ${stranger}`));
        return;
      }
      socket.setTimeout(0).removeAllListeners("error").setNoDelay(true);
      callback(null, socket);
    });
  };
}

function checks(trust: Trust): { ca?: string[]; rejectUnauthorized: boolean } {
  // With a pinned certificate the chain says nothing; the fingerprint is compared below, before a byte is written.
  if ("fingerprint" in trust) return { rejectUnauthorized: false };
  const { authority } = trust;
  return { rejectUnauthorized: true, ca: [...systemAuthorities(), ...(authority === undefined ? [] : [authority])] };
}

/** Node's own list and the machine's; before Node 22.15 there is only the first. */
function systemAuthorities(): string[] {
  if (typeof (getCACertificates as unknown) !== "function") return [...rootCertificates];
  return [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
}

/** Why the server is not the one that was meant; undefined when it is. */
function strangeness(trust: Trust, socket: TLSSocket): string | undefined {
  if (!("fingerprint" in trust)) return undefined;
  const seen = fingerprint(socket.getPeerCertificate().fingerprint256);
  if (seen === fingerprint(trust.fingerprint)) return undefined;
  return (
    `expected a certificate with fingerprint ${fingerprint(trust.fingerprint)}, got ${seen}. Compare it on the server ` +
    "itself (proxmox-backup-manager cert info); if it was renewed there, change the fingerprint here. No login was sent"
  );
}

/** OpenSSL's and Node's names for "this certificate does not convince me". */
const UNTRUSTED = /^(?:CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(?:GET|VERIFY)|ERR_SSL)/;

function connectError(where: string, error: NodeJS.ErrnoException): Error {
  if (!UNTRUSTED.test(error.code ?? "")) return new Unreachable(where, error.code ?? error.message, false);
  const cure = "Give the certificate authority that signed it (on PVE: /etc/pve/pve-root-ca.pem), or its fingerprint";
  return new Untrusted(`${where}: its certificate is not trusted (${error.code ?? ""}). ${cure}. No login was sent`);
}
