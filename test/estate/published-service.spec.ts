import { strict as assert } from "node:assert";

import * as fc from "fast-check";

import { parseInventory } from "../../estate/inventory";
import { valueOf } from "../../estate/problem";
import {
  FUNNEL_PORTS,
  INSTEAD_OF_TUNNEL,
  publishedFindings,
  publishedServices,
  streamsMedia,
} from "../../estate/published-service";
import { parseTappaas } from "../../estate/tappaas-inventory";
import { configuration, inventoryOf, lines, module, threeNodes } from "./site";

const wiki = { vmid: 620, vmname: "wiki", dependsOn: ["cluster:vm", "firewall:proxy"] };

describe("a service that the reverse proxy hands on", () => {
  function published(...modules: Parameters<typeof module>[1][]) {
    const { guests } = inventoryOf(modules.map((json, at) => module(`m${at}`, json)));
    return publishedServices(guests).map(({ name, port, internet, tls, guest }) =>
      [guest.vmid, name, port, internet ? "internet" : "inside", ...(tls ? ["tls"] : [])].join(" "),
    );
  }

  it("has the name of its guest in the site's domain, and the port that its module says", () => {
    assert.deepEqual(published({ ...wiki, config: { "firewall:proxy": { proxyPort: 8080 } } }), [
      "620 wiki.example.org 8080 inside",
    ]);
  });

  it("is read by the newer name of the proxy, and flat", () => {
    assert.deepEqual(published({ ...wiki, dependsOn: ["cluster:vm", "network:proxy"], proxyPort: "8080" }), [
      "620 wiki.example.org 8080 inside",
    ]);
  });

  it("is on the internet only when its module says internet", () => {
    const proxy = (zones: string[]) => ({
      ...wiki,
      config: { "firewall:proxy": { proxyPort: 1, proxyAllowedZones: zones } },
    });
    assert.deepEqual(published(proxy(["home", "internet"])), ["620 wiki.example.org 1 internet"]);
    assert.deepEqual(published(proxy(["home"])), ["620 wiki.example.org 1 inside"]);
    assert.deepEqual(published(proxy([])), ["620 wiki.example.org 1 inside"]);
  });

  it("takes a domain of its own, in small letters, and is known to answer in TLS", () => {
    const proxy = { proxyPort: 443, proxyDomain: "Files.Example.NET", proxyUpstreamTls: true };
    assert.deepEqual(
      published({ ...wiki, config: { "network:proxy": proxy }, dependsOn: ["network:proxy", "cluster:vm"] }),
      ["620 files.example.net 443 inside tls"],
    );
  });

  it("of a variant is in the variant's domain", () => {
    const json = { tappaas: { domain: "example.org", variants: { uat: { domain: "uat.example.org" } } } };
    const nodes = { "tappaas-nodes": [{ hostname: "tappaas1", ip: "10.0.0.10" }] };
    const site = { file: "configuration.json", json: { ...json, ...nodes } };
    const { guests } = inventoryOf([module("wiki", { ...wiki, variant: "uat", proxyPort: 80 })], site);
    assert.deepEqual(
      publishedServices(guests).map(({ name }) => name),
      ["wiki.uat.example.org"],
    );
  });

  it("is none when its module does not ask for the proxy, whatever else it says", () => {
    assert.deepEqual(published({ ...wiki, dependsOn: ["cluster:vm"], proxyPort: 80 }), []);
  });

  it("is refused with a port that is none", () => {
    const read = parseTappaas(configuration, [module("wiki", { ...wiki, proxyPort: 70_000 })]);
    assert.deepEqual(lines(read), [
      "- modules/wiki.json: proxyPort: expected a port from 1 to 65535, got 70000; correct it",
    ]);
  });

  it("is refused when two places of its module say two ports", () => {
    const read = parseTappaas(configuration, [
      module("wiki", { ...wiki, proxyPort: 80, config: { "firewall:proxy": { proxyPort: 81 } } }),
    ]);
    assert.match(lines(read).join(), /config\.firewall:proxy\.proxyPort: expected one value/);
  });

  it("can be written by an owner without TAPPaaS", () => {
    const place = { vmid: 101, kind: "ct", name: "wiki", node: "pve1", storage: "local-zfs" };
    const written = { guests: [{ ...place, proxy: { name: "Wiki.example.org", port: 80, internet: true } }] };
    const { guests } = valueOf(parseInventory(written, "inventory.json"), "inventory");
    const [service] = publishedServices(guests);
    assert.deepEqual(
      [service?.name, service?.port, service?.internet, service?.tls],
      ["wiki.example.org", 80, true, false],
    );
    const wrong = { guests: [{ ...place, proxy: { name: "wiki.example.org", prot: 80 } }] };
    assert.match(lines(parseInventory(wrong, "inventory.json")).join(), /proxy\.prot: expected no such key/);
  });

  it("never shares its name, and none that has a name and a port is left out but for another's name", () => {
    const name = fc.constantFrom("a.example.org", "b.example.org", "c.example.org", undefined);
    const one = fc.record({ name, port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (proxies) => {
        const guests = inventoryOf(proxies.map((_, at) => module(`m${at}`, { vmid: 600 + at }))).guests.map(
          (guest, at) => ({
            ...guest,
            proxy: { internet: false, tls: false, name: proxies[at]?.name, port: proxies[at]?.port },
          }),
        );
        const names = publishedServices(guests).map((service) => service.name);
        assert.equal(new Set(names).size, names.length);
        const wanted = guests.flatMap(({ proxy }) => (proxy.port === undefined ? [] : (proxy.name ?? [])));
        assert.deepEqual(names, [...new Set(wanted)].sort());
      }),
    );
  });
});

