import * as types from "../../../policies/types";
import { type Cases, UNKNOWN } from "../judge";

const record = { name: "vault.example.org", proxied: true, ttl: 1 };
const vault = { hostname: "vault.example.org", service: "http://10.0.0.20:80" };
const NOWHERE = { service: "http_status:404" };

/** Rules about names by which a site is reached. */
export const WAY_IN_CASES: Cases = {
  "tunnel-is-configured-there": {
    good: [{ type: types.TUNNEL, props: { configSrc: "cloudflare" } }],
    bad: [{}, { configSrc: "local" }].map((props) => [
      [{ type: types.TUNNEL, props }],
      'The tunnel it must have its configuration at Cloudflare: set configSrc to "cloudflare" before it is made.',
    ]),
  },
  "tunnel-names-are-guarded": {
    good: [
      { type: types.TUNNEL },
      { type: types.ACCESS_APPLICATION, props: { destinations: [{ type: "public", uri: "vault.example.org" }] } },
      {
        type: types.DNS_RECORD,
        props: { name: "vault.example.org", comment: "after a login", content: UNKNOWN },
        from: { content: 0 },
      },
      { type: types.DNS_RECORD, props: { name: "files.example.org", comment: "for everybody" }, from: { content: 0 } },
      { type: types.DNS_RECORD, props: { name: "mail.example.org", content: "mail.example.net" } },
    ],
    bad: [
      [
        [{ type: types.DNS_RECORD, props: { name: "vault.example.org", content: "0e.cfargotunnel.com" } }],
        "vault.example.org must not lead into the site without a login: put it behind an Access application.",
      ],
      [
        [
          { type: types.TUNNEL },
          { type: types.DNS_RECORD, props: { name: "wiki.example.org", content: UNKNOWN }, from: { content: 0 } },
        ],
        "wiki.example.org must not lead into the site without a login: put it behind an Access application.",
      ],
    ],
  },
  "tunnel-names-are-proxied": {
    good: [
      { type: types.TUNNEL },
      { type: types.DNS_RECORD, props: { ...record, content: UNKNOWN }, from: { content: 0 } },
      { type: types.DNS_RECORD, props: { name: "mail.example.org", content: "mail.example.net", ttl: 300 } },
    ],
    bad: [
      [
        [
          { type: types.TUNNEL },
          { type: types.DNS_RECORD, props: { ...record, content: UNKNOWN, proxied: false }, from: { content: 0 } },
        ],
        "vault.example.org must be reached through Cloudflare: set proxied: true, ttl: 1.",
      ],
    ],
  },
  "login-before-name": {
    good: [
      { type: types.ACCESS_APPLICATION, props: { destinations: [{ type: "public", uri: "vault.example.org" }] } },
      { type: types.DNS_RECORD, props: { ...record, content: "0e.cfargotunnel.com" }, after: [0] },
      { type: types.DNS_RECORD, props: { name: "files.example.org", content: "0e.cfargotunnel.com" } },
    ],
    bad: [
      [
        [
          { type: types.ACCESS_APPLICATION, props: { destinations: [{ type: "public", uri: "vault.example.org" }] } },
          { type: types.DNS_RECORD, props: { ...record, content: "0e.cfargotunnel.com" } },
        ],
        "vault.example.org must not be shown before its login is there: add the Access application to dependsOn of its record.",
      ],
    ],
  },
  "unknown-names-lead-nowhere": {
    good: [{ type: types.TUNNEL_CONFIG, props: { config: { ingresses: [vault, NOWHERE] } } }],
    bad: [[vault], [{ service: "http://10.0.0.20:80" }], [{ ...vault, hostname: "*" }, NOWHERE]].map((ingresses) => [
      [{ type: types.TUNNEL_CONFIG, props: { config: { ingresses } } }],
      'it must lead nowhere for a name that nobody declared: end ingresses with { service: "http_status:404" }, and give every other a hostname.',
    ]),
  },
  "tunnel-connectors-apart": {
    good: [
      { type: types.TUNNEL },
      { type: types.TUNNEL_CONNECTOR, props: { vmid: 611 } },
      { type: types.TUNNEL_CONNECTOR, props: { vmid: 612 } },
    ],
    config: { nodes: ["a", "b", "c"], homes: { 611: "a", 612: "b", 613: "a" } },
    bad: [
      [
        [
          { type: types.TUNNEL },
          { type: types.TUNNEL_CONNECTOR, props: { vmid: 611 } },
          { type: types.TUNNEL_CONNECTOR, props: { vmid: 613 } },
        ],
        "The tunnel it must have connectors on two nodes: add a guest on b or c to tunnel.connectors.",
      ],
    ],
  },
  "no-media-on-tunnel": {
    good: [
      { type: types.DNS_RECORD, props: { ...record, content: "0e.cfargotunnel.com" } },
      { type: types.DNS_RECORD, props: { name: "films.example.org", content: "192.0.2.1" } },
    ],
    config: { names: ["films.example.org"] },
    bad: [
      [
        [{ type: types.DNS_RECORD, props: { name: "films.example.org", content: "0e.cfargotunnel.com" } }],
        "films.example.org must not go through the tunnel, for it streams media: name its guest in tunnel.exclude.",
      ],
    ],
  },
  "failover-places-are-looked-at": {
    good: [
      { type: types.LOAD_BALANCER_POOL, props: { monitor: "0123" } },
      { type: types.LOAD_BALANCER_POOL, props: { monitor: UNKNOWN }, from: { monitor: 0 } },
    ],
    bad: [[[{ type: types.LOAD_BALANCER_POOL, props: {} }], "it must be looked at: give the pool a monitor."]],
  },
};
