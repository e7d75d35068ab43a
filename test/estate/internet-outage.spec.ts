import { strict as assert } from "node:assert";

import { internetOutageFindings } from "../../estate/internet-outage";
import { type Observation } from "../../estate/observation";
import { isPublicIpv4 } from "../../estate/units/ip-address";
import { observationWith } from "./site";

const BACKUP = { address: "backup.mgmt.internal" };

function asking(...resolvers: string[]): Observation {
  return observationWith({ nodes: { complete: true, items: [{ name: "tappaas1", online: true, resolvers }] } });
}

const said = (observation: Observation | undefined, server = BACKUP) =>
  internetOutageFindings(server, observation).map(({ path, advice }) => `${path}: ${advice}`);

describe("A site without the internet", () => {
  it("finds its own names where the nodes ask a resolver of the site", () => {
    assert.deepEqual(said(asking("10.0.0.1")), []);
    assert.deepEqual(said(asking("10.0.0.1", "9.9.9.9")), []);
    assert.deepEqual(said(asking("127.0.0.1")), []);
    assert.deepEqual(said(asking("2001:db8::1")), []);
    assert.deepEqual(said(asking()), []);
    assert.deepEqual(said(undefined), []);
  });

  it("finds none where a node asks the internet alone, and what that stops is said with the cure", () => {
    assert.deepEqual(said(asking("1.1.1.1", "9.9.9.9")), [
      "node tappaas1: it asks 1.1.1.1 and 9.9.9.9 for names, outside the site: when the internet is gone no name of the site is found, " +
        "nor is the backup server at backup.mgmt.internal; put the site's own resolver first (System, DNS of the node), which is the " +
        "firewall in TAPPaaS",
    ]);
    assert.doesNotMatch(said(asking("1.1.1.1"), { address: "10.0.0.20" }).join(), /backup server/);
  });

  it("waits for each name where the resolver of the site comes second", () => {
    assert.match(
      said(asking("1.1.1.1", "10.0.0.1")).join(),
      /^node tappaas1: .* 1\.1\.1\.1 for names before 10\.0\.0\.1.*put 10\.0\.0\.1 first/,
    );
  });

  it("loses the vote of a QDevice that stands outside, and keeps one that stands inside", () => {
    const voting = (id: string) =>
      observationWith({ highAvailability: { complete: true, items: [{ kind: "quorum-device", id }] } });
    assert.match(
      said(voting("203.0.113.7:5403")).join(),
      /^cluster: its QDevice at 203\.0\.113\.7:5403 is outside the site/,
    );
    assert.deepEqual(said(voting("10.0.0.9:5403")), []);
    assert.deepEqual(said(voting("witness.mgmt.internal:5403")), []);
  });

  it("tells addresses of the internet from those that it routes to nobody, to the last bit of each range", () => {
    const inside = ["10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "127.0.0.53", "169.254.1.1"];
    assert.deepEqual(inside.filter(isPublicIpv4), []);
    const outside = ["9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"];
    assert.deepEqual(outside.filter(isPublicIpv4), outside);
  });
});
