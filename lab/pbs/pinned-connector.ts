import { type Socket } from "node:net";
import { type TLSSocket } from "node:tls";

import { buildConnector } from "undici";

/** Trusts the one certificate of this fingerprint; without one, what the system's CAs signed. */
export function pinnedConnector(
  fingerprint: string | undefined,
  dial?: (host: string, port: number) => Promise<Socket>,
): buildConnector.connector {
  const plain = buildConnector({
    rejectUnauthorized: fingerprint === undefined,
    // A resumed session does not show its certificate again.
    maxCachedSessions: 0,
  });
  const connect = dial === undefined ? plain : over(plain, dial);
  if (fingerprint === undefined) return connect;
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const { fingerprint256 } = (socket as TLSSocket).getPeerCertificate() as { readonly fingerprint256?: string };
      const shown = fingerprint256?.toLowerCase() ?? "unknown";
      if (shown === fingerprint.toLowerCase()) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(new Error(`certificate verify failed: fingerprint ${shown} does not match the expected one`), null);
    });
  };
}

/** TLS over a connection that is made otherwise. */
function over(
  plain: buildConnector.connector,
  dial: (host: string, port: number) => Promise<Socket>,
): buildConnector.connector {
  return (options, callback) => {
    dial(options.hostname, Number(options.port)).then(
      (httpSocket) => {
        plain({ ...options, httpSocket }, callback);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), null);
      },
    );
  };
}
