import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Where systems keep the certificates that they trust. */
const SYSTEM_ROOTS = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/**
 * Writes one bundle of what this machine trusts anyway and the site's own certificate authority, for programs that take no CA
 * as a setting (SSL_CERT_FILE). Both are needed: that variable replaces the system's list.
 */
export function writeTrustBundle(caCertificate: string | undefined, out: string): void {
  const system = SYSTEM_ROOTS.find((place) => existsSync(place));
  const roots = system === undefined ? "" : readFileSync(system, "utf8");
  writeFileSync(out, [roots, caCertificate ?? ""].join("\n"));
}