describe("a media service", () => {
  const named = (name: string, source = "inventory.json: guests[0]") => streamsMedia({ name, source });

  it("is known by a word of its name or of its module", () => {
    assert.ok(named("jellyfin") && named("plex-attic") && named("Emby2 navidrome"));
    assert.ok(named("films", "modules/jellyfin.json"));
  });

  it("is not suspected by a part of a word", () => {
    assert.ok(!named("complex") && !named("nextcloud", "modules/nextcloud.json") && !named("plexiglas"));
  });

  it("is told of a funnel with the ports that it has, and of its domain", () => {
    assert.deepEqual(FUNNEL_PORTS, [443, 8443, 10_000]);
    assert.match(INSTEAD_OF_TUNNEL, /443, 8443, 10000 under the vendor's domain alone/);
  });
});

describe("what is published", () => {
  const gateway = { vmid: 110, vmname: "firewall", vmtag: "Foundation", dependsOn: ["cluster:vm", "cluster:ha"] };
  const open = { ...wiki, proxyPort: 80, proxyDomain: "wiki.example.org", proxyAllowedZones: ["internet"] };

  function said(modules: Readonly<Record<string, Record<string, unknown>>>, moving: readonly number[] = []): string[] {
    const { guests } = inventoryOf(
      Object.entries(modules).map(([name, json]) => module(name, json)),
      threeNodes,
    );
    const failover = {
      guests: guests.filter(({ vmid }) => moving.includes(vmid)).map((guest) => ({ guest })),
    };
    return publishedFindings(guests, failover).map(({ path, advice }) => `${path}: ${advice}`);
  }

  it("is said to end with the gateway's node when the gateway has no failover", () => {
    const [one = "", ...more] = said({ firewall: gateway, wiki: open });
    assert.match(
      one,
      /^guest vm:110: wiki\.example\.org is reached through vm:110 firewall alone.*without tappaas1 nobody/,
    );
    assert.deepEqual(more, []);
  });

  it("is not said to when the gateway fails over, or nothing is on the internet", () => {
    assert.deepEqual(said({ firewall: gateway, wiki: open }, [110]), []);
    assert.deepEqual(said({ firewall: gateway, wiki: { ...open, proxyAllowedZones: ["home"] } }), []);
  });

  it("is said when it has no port or no name, or a name that another has", () => {
    assert.match(
      said({ wiki: { ...open, proxyPort: undefined } }).join(),
      /^modules\/wiki\.json: .* says no proxyPort;/,
    );
    assert.match(
      said({ wiki: { ...open, proxyDomain: undefined } }).join(),
      /says no proxyDomain, nor does the site have a domain/,
    );
    const two = said({ wiki: open, other: { ...open, vmid: 621 } });
    assert.match(
      two.join(),
      /^modules\/other\.json: it claims the name wiki\.example\.org as modules\/wiki\.json does/,
    );
  });
});
