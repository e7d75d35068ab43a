import * as z from "zod";

import { cloudflareId, expecting, identifier, plainText, text, vmidNumber, vmidText } from "./schema";

const mailAddress = text(
  (address) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address),
  'a mail address such as "me@example.org"',
);

/** The tunnel by which published services are reached through Cloudflare, without a port that is open. @default - none */
export const tunnelSettings = z
  .strictObject({
    /** Account at Cloudflare. */
    accountId: cloudflareId,
    /** Zone at Cloudflare by its domain: `example.org: 0123…`. */
    zones: z
      .record(identifier("address"), cloudflareId)
      .refine((zones) => Object.keys(zones).length > 0, expecting("at least one zone")),
    /** Name of the tunnel in the dashboard. @default "tappaas" */
    name: plainText.default("tappaas"),
    /** VMIDs of the virtual machines in which connectors run, each on another node and in the zone `dmz`. Debian with a guest agent. */
    connectors: z.array(vmidNumber).min(1, expecting("at least one connector")),
    /** VMIDs of services that are not for everybody and are reached from outside all the same, after a login. @default - none */
    behindAccess: z.array(vmidNumber).default([]),
    /** Who may log in to what is behind Access. */
    access: z
      .strictObject({
        /** Mail addresses. */
        emails: z.array(mailAddress).default([]),
        /** Domains of mail addresses: everybody who has one. */
        emailDomains: z.array(identifier("address")).default([]),
      })
      .prefault({}),
    /** Services that the internet reaches by another way, by VMID, each with that way: "a funnel", "a port of the firewall". */
    exclude: z.record(vmidText("901"), plainText).default({}),
    /**
     * Where names lead while the site does not answer, and by what that is seen. It needs Cloudflare's load balancing, **which costs money a
     * month**; without it this stops `make up` in the middle. @default - nowhere
     */
    failover: z
      .strictObject({
        /** Name or address of the other place: of a rebuilt site, or of a server with a page that says so. */
        address: identifier("address"),
        /** What is asked for at each place. @default "/" */
        path: text((path) => path.startsWith("/"), 'a path such as "/status"').default("/"),
        /** HTTP status of a healthy answer. @default "2xx" */
        expectedCodes: text(
          (codes) => /^[1-5](?:\d\d|xx)(?:,[1-5](?:\d\d|xx))*$/.test(codes),
          'status such as "200" or "2xx"',
        ).default("2xx"),
        /** VMIDs of the services whose names fail over; none that people log in to first, whose login page answers by itself. */
        services: z.array(vmidNumber).min(1, expecting("at least one service")),
      })
      .optional(),
    /** Who is told at Cloudflare when the tunnel is down, degraded or up again, and when names lead elsewhere. */
    alerts: z
      .strictObject({
        /** Mail addresses. Cloudflare asks each to be verified on its cheaper plans. @default - none */
        emails: z.array(mailAddress).default([]),
        /** Whether it posts to an address of yours, the secret `tunnelAlertAddress`. It tries it when it is told. @default false */
        webhook: z.boolean().default(false),
      })
      .prefault({}),
    /** Way into the site that needs no Cloudflare, in words: "WireGuard on the firewall". @default - none, and every run says so */
    otherWayIn: plainText.optional(),
    /** Address of the API. @default - Cloudflare's own */
    api: text((address) => URL.canParse(address) && address.startsWith("https://"), "an https address").optional(),
  })
  .optional();

/** Those settings, where there is a tunnel. */
export type TunnelSettings = NonNullable<z.infer<typeof tunnelSettings>>;
