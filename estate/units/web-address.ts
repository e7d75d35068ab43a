/** A host as it stands before a port: an IPv6 address in brackets, which would else be taken for host and port. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Address of a server that speaks HTTPS: `https://10.0.0.5:8007`, `https://[fd00::5]:8007`. */
export function httpsAddress(host: string, port: number): string {
  return `https://${bracketed(host)}:${port}`;
}

/** Host without brackets, and TCP port, of such an address; without a port it is 443. @throws {TypeError} When it is none. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(address);
  return { host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port === "" ? 443 : port) };
}
