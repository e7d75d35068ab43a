import { strict as assert } from "node:assert";

import { DnsFailover, type DnsFailoverArgs } from "../../../components";
import { dnsFailoverProblems } from "../../../components/way-in/dns-failover";
import { mockPulumi, settled, type Registrations } from "../../support/mocks";

const ID = "0123456789abcdef".repeat(2);
const BALANCER = "cloudflare:index/loadBalancer:LoadBalancer";
const POOL = "cloudflare:index/loadBalancerPool:LoadBalancerPool";
const MONITOR = "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor";

const NAME = "files.example.org";
const validArgs = {
  accountId: ID,
  zoneId: ID,
  name: NAME,
  home: "0e5c.cfargotunnel.com",
  elsewhere: "dr.example.net",
  path: "/status.php",
  expectedCodes: "200",
} as const satisfies DnsFailoverArgs;

describe("DnsFailover", () => {
  let registrations: Registrations;

  beforeEach(async () => {
    registrations = await mockPulumi();
    new DnsFailover(NAME, validArgs);
    await settled();
  });

  it("leads a name home first and elsewhere only while home does not answer, and home again when neither does", () => {
    assert.deepEqual(registrations.ofType(BALANCER)[NAME], {
      zoneId: ID,
      name: NAME,
      defaultPools: [`${NAME}-home-id`, `${NAME}-elsewhere-id`],
      fallbackPool: `${NAME}-home-id`,
      steeringPolicy: "off",
      proxied: true,
    });
  });

  it("has both places looked at under the name that people ask for", () => {
    const pools = registrations.ofType(POOL);
    for (const [place, address] of Object.entries({ home: validArgs.home, elsewhere: validArgs.elsewhere })) {
      assert.deepEqual(pools[`${NAME}-${place}`], {
        accountId: ID,
        name: `files-example-org-${place}`,
        origins: [{ name: "only", address, header: { hosts: [NAME] }, enabled: true }],
        monitor: `${NAME}-id`,
        minimumOrigins: 1,
      });
    }
    const { path, expectedCodes, header, interval } = registrations.ofType(MONITOR)[NAME]!;
    assert.deepEqual([path, expectedCodes, header, interval], ["/status.php", "200", { Host: [NAME] }, 60]);
  });

  it("leaves the DNS record of the name to itself, so that the name leads home also without it", () => {
    assert.deepEqual(registrations.ofType("cloudflare:index/dnsRecord:DnsRecord"), {});
  });

  it("names every invalid argument in one error", () => {
    const wrong = { ...validArgs, accountId: "1", elsewhere: NAME, path: "status", expectedCodes: "fine", interval: 5 };
    assert.deepEqual(
      dnsFailoverProblems(wrong).map(({ path }) => path),
      ["accountId", "elsewhere", "path", "expectedCodes", "interval"],
    );
    assert.deepEqual(dnsFailoverProblems(validArgs), []);
  });
});
