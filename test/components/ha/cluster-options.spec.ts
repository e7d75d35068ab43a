import { strict as assert } from "node:assert";

import { ClusterOptions } from "../../../components";
import { clusterOptionsProblems } from "../../../components/ha/cluster-options";
import { mockPulumi, registered } from "../../support/mocks";

describe("ClusterOptions", () => {
  it("says what it was told, and leaves every other option to the site", async () => {
    const registrations = await mockPulumi();
    const { options } = new ClusterOptions("cluster", { shutdownPolicy: "migrate" });
    await registered(options);
    assert.deepEqual(registrations.ofType("resilience:pve:ClusterOptions"), {
      cluster: { cluster: "datacenter", shutdownPolicy: "migrate" },
    });
  });

  it("names everything that is wrong at once", () => {
    const problems = clusterOptionsProblems({
      shutdownPolicy: "wait" as "freeze",
      migrationNetwork: "10.0.1.0",
      replicationNetwork: "10.0.1.0/33",
    });
    assert.deepEqual(
      problems.map(({ path, reason }) => `${path}: ${reason}`),
      [
        'shutdownPolicy: expected one of freeze, failover, conditional, migrate, got "wait"',
        'migrationNetwork: expected a network such as "10.0.1.0/24", got "10.0.1.0"',
        'replicationNetwork: expected a network such as "10.0.1.0/24", got "10.0.1.0/33"',
      ],
    );
    assert.deepEqual(clusterOptionsProblems({ migrationNetwork: "fd00:1::/64" }), []);
    assert.equal(clusterOptionsProblems({}).length, 1);
  });
});
