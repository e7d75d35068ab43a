import { strict as assert } from "node:assert";

import { clusterOptions } from "../../../provider/objects/cluster-options";
import { create, remove, update } from "../../../provider/objects/life-cycle";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = { cluster: "datacenter", shutdownPolicy: "migrate", replicationNetwork: "10.0.2.0/24" };

describe("Options of a cluster", () => {
  const own = eachOnItsOwnSite();

  it("that nobody has set are set, and all others stay", async () => {
    own.at.pve.ha.options["console"] = "html5";
    const { outputs } = await create(clusterOptions, own.at.site, known(WANTED), false);
    assert.equal(outputs["adopted"], false);
    assert.deepEqual(own.at.pve.ha.options, {
      console: "html5",
      ha: "shutdown_policy=migrate",
      replication: "network=10.0.2.0/24",
    });
  });

  it("that are as the program says are adopted without a write", async () => {
    Object.assign(own.at.pve.ha.options, {
      ha: "shutdown_policy=migrate",
      replication: "type=secure,network=10.0.2.0/24",
    });
    const { outputs } = await create(clusterOptions, own.at.site, known(WANTED), false);
    assert.deepEqual([outputs["adopted"], own.at.writes], [true, []]);
  });

  it("that their owner has set otherwise are refused until listed, and then changed with the rest of the line kept", async () => {
    own.at.pve.ha.options["replication"] = "type=insecure,network=10.9.9.0/24";
    await assert.rejects(
      create(clusterOptions, own.at.site, known(WANTED), true),
      /replicationNetwork: the site has "10.9.9.0\/24"[\s\S]*"pve:ClusterOptions\/datacenter"/,
    );
    own.at.adoptions.push("pve:ClusterOptions/datacenter");
    await create(clusterOptions, own.at.site, known(WANTED), false);
    assert.equal(own.at.pve.ha.options["replication"], "type=insecure,network=10.0.2.0/24");
  });

  it("that leave the program go back to PVE's default, and no other does", async () => {
    const { outputs } = await create(clusterOptions, own.at.site, known(WANTED), false);
    own.at.pve.ha.options["console"] = "html5";
    const fewer = { cluster: "datacenter", shutdownPolicy: "failover" };
    await update(clusterOptions, own.at.site, outputs, known(fewer), false);
    assert.equal(own.at.pve.ha.options["ha"], "shutdown_policy=failover");
    await remove(clusterOptions, own.at.site, { ...fewer, adopted: false });
    assert.deepEqual(Object.keys(own.at.pve.ha.options).includes("ha"), false);
    assert.equal(own.at.pve.ha.options["console"], "html5");
  });

  it("that were there before us stay when the program goes", async () => {
    own.at.pve.ha.options["ha"] = "shutdown_policy=migrate";
    await remove(clusterOptions, own.at.site, { ...WANTED, adopted: true });
    assert.equal(own.at.pve.ha.options["ha"], "shutdown_policy=migrate");
  });
});
