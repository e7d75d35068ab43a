import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { holdsCertificate } from "../estate/units/pem";

/** Where systems keep the certificates that they trust. */
const SYSTEM_ROOTS = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/**
 * Writes one bundle of what this machine trusts anyway and the site's own certificate authority, for programs that take no CA
 * as a setting (SSL_CERT_FILE). Both are needed: that variable replaces the system's list.
 * @param own Bundle that this machine trusts instead of the system's. @default - the system's
 */
export function writeTrustBundle(caCertificate: string | undefined, out: string, own?: string): void {
  const system = [...(own === undefined ? [] : [own]), ...SYSTEM_ROOTS].find((place) => existsSync(place));
  const roots = system === undefined ? "" : readFileSync(system, "utf8");
  writeFileSync(out, [roots, caCertificate ?? ""].join("\n"));
}

/**
 * A bundle that holds the site's authority: the one that the environment names when that holds it, else `out`, written anew from what is
 * trusted and the authority. What the environment names is never written to.
 */
export function trustedBundle(caCertificate: string, own: string | undefined, out: string): string {
  if (own !== undefined && existsSync(own) && holdsCertificate(readFileSync(own, "utf8"), caCertificate)) return own;
  writeTrustBundle(caCertificate, out, own);
  return out;
}
