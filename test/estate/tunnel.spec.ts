import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { type Guest } from "../../estate/guest";
import { parseSettings } from "../../estate/settings";
import { problemLine } from "../../estate/problem";
import { throughTunnel, tunnelOf } from "../../estate/tunnel";
import { tunnelFindings, tunnelProblems } from "../../estate/tunnel-problems";
import { inventoryOf, lines, module, settingsWith, threeNodes, writtenSettings } from "./site";

const ID = "0123456789abcdef".repeat(2);
const written = { accountId: ID, zones: { "example.org": ID }, connectors: [611, 612] };
const connector = (vmid: number, node: string, more: object = {}) =>
  module(`connector${vmid}`, { vmid, node, zone0: "dmz", dependsOn: ["cluster:vm"], ...more });
const service = (name: string, vmid: number, zones: readonly string[] = ["internet"]) =>
  module(name, {
    ...{ vmid, zone0: "srvHome", dependsOn: ["cluster:vm", "network:proxy"] },
    ...{ proxyPort: 80, proxyDomain: `${name}.example.org`, proxyAllowedZones: zones },
  });
const CONNECTORS = [connector(611, "tappaas1"), connector(612, "tappaas2")];
const SERVICES = [service("files", 340), service("vault", 610, ["home"])];

function site(changes: object = {}, modules = [...CONNECTORS, ...SERVICES]) {
  const { tunnel } = settingsWith({ tunnel: { ...written, ...changes } });
  const { guests } = inventoryOf(modules, threeNodes);
  return { tunnel, guests };
}

describe("what leads through a tunnel", () => {
  const named = (changes: object = {}, modules?: ReturnType<typeof module>[]) => {
    const { tunnel, guests } = site(changes, modules);
    return tunnelOf(tunnel, guests)?.names.map(
      ({ name, origin, behindAccess }) => `${name} -> ${origin}${behindAccess ? " after a login" : ""}`,
    );
  };

  it("is what a module opens to the internet, at the guest that serves it, and nothing else", () => {
    assert.deepEqual(named(), ["files.example.org -> http://files.srvHome.internal:80"]);
  });

  it("is what the settings name besides, and that only after a login", () => {
    assert.deepEqual(named({ behindAccess: [610], access: { emails: ["me@example.org"] } }), [
      "files.example.org -> http://files.srvHome.internal:80",
      "vault.example.org -> http://vault.srvHome.internal:80 after a login",
    ]);
  });

  it("is nothing that the settings leave out, and nothing without settings", () => {
    assert.deepEqual(named({ exclude: { "340": "a funnel" } }), []);
    assert.equal(tunnelOf(undefined, []), undefined);
  });

  it("goes to the zone of the longest domain that its name ends in", () => {
    const other = "f".repeat(32);
    const { tunnel, guests } = site({ zones: { "example.org": ID, "files.example.org": other, "s.example.org": ID } });
    assert.deepEqual(
      tunnelOf(tunnel, guests)?.names.map(({ zoneId }) => zoneId),
      [other],
    );
  });

  it("is never a service that is not for the internet, unless the settings say so, on any site", () => {
    const one = fc.record({ internet: fc.boolean(), behind: fc.boolean(), left: fc.boolean(), proxied: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), (wishes) => {
        const guests = inventoryOf(wishes.map((_, at) => module(`m${at}`, { vmid: 600 + at }))).guests.map(
          (guest, at): Guest => ({
            ...guest,
            ...(wishes[at]?.proxied === true && {
              proxy: { name: `m${at}.example.org`, port: 80, tls: false, internet: wishes[at].internet },
            }),
          }),
        );
        const vmids = (wanted: "behind" | "left") => wishes.flatMap((wish, at) => (wish[wanted] ? [600 + at] : []));
        const exclude = Object.fromEntries(vmids("left").map((vmid) => [String(vmid), "elsewhere"]));
        const through = throughTunnel({ behindAccess: vmids("behind"), exclude }, guests);
        const expected = wishes.flatMap(({ internet, behind, left, proxied }, at) =>
          proxied && !left && (internet || behind) ? [600 + at] : [],
        );
        assert.deepEqual(
          through.map(({ guest }) => guest.vmid),
          expected,
        );
      }),
    );
  });
});

