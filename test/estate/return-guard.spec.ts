import { strict as assert } from "node:assert";

import { returnGuardFindings, returnGuardOf, returnGuardProblems } from "../../estate/return-guard";
import { parseSettings, type Settings } from "../../estate/settings";
import { type Guest } from "../../estate/guest";

const FINGERPRINT = "0e".repeat(32);
const PEER = { address: "192.0.2.31", datastore: "lent", reader: "home@pbs!reads", writer: "home@pbs!writes" };
const WRITTEN = {
  site: "sites/home",
  nodes: { n1: { api: "https://10.0.0.10:8006", ssh: { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA" } } },
  backupServer: { address: "10.0.0.12", fingerprint: FINGERPRINT },
  key: { fingerprint: FINGERPRINT },
};
const GUESTS = [110, 140, 610].map((vmid) => ({ vmid, name: `guest${vmid}` }) as Guest);

function read(returnGuard: object): Settings {
  const parsed = parseSettings({ ...WRITTEN, returnGuard });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe("the guard in the settings", () => {
  const of = (returnGuard: object) => {
    const settings = read(returnGuard);
    const plan = returnGuardOf(settings, GUESTS, undefined)!;
    return { plan, problems: returnGuardProblems(plan, settings, GUESTS).map(({ path }) => path) };
  };

  it("waits ten minutes and believes home for thirty days, unless somebody says otherwise", () => {
    const { plan, problems } = of({ prepared: ["140", "610"], outside: ["110"], servers: { peer: PEER } });
    assert.deepEqual([plan.prepared, plan.outside, plan.limit, plan.validFor], [[140, 610], [110], 600, 30 * 86_400]);
    assert.deepEqual(
      plan.places.map(({ kind, name }) => [kind, name]),
      [["pbs", "peer"]],
    );
    assert.deepEqual(problems, []);
  });

  it("refuses a guest that nobody has, one that would wait for itself, and a place that is lost with home", () => {
    assert.deepEqual(of({ prepared: ["999"], servers: { peer: PEER } }).problems, ["returnGuard.prepared"]);
    assert.deepEqual(of({ prepared: ["140"], outside: ["999"], servers: { peer: PEER } }).problems, [
      "returnGuard.outside",
    ]);
    assert.deepEqual(of({ prepared: ["110"], outside: ["110"], servers: { peer: PEER } }).problems, [
      "returnGuard.prepared",
    ]);
    const own = { ...PEER, address: "10.0.0.12" };
    assert.deepEqual(of({ prepared: ["140"], servers: { peer: own } }).problems, ["returnGuard.servers.peer.address"]);
    assert.deepEqual(of({ prepared: ["140"] }).problems, ["returnGuard.servers"]);
  });

  it("says what is weak: one place, nobody else who looks, no firewall before the question", () => {
    const { plan } = of({ prepared: ["140"], servers: { peer: PEER } });
    assert.deepEqual(
      returnGuardFindings(plan).map(({ path }) => path),
      ["returnGuard.probes", "returnGuard", "returnGuard.outside"],
    );
    const dns = { name: "_return.example.org", zoneId: "a".repeat(32) };
    const whole = {
      prepared: ["140"],
      outside: ["110"],
      servers: { peer: PEER },
      dns,
      probes: ["https://cloud.example.org/"],
    };
    assert.deepEqual(returnGuardFindings(of(whole).plan), []);
  });
});
