import { ClusterLife, USUAL_UPTIME } from "../life/cluster-life";
import { type Call, type Operation } from "../operation";
import { request } from "node:https";

import { QUERY_URL } from "../parameters/node";
import { impossible } from "../refusal";
import { versionsOf } from "../../core/versions";
import { NODE } from "../parameters/common";

const AUDIT = { check: ["perm", "/nodes/{node}", ["Sys.Audit"]] } as const;

/** What a node says of itself. Sources: pve-manager, PVE/API2/Nodes.pm. */
export const NODE_STATUS: readonly Operation[] = [
  { name: "GET /nodes/{node}/status", parameters: { node: NODE }, permissions: AUDIT, handle: status },
  {
    name: "GET /nodes/{node}/query-url-metadata",
    parameters: QUERY_URL,
    permissions: {
      check: ["or", ["perm", "/", ["Sys.Audit", "Sys.Modify"]], ["perm", "/nodes/{node}", ["Sys.AccessNetwork"]]],
    },
    handle: queryUrl,
  },
];

/** Asks an address by HEAD, from the node. Texts: pve-manager, PVE/API2/Nodes.pm, query_url_metadata. */
function queryUrl(call: Call): Promise<object> {
  const url = new URL(call.required("url"));
  const { machine } = call.node;
  return new Promise((resolve, reject) => {
    if (!machine.reaches(url.hostname)) {
      reject(impossible(`invalid server response: '500 Can't connect to ${url.host} (Network is unreachable)'`));
      return;
    }
    const rejectUnauthorized = call.text("verify-certificates") !== "0";
    const options = { method: "HEAD", rejectUnauthorized, agent: false, localAddress: machine.address, timeout: 5_000 };
    const asking = request(url, options, (response) => {
      response.resume();
      const { statusCode: status = 0, headers } = response;
      if (status === 200) resolve({ mimetype: headers["content-type"] });
      else reject(impossible(`invalid server response: '${status} ${response.statusMessage ?? ""}'`));
    });
    asking.on("timeout", () => asking.destroy(new Error("timeout")));
    asking.on("error", (error) => {
      reject(impossible(`invalid server response: '500 Can't connect to ${url.host} (${error.message})'`));
    });
    asking.end();
  });
}

const GIB = 1024 ** 3;

/** A node of which the site's description says nothing. */
const USUAL = { cpu: "Lab Processor 16-Core", threads: 16, memory: 128 * GIB };

function status({ node }: Call): object {
  const { cpu, threads, memory } = node.description.hardware ?? USUAL;
  const used = Math.floor(memory / 5);
  return {
    pveversion: `pve-manager/${versionsOf(node.site.description).pve}/1ab0c0ffee1ab0c0`,
    kversion: "Linux 7.0.0-1-pve #1 SMP PREEMPT_DYNAMIC",
    cpuinfo: { model: cpu, cores: threads / 2, cpus: threads, sockets: 1 },
    memory: { total: memory, used, free: memory - used, available: memory - used },
    uptime: ClusterLife.of(node.cluster)?.uptime(node.name) ?? USUAL_UPTIME,
    loadavg: ["0.10", "0.12", "0.09"],
  };
}
