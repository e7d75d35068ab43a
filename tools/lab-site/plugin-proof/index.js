"use strict";

/* One storage entry and one replication job, the two on which releases 8.0 to 8.3 of the proxmoxve plugin broke down. */

const proxmoxve = require("@muhlba91/pulumi-proxmoxve");

const { endpoint, apiToken } = JSON.parse(process.env.PLUGIN_PROOF);
const provider = new proxmoxve.Provider("pve", { endpoint, apiToken });
new proxmoxve.storage.Zfspool(
  "tanka1",
  { resourceId: "tanka1", zfsPool: "tanka1", nodes: ["one"], contents: ["images", "rootdir"] },
  { provider },
);
new proxmoxve.Replication(
  "firewall",
  { resourceId: "100-0", type: "local", target: "two", schedule: "*/15" },
  { provider },
);
