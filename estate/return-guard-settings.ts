import * as z from "zod";

import {
  cloudflareId,
  durationText,
  expecting,
  fingerprintText,
  identifier,
  portNumber,
  text,
  vmidText,
} from "./schema";

const token = text((id) => /^[^\s:/!|]+@[^\s:/!|]+![^\s:/!|]+$/.test(id), 'a token such as "home@pbs!record"');

const server = z.strictObject({
  /** Name or address of the Proxmox Backup Server of the peer or the vault, as this site's nodes reach it. */
  address: identifier("address"),
  /** TCP port. @default 8007 */
  port: portNumber.default(8007),
  /** SHA-256 fingerprint of its certificate; leave it out only when the certificate is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Datastore there. */
  datastore: identifier("pbsId"),
  /** Namespace there with the group `host/return-<stack>`, in whose newest snapshot's notes the record stands. @default - the root namespace */
  namespace: identifier("namespace").optional(),
  /** Token with which this site's nodes read, role DatastoreAudit: they write nothing. Its secret is `recordReads-<name>`. */
  reader: token,
  /** Token with which the record is written, owner of the group. Its secret is `recordWrites-<name>`; it never comes onto a node. */
  writer: token,
});

const dns = z.strictObject({
  /** Name of the TXT record, in a zone at Cloudflare. */
  name: text(
    (name) => /^(?:[a-z0-9_](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(name),
    'a name such as "_return.example.org"',
  ),
  /** Zone, 32 hexadecimal digits. The secret `cloudflareApiToken` has to be allowed to change its records. */
  zoneId: cloudflareId,
  /** Where the nodes ask, by DNS over HTTPS: by an address, so that no other name has to be known. @default "https://1.1.1.1/dns-query" */
  resolver: text(isHttps, 'an address such as "https://1.1.1.1/dns-query"').default("https://1.1.1.1/dns-query"),
  /** Cloudflare's API. @default "https://api.cloudflare.com/client/v4" */
  api: text(isHttps, 'an address such as "https://api.cloudflare.com/client/v4"').default(
    "https://api.cloudflare.com/client/v4",
  ),
});

/** The guard against two sites that serve the same guests at once. */
export const returnGuardSettings = z
  .strictObject({
    /**
     * Guests that may be brought up elsewhere, by VMID. Without an answer they stay off when the site comes back, and no others are
     * brought up elsewhere. **One that is left out here starts by itself when home returns without the internet.**
     */
    prepared: z.array(vmidText("140")).min(1, expecting("at least one guest")),
    /**
     * Addresses that answer while this site serves, such as a published name: before guests are brought up elsewhere, the other place asks
     * them, too. Without a login before it: its page answers when home does not. @default - none; the age of the newest backup over there is the
     * second look then, and it counts only when a night is missing
     */
    probes: z.array(text(isHttps, 'an address such as "https://cloud.example.org/"')).default([]),
    /** Guests that start before anybody is asked: without them nobody can be. @default - guests with a card on `wan.bridge`, the firewall */
    outside: z.array(vmidText("110")).optional(),
    /** How long the nodes ask at most before they decide without an answer. @default "10 minutes" */
    limit: durationText.default("10 minutes"),
    /**
     * How long a record that says home is believed; `make watch` and `make up` write a new one when a third of it is over. Longer lets an
     * old record be shown again for longer, shorter keeps guests off when nobody has looked for that long. @default "30 days"
     */
    validFor: durationText.default("30 days"),
    /** Backup servers of others that keep the record, by a name of one's own. */
    servers: z
      .record(
        text((name) => /^[a-z][a-z0-9]{2,30}$/.test(name), 'a name such as "peer", from 3 letters and digits on'),
        server,
      )
      .default({}),
    /** A DNS record that keeps it, too. @default - none */
    dns: dns.optional(),
  })
  .optional();

/** A server of somebody else's that keeps the record of a site. */
export type RecordServer = z.infer<typeof server>;
/** A TXT record in a zone at Cloudflare that keeps it. */
export type RecordDns = z.infer<typeof dns>;

function isHttps(address: string): boolean {
  return /^https:\/\/[A-Za-z0-9.[\]:/-]+$/.test(address) && URL.canParse(address);
}
