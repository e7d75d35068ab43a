import * as pulumi from "@pulumi/pulumi";

import { LoadBalancer, LoadBalancerMonitor, LoadBalancerPool } from "../internal/cloudflare";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";

/** Arguments of {@link DnsFailover}. */
export interface DnsFailoverArgs {
  /** Account at Cloudflare, 32 hexadecimal digits. */
  readonly accountId: string;
  /** Zone of the name, 32 hexadecimal digits. It counts when the load balancer is made. */
  readonly zoneId: string;
  /** The whole name, `files.example.org`. */
  readonly name: string;
  /** Where it leads while that is healthy: an address, or a tunnel's `<id>.cfargotunnel.com`. */
  readonly home: pulumi.Input<string>;
  /** Where it leads while home is not: an address, or a name that leads to one. */
  readonly elsewhere: string;
  /** What is asked for to see whether a place is healthy. @default "/" */
  readonly path?: string;
  /** HTTP status of a healthy answer: `200`, `2xx`, `200,302`. @default "2xx" */
  readonly expectedCodes?: string;
  /** Seconds between two looks, from each of Cloudflare's places that look. Plans set a least. @default 60 */
  readonly interval?: number;
}

/** Seconds of Cloudflare's cheapest plan with load balancing. Source: developers.cloudflare.com, load balancing limits. */
const DEFAULT_INTERVAL = 60;

/**
 * A name on the internet that leads to another place while the first one does not answer: Cloudflare's load balancing, **a paid add-on of the
 * account**. Each place is looked at; the first healthy one in order gets all requests, and home gets them when neither is.
 *
 * It lies over the DNS record of the name, which stays: where a load balancer and a record have one name, the load balancer counts. So the
 * name never leads nowhere, neither when this is made nor when it leaves the program.
 *
 * What lies elsewhere has to be there already: a rebuilt site, or a page that says so. Nothing is copied by this.
 *
 * @see https://developers.cloudflare.com/load-balancing/load-balancers/dns-records/
 */
export class DnsFailover extends pulumi.ComponentResource {
  /** Identifier of the load balancer. */
  public readonly loadBalancerId: pulumi.Output<string>;
  /** Identifier of the pool that leads home. */
  public readonly homePoolId: pulumi.Output<string>;

  constructor(name: string, args: DnsFailoverArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:way-in:DnsFailover", name, {}, opts);
    rejectProblems(this, `DnsFailover "${name}"`, dnsFailoverProblems(args));

    const { zoneId, name: hostname, home, elsewhere } = args;
    const monitor = this.#monitorOf(name, args);
    const pools = {
      home: this.#poolOf(`${name}-home`, args, home, monitor),
      elsewhere: this.#poolOf(`${name}-elsewhere`, args, elsewhere, monitor),
    };
    this.homePoolId = pools.home.id;
    const defaultPools = [pools.home.id, pools.elsewhere.id];
    // In order and not by share: elsewhere may hold older data than home. With neither healthy, the look itself is the likelier fault.
    const inputs = { zoneId, name: hostname, defaultPools, fallbackPool: pools.home.id, steeringPolicy: "off" };
    // The zone counts when it is made, as with the DNS record beneath it.
    const options = { parent: this, ignoreChanges: ["zoneId"] };
    this.loadBalancerId = new LoadBalancer(name, { ...inputs, proxied: true }, options).id;

    this.registerOutputs({ loadBalancerId: this.loadBalancerId, homePoolId: this.homePoolId });
  }

  #monitorOf(name: string, { accountId, name: hostname, ...args }: DnsFailoverArgs): LoadBalancerMonitor {
    const { path = "/", expectedCodes = "2xx", interval = DEFAULT_INTERVAL } = args;
    const asked = { type: "https", method: "GET", path, expectedCodes, header: { Host: [hostname] } };
    const inputs = { accountId, ...asked, interval, retries: 2, timeout: 5, description: hostname };
    return new LoadBalancerMonitor(name, inputs, { parent: this });
  }

  #poolOf(
    name: string,
    { accountId, name: hostname }: DnsFailoverArgs,
    address: pulumi.Input<string>,
    monitor: LoadBalancerMonitor,
  ): LoadBalancerPool {
    // A tunnel knows by this name where a request leads; a server elsewhere shows its certificate for it.
    const origins = [{ name: "only", address, header: { hosts: [hostname] }, enabled: true }];
    const inputs = { accountId, name: name.replaceAll(".", "-"), origins, monitor: monitor.id, minimumOrigins: 1 };
    return new LoadBalancerPool(name, inputs, { parent: this });
  }
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function dnsFailoverProblems(args: DnsFailoverArgs): Problem[] {
  const { accountId, zoneId, name, home, elsewhere, path = "/", expectedCodes = "2xx" } = args;
  const { interval = DEFAULT_INTERVAL } = args;
  const problems = [
    ...identifierProblems("address", "name", name),
    ...identifierProblems("address", "elsewhere", elsewhere),
  ];
  for (const [field, id] of Object.entries({ accountId, zoneId })) {
    if (!/^[0-9a-f]{32}$/.test(id))
      problems.push({ path: field, reason: `expected 32 hexadecimal digits, got "${id}"` });
  }
  if (elsewhere === name || elsewhere === home)
    problems.push({ path: "elsewhere", reason: `expected another place than home, got "${elsewhere}"` });
  if (!path.startsWith("/"))
    problems.push({ path: "path", reason: `expected a path such as "/status", got "${path}"` });
  if (!/^[1-5](?:\d\d|xx)(?:,[1-5](?:\d\d|xx))*$/.test(expectedCodes))
    problems.push({
      path: "expectedCodes",
      reason: `expected HTTP status such as "200" or "2xx", got "${expectedCodes}"`,
    });
  if (!Number.isInteger(interval) || interval < 10 || interval > 3_600)
    problems.push({ path: "interval", reason: `expected 10 to 3600 seconds, got ${interval}` });
  return problems;
}
