import { strict as assert } from "node:assert";

import { Tunnel, type TunnelArgs } from "../../../components";
import { tunnelProblems } from "../../../components/way-in/tunnel-args";
import { mockPulumi, settled, type Registrations } from "../../support/mocks";

const ID = "0123456789abcdef".repeat(2);
const TOKEN = "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken";
const TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared";
const CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";
const RECORD = "cloudflare:index/dnsRecord:DnsRecord";
const APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const POLICY = "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy";
const CONNECTOR = "resilience:pve:TunnelConnector";

const validArgs: TunnelArgs = {
  accountId: ID,
  tunnelName: "tappaas",
  names: [
    { name: "files.example.org", zoneId: ID, origin: "http://nextcloud.srvHome.internal:80", behindAccess: false },
    { name: "vault.example.org", zoneId: ID, origin: "https://vaultwarden.dmz.internal:8222", behindAccess: true },
  ],
  connectors: [
    { vmid: 611, machine: "connector1" },
    { vmid: 612, machine: "connector2" },
  ],
  access: { emails: ["me@example.org"], emailDomains: ["example.org"] },
};

describe("Tunnel", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi(() => ({}), { [TOKEN]: (inputs) => ({ ...inputs, token: "eyJhIjoiMSJ9" }) });
    new Tunnel("tunnel", validArgs);
    await settled();
  });

  it("has its configuration at Cloudflare from the first day, and is never made anew by itself", () => {
    assert.deepEqual(registrations.ofType(TUNNEL), {
      tunnel: { accountId: ID, name: "tappaas", configSrc: "cloudflare" },
    });
    assert.equal(registrations.optionsOf("tunnel", TUNNEL).protect, true);
  });

  it("leads each name to its service in order, and every other name nowhere", () => {
    assert.deepEqual(registrations.ofType(CONFIG)["tunnel"], {
      accountId: ID,
      tunnelId: "tunnel-id",
      config: {
        ingresses: [
          { hostname: "files.example.org", service: "http://nextcloud.srvHome.internal:80" },
          {
            hostname: "vault.example.org",
            service: "https://vaultwarden.dmz.internal:8222",
            originRequest: { noTlsVerify: true },
          },
          { service: "http_status:404" },
        ],
      },
    });
  });

  it("shows a name to the world only once the tunnel knows it, connectors dial in, and its login stands before it", () => {
    const after = (name: string) => registrations.optionsOf(name, RECORD).after;
    for (const name of ["files.example.org", "vault.example.org"])
      for (const first of ["tunnel", "tunnel-611", "tunnel-612"])
        assert.ok(after(name).includes(first), `${name} ${first}`);
    assert.ok(after("vault.example.org").includes("vault.example.org"));
    assert.deepEqual(registrations.ofType(RECORD)["vault.example.org"], {
      zoneId: ID,
      name: "vault.example.org",
      type: "CNAME",
      content: "tunnel-id.cfargotunnel.com",
      proxied: true,
      ttl: 1,
      comment: "after a login",
    });
  });

  it("lets those log in that its owner named, and puts a login before nothing that is for everybody", () => {
    assert.deepEqual(Object.keys(registrations.ofType(APPLICATION)), ["vault.example.org"]);
    assert.deepEqual(registrations.ofType(APPLICATION)["vault.example.org"], {
      accountId: ID,
      type: "self_hosted",
      name: "vault.example.org",
      destinations: [{ type: "public", uri: "vault.example.org" }],
      policies: [{ id: "tunnel-id", precedence: 1 }],
    });
    const { includes, decision } = registrations.ofType(POLICY)["tunnel"] ?? {};
    assert.deepEqual(
      [decision, includes],
      ["allow", [{ email: { email: "me@example.org" } }, { emailDomain: { domain: "example.org" } }]],
    );
  });

  it("hands its token to the connectors as a secret, and to nothing else", () => {
    for (const vmid of [611, 612]) {
      const request = registrations.requestOf(`tunnel-${vmid}`, CONNECTOR);
      const token = request.getObject()?.toJavaScript()["token"] as Record<string, unknown>;
      assert.equal(token["4dabf18193072939515e22adb298388d"], "1b47061264138c4ac30d75fd1eb44270");
      assert.equal(token["value"], "eyJhIjoiMSJ9");
      assert.deepEqual(request.getAdditionalsecretoutputsList(), ["token"]);
    }
    const others = registrations.everything.filter(({ type }) => type !== CONNECTOR);
    for (const { type, name } of others)
      assert.equal(JSON.stringify(registrations.ofType(type)[name] ?? {}).includes("eyJhIjoiMSJ9"), false, name);
  });

  it("needs no login where every name is for everybody", async () => {
    const open = await mockPulumi(() => ({}), { [TOKEN]: (inputs) => ({ ...inputs, token: "T" }) });
    new Tunnel("tunnel", { ...validArgs, names: validArgs.names.slice(0, 1) });
    await settled();
    assert.deepEqual([open.ofType(POLICY), open.ofType(APPLICATION)], [{}, {}]);
  });

  it("is refused without connectors, with a name twice, with nobody who may log in, and with identifiers that are none", () => {
    const [files] = validArgs.names;
    const wrong = { ...validArgs, accountId: "me", connectors: [], names: [files!, files!] };
    assert.deepEqual(
      tunnelProblems(wrong)
        .map(({ path }) => path)
        .sort(),
      ["accountId", "connectors", "names"],
    );
    const nobody = { ...validArgs, access: { emails: [], emailDomains: [] } };
    assert.deepEqual(
      tunnelProblems(nobody).map(({ reason }) => reason),
      ["expected somebody who may log in to what is behind Access, got nobody"],
    );
    const bad = { ...validArgs, names: [{ ...files!, origin: "nextcloud", zoneId: "example.org" }] };
    assert.deepEqual(
      tunnelProblems(bad).map(({ path }) => path),
      ["names[0].zoneId", "names[0].origin"],
    );
    assert.deepEqual(tunnelProblems(validArgs), []);
  });
});
