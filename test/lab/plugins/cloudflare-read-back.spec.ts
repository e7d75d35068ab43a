import { strict as assert } from "node:assert";

/* eslint-disable @typescript-eslint/no-require-imports -- plain JavaScript, as the engine starts it */
const { readBack } = require("../../../lab/plugins/cloudflare/read-back.js") as {
  readBack: (resource: object, state: object, answered: object) => Record<string, unknown>;
};
const { RESOURCES } = require("../../../lab/plugins/cloudflare/resources.js") as {
  RESOURCES: Readonly<Record<string, { readonly body: (inputs: object) => object }>>;
};
/* eslint-enable @typescript-eslint/no-require-imports */

const ID = "0123456789abcdef".repeat(2);

/** One of each, as a program declares it. */
const DECLARED: Readonly<Record<string, Record<string, unknown>>> = {
  "zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": { accountId: ID, configSrc: "cloudflare", name: "home" },
  "zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig": {
    accountId: ID,
    tunnelId: "t",
    config: {
      ingresses: [
        { hostname: "a.example.org", service: "https://a:443", originRequest: { noTlsVerify: true } },
        { service: "http_status:404" },
      ],
    },
  },
  "dnsRecord:DnsRecord": {
    ...{ zoneId: ID, name: "a.example.org", type: "CNAME", content: "t.cfargotunnel.com" },
    ...{ proxied: true, ttl: 1, comment: "for everybody" },
  },
  "zeroTrustAccessApplication:ZeroTrustAccessApplication": {
    ...{ accountId: ID, type: "self_hosted", name: "a", policies: [{ id: "p", precedence: 1 }] },
    destinations: [{ type: "public", uri: "a.example.org" }],
  },
  "zeroTrustAccessPolicy:ZeroTrustAccessPolicy": {
    ...{ accountId: ID, name: "who", decision: "allow" },
    includes: [{ email: { email: "me@example.org" } }, { emailDomain: { domain: "example.org" } }],
  },
  "loadBalancer:LoadBalancer": {
    ...{ zoneId: ID, name: "a.example.org", defaultPools: ["1", "2"], fallbackPool: "1" },
    ...{ proxied: true, steeringPolicy: "off" },
  },
  "loadBalancerPool:LoadBalancerPool": {
    ...{ accountId: ID, name: "home", monitor: "m", minimumOrigins: 1 },
    origins: [{ name: "only", address: "t.cfargotunnel.com", header: { hosts: ["a.example.org"] }, enabled: true }],
  },
  "loadBalancerMonitor:LoadBalancerMonitor": {
    ...{ accountId: ID, type: "https", method: "GET", path: "/", expectedCodes: "2xx" },
    ...{ header: { Host: ["a.example.org"] }, interval: 60, retries: 2, timeout: 5, description: "a" },
  },
  "notificationPolicy:NotificationPolicy": {
    ...{ accountId: ID, name: "down", enabled: true, alertType: "tunnel_health_event" },
    mechanisms: { emails: [{ id: "me@example.org" }], webhooks: [{ id: "w" }] },
    filters: { tunnelIds: ["t"], newStatuses: ["TUNNEL_STATUS_TYPE_DOWN"] },
  },
  "notificationPolicyWebhooks:NotificationPolicyWebhooks": {
    accountId: ID,
    name: "alerts",
    url: "https://a.example.org",
  },
};

const resourceOf = (type: string) => RESOURCES[`cloudflare:index/${type}`]!;

describe("what the lab's Cloudflare plugin reads back", () => {
  it("is of every kind what was declared, as long as nobody changed it", () => {
    assert.deepEqual(
      Object.keys(DECLARED).toSorted(),
      Object.keys(RESOURCES)
        .map((type) => type.slice("cloudflare:index/".length))
        .toSorted(),
    );
    for (const [type, inputs] of Object.entries(DECLARED)) {
      const resource = resourceOf(type);
      assert.deepEqual(readBack(resource, inputs, { id: "x", ...resource.body(inputs) }), inputs, type);
    }
  });

  it("is what somebody made of it in the dashboard: another place, nothing at all, somebody else who may log in", () => {
    const changed = (type: string, answered: object) => {
      const [inputs, resource] = [DECLARED[type]!, resourceOf(type)];
      return readBack(resource, inputs, { ...resource.body(inputs), ...answered });
    };
    assert.equal(changed("dnsRecord:DnsRecord", { content: "evil.example.net" })["content"], "evil.example.net");
    assert.equal("comment" in changed("dnsRecord:DnsRecord", { comment: undefined }), false);
    const everyone = changed("zeroTrustAccessPolicy:ZeroTrustAccessPolicy", { include: [{ everyone: {} }] });
    assert.deepEqual(everyone["includes"], [{ everyone: {} }]);
    const ingress = [{ service: "http://evil:80" }];
    const config = changed("zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig", {
      config: { ingress },
    });
    assert.deepEqual(config["config"], { ingresses: ingress });
    const silent = changed("notificationPolicy:NotificationPolicy", {
      enabled: false,
      filters: { tunnel_id: ["other"] },
    });
    assert.deepEqual([silent["enabled"], silent["filters"]], [false, { tunnelIds: ["other"] }]);
  });
});