describe("a tunnel", () => {
  const refused = (changes: object = {}, modules?: ReturnType<typeof module>[]) => {
    const { tunnel, guests } = site(changes, modules);
    return tunnelProblems(tunnel, guests).map((problem) => problemLine(problem).trim());
  };

  it("is taken with a connector in the dmz of each of two nodes", () => {
    assert.deepEqual(refused(), []);
  });

  it("is refused with a connector that is no guest: it never runs on a node itself", () => {
    assert.match(
      refused({ connectors: [699] }).join(),
      /tunnel\.connectors\[0\]: expected the VMID of a guest.*never put on a node/,
    );
  });

  it("is refused with two connectors on one node, which are lost at once", () => {
    const one = [connector(611, "tappaas1"), connector(612, "tappaas1"), ...SERVICES];
    assert.match(refused({}, one).join(), /connectors\[1\]: expected a guest on another node than connector611/);
  });

  it("is refused with a connector outside the dmz, or in a container", () => {
    const inside = [connector(611, "tappaas1", { zone0: "srvHome" }), connector(612, "tappaas2"), ...SERVICES];
    assert.match(refused({}, inside).join(), /expected a guest in the zone dmz, got vm:611 in srvHome/);
    const container = [connector(611, "tappaas1", { dependsOn: ["cluster:lxc"] }), connector(612, "tappaas2")];
    assert.match(refused({}, container).join(), /expected a virtual machine, got ct:611/);
  });

  it("is refused for a media service, and its owner is told of a port of the firewall and of a funnel", () => {
    const media = [...CONNECTORS, service("jellyfin", 640)];
    const [one = "", ...more] = refused({}, media);
    assert.match(one, /modules\/jellyfin\.json: expected no media service behind the tunnel/);
    assert.match(
      one,
      /name 640 in tunnel\.exclude, and give it a port of the firewall, or a funnel of its own \(ports 443, 8443, 10000/,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(refused({ exclude: { "640": "a funnel" } }, media), []);
  });

  it("is refused when nobody may log in to what is behind Access, or when everybody reaches it already", () => {
    assert.match(refused({ behindAccess: [610] }).join(), /tunnel\.access: expected those who may log in/);
    const access = { emails: ["me@example.org"] };
    assert.match(
      refused({ behindAccess: [340], access }).join(),
      /not open to everybody, got files\.example\.org; take internet out/,
    );
    assert.match(refused({ behindAccess: [900], access }).join(), /expected a guest that is published, got 900/);
  });

  it("is refused for a name without a zone, and for leaving out what is not published", () => {
    assert.match(
      refused({ zones: { "other.net": ID } }).join(),
      /tunnel\.zones: expected the zone of files\.example\.org, got other\.net/,
    );
    assert.match(
      refused({ exclude: { "901": "a funnel" } }).join(),
      /tunnel\.exclude\.901: expected a guest that is published/,
    );
  });

  it("is refused with identifiers that are none, and with keys that are unknown", () => {
    const wrong = { ...written, accountId: "me", connectors: [], token: "SECRET" };
    const said = lines(parseSettings({ ...writtenSettings, tunnel: wrong })).join("\n");
    for (const path of ["tunnel.accountId", "tunnel.connectors", "tunnel.token"]) assert.match(said, new RegExp(path));
  });

  it("lets a name lead elsewhere only where it leads in, has no login of Cloudflare's before it, and elsewhere is not here", () => {
    const failover = (more: object) => refused({ failover: { address: "dr.example.net", services: [340], ...more } });
    assert.deepEqual(failover({}), []);
    assert.match(
      failover({ services: [999] }).join(),
      /services\[0\]: expected a guest whose name leads through the tunnel/,
    );
    assert.match(failover({ address: "files.example.org" }).join(), /address: expected no name of the site itself/);
    const guarded = { behindAccess: [610], access: { emails: ["me@example.org"] } };
    const said = refused({ ...guarded, failover: { address: "dr.example.net", services: [610] } }).join();
    assert.match(
      said,
      /without a login of Cloudflare's before it, got .*the login in front of it answers also when it is gone/,
    );
  });

  it("says that a name that leads elsewhere costs money a month, and that nothing is copied there", () => {
    const { tunnel, guests } = site({ failover: { address: "dr.example.net", services: [340] } });
    const [said = ""] = tunnelFindings(tunnelOf(tunnel, guests), ["tappaas1", "tappaas2"]).map(({ advice }) => advice);
    assert.match(
      said,
      /files\.example\.org leads to dr\.example\.net.*a paid add-on of the account; nothing is copied there/,
    );
  });

  it("says that a name that two places serve needs a certificate by DNS-01 at the other one", () => {
    const { tunnel, guests } = site({ failover: { address: "dr.example.net", services: [340] } });
    const said = tunnelFindings(tunnelOf(tunnel, guests), ["tappaas1", "tappaas2"]).map(({ advice }) => advice);
    assert.match(said[0] ?? "", /a certificate by DNS-01: for one by HTTP-01 the name would have to lead there first/);
  });

  it("is said to hang on one node, and on Cloudflare, until its owner has more", () => {
    const said = (changes: object, nodes: readonly string[]) => {
      const { tunnel, guests } = site(changes);
      return tunnelFindings(tunnelOf(tunnel, guests), nodes).map(({ advice }) => advice);
    };
    const alerts = { emails: ["me@example.org"] };
    const [node = "", vendor = ""] = said({ connectors: [611], alerts }, ["tappaas1", "tappaas2"]);
    assert.match(node, /on tappaas1: without that node no name leads here; add a second connector on another node/);
    assert.match(vendor, /every name depends on Cloudflare.*otherWayIn/);
    assert.match(said({ connectors: [611] }, ["tappaas1"])[0] ?? "", /a site of one node cannot do better by itself/);
    assert.deepEqual(said({ otherWayIn: "WireGuard on the firewall", alerts }, ["tappaas1", "tappaas2"]), []);
    assert.deepEqual(tunnelFindings(undefined, ["tappaas1"]), []);
  });

  it("says that nobody is told when it is down, until a mail address or an address to post to is named", () => {
    const said = (alerts: object) => {
      const { tunnel, guests } = site({ otherWayIn: "WireGuard on the firewall", alerts });
      return tunnelFindings(tunnelOf(tunnel, guests), ["tappaas1", "tappaas2"]).map(({ advice }) => advice);
    };
    assert.match(said({}).join(), /nobody is told when it is down.*tunnel\.alerts\.emails/);
    assert.deepEqual(said({ emails: ["me@example.org"] }), []);
    assert.deepEqual(said({ webhook: true }), []);
  });
});
