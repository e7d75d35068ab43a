import { Agent, type RequestOptions } from "node:https";
import { type Duplex } from "node:stream";
import { connect, type ConnectionOptions } from "node:tls";

/** Trusts the one certificate of this fingerprint; without one, what the system's CAs signed. */
export function pinnedAgent(fingerprint: string | undefined): Agent {
  return fingerprint === undefined ? new Agent({ keepAlive: true }) : new PinnedAgent(fingerprint);
}

class PinnedAgent extends Agent {
  constructor(private readonly fingerprint: string) {
    super({ keepAlive: true, maxCachedSessions: 0 });
  }

  /** Nothing is sent before the certificate was looked at. */
  override createConnection(options: RequestOptions, handOver?: HandOver): undefined {
    const socket = connect({ ...(options as ConnectionOptions), rejectUnauthorized: false });
    const failed = (error: Error): void => {
      handOver?.(error, socket);
    };
    socket.once("error", failed);
    socket.once("secureConnect", () => {
      socket.off("error", failed);
      const { fingerprint256 } = socket.getPeerCertificate() as { readonly fingerprint256?: string };
      if (fingerprint256?.toLowerCase() === this.fingerprint.toLowerCase()) {
        handOver?.(null, socket);
        return;
      }
      socket.destroy();
      handOver?.(new Error("certificate verify failed"), socket);
    });
    return undefined;
  }
}

type HandOver = (error: Error | null, stream: Duplex) => void;
