import { fingerprint, isFingerprint } from "../../estate/units/fingerprint";
import { trustedConnector } from "../../provider/clients/trust";
import { type SettingsFile } from "../settings-file";
import { placeStep } from "./server-place";

/** A backup server without SSH, whose certificate somebody has read on the server itself. */
export interface CertificateOrder {
  /** Name or address. */
  readonly host: string;
  /** TCP port of its API. */
  readonly port: number;
  /** The stack's settings. */
  readonly settings: SettingsFile;
  /** Tells where the fingerprint stands, and returns what the person typed. What the server shows is not told before. */
  readonly typed: () => Promise<string>;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Called with each line that a person may want to see. */
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface CertificateReport {
  /** The certificate that was typed and that the server shows. */
  readonly fingerprint: string;
  /** Whether the settings name it now. */
  readonly done: boolean;
}

/**
 * Pins a backup server by its certificate: what is typed is compared with what the server shows, and only then written. Typed
 * once, it is compared by every later connection.
 * @throws {Error} When it is no fingerprint, the server shows another, or the settings name another server; nothing was changed then.
 */
export async function pinCertificate(order: CertificateOrder): Promise<CertificateReport> {
  const { host, port, settings, dryRun, say } = order;
  const text = (await order.typed()).replaceAll(/\s/g, "");
  if (!isFingerprint(text))
    throw new Error(
      `"${text}" is no SHA-256 fingerprint; nothing was changed.\nCure: type all 32 pairs, as the server's dashboard shows them.`,
    );
  const certificate = fingerprint(text);
  const { thing, change, apply } = placeStep({ settings, host, port, certificate });
  await compare(host, port, certificate);
  say(change === undefined ? `  = ${thing}` : `  + ${thing}: ${change}`);
  if (dryRun) return { fingerprint: certificate, done: false };
  if (change !== undefined) await apply();
  return { fingerprint: certificate, done: true };
}

/** Connects, looks at the certificate and hangs up: not a byte of ours is sent besides. */
function compare(host: string, port: number, certificate: string): Promise<void> {
  const target = { hostname: host, port: String(port), protocol: "https:" };
  return new Promise((same, other) => {
    trustedConnector({ fingerprint: certificate })(target, (error, socket) => {
      socket?.destroy();
      if (error === null) same();
      else other(new Error(`${error.message}. Nothing was changed`));
    });
  });
}
