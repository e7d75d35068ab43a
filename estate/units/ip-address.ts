import { BlockList, isIP } from "node:net";

/** Whether `text` is an address and no name. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** Addresses that the internet routes to nobody. Sources: RFC 1918, RFC 1122 (this host, loopback), RFC 3927 (link-local). */
const NOT_PUBLIC = new BlockList();
NOT_PUBLIC.addSubnet("10.0.0.0", 8);
NOT_PUBLIC.addSubnet("172.16.0.0", 12);
NOT_PUBLIC.addSubnet("192.168.0.0", 16);
NOT_PUBLIC.addSubnet("127.0.0.0", 8);
NOT_PUBLIC.addSubnet("169.254.0.0", 16);
NOT_PUBLIC.addSubnet("0.0.0.0", 8);

/**
 * Whether `text` is an IPv4 address of the internet, and so of no machine on the site. Of a name nobody knows, nor of an IPv6 address:
 * the site's own are public.
 */
export function isPublicIpv4(text: string): boolean {
  return isIP(text) === 4 && !NOT_PUBLIC.check(text);
}
