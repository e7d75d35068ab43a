/** One number of an IPv4 address. */
const OCTET = "(?:25[0-5]|(?:2[0-4]|1[0-9]|[1-9])?[0-9])";
const IPV4 = `(?:(?:${OCTET}\\.){3}${OCTET})`;
const GROUP = "(?:[0-9a-fA-F]{1,4})";
/** Last 32 bits of an IPv6 address, which may be written as an IPv4 one. */
const LAST = `(?:(?:${IPV4}|${GROUP}:${GROUP}))`;
/** Up to `most` groups and one more, before the two colons. */
const upTo = (most: number): string => `(?:(?:(?:${GROUP}:){0,${most}}${GROUP})?::`;
const LABEL = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9\\-]*[a-zA-Z0-9])?)";

const IPV6 = [
  `(?:(?:(?:${GROUP}:){6})${LAST})`,
  `(?:(?:::(?:${GROUP}:){5})${LAST})`,
  `(?:(?:(?:${GROUP})?::(?:${GROUP}:){4})${LAST})`,
  `(?:${upTo(1)}(?:${GROUP}:){3})${LAST})`,
  `(?:${upTo(2)}(?:${GROUP}:){2})${LAST})`,
  `(?:${upTo(3)}(?:${GROUP}:){1})${LAST})`,
  `(?:${upTo(4)})${LAST})`,
  `(?:${upTo(5)})${GROUP})`,
  `(?:${upTo(6)}))`,
].join("|");

/** A DNS name or an address, in the spelling of PBS's own table. */
export const HOST_PATTERN = `/^(?:(?:(?:${LABEL}\\.)*${LABEL})|(?:${IPV4}|(?:${IPV6})))$/`;

/** Where an S3 provider answers: as a host, with places for the bucket before it and the region in it. */
export const S3_ENDPOINT_PATTERN = `/^(?:(^\\{\\{bucket\\}\\}\\.)*(?:(?:(${LABEL}|\\{\\{region\\}\\})\\.)*${LABEL})|(?:${IPV4}|(?:${IPV6})))$/`;
