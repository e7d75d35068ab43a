import { strict as assert } from "node:assert";

import { problemLine } from "../../estate/problem";
import { quorumDeviceFindings, quorumDeviceProblems } from "../../estate/quorum-device";
import { settingsWith } from "./site";
import { THREE_NODES } from "./three-node-site";

const { tappaas1, tappaas2 } = THREE_NODES.nodes;
const TWO = { nodes: { tappaas1, tappaas2 } };
const device = (address: string) => ({ quorumDevice: { address, hostKey: "ssh-ed25519 AAAA" } });
const said = (changes: Record<string, unknown>) =>
  quorumDeviceProblems(settingsWith(changes)).map(problemLine).join("\n");

describe("A further vote in the settings", () => {
  it("is a machine of its own beside two nodes", () => {
    assert.equal(said({ ...TWO, ...device("10.0.0.40") }), "");
    assert.equal(said(THREE_NODES), "");
  });

  it("is refused beside three nodes, where it does harm, with the way to be rid of it", () => {
    assert.match(
      said({ ...THREE_NODES, ...device("10.0.0.40") }),
      /expected an even number of nodes, got 3; .*pvecm qdevice remove.*no node may be lost/,
    );
  });

  it("of the backup server is said: the nodes' root is let in there, and could delete every backup", () => {
    const backupServer = { address: "10.0.0.40" };
    const [finding, ...more] = quorumDeviceFindings(settingsWith({ ...TWO, backupServer, ...device("10.0.0.40") }));
    assert.match(finding?.advice ?? "", /could delete every backup; once it votes, take the nodes' line out/);
    assert.deepEqual(more, []);
    assert.deepEqual(quorumDeviceFindings(settingsWith({ ...TWO, ...device("10.0.0.40") })), []);
  });

  it("is none of the nodes, by address or by name, nor a machine that goes with one", () => {
    assert.match(said({ ...TWO, ...device("10.0.0.11") }), /goes on when a node is lost, got node tappaas2/);
    assert.match(said({ ...TWO, ...device("tappaas1") }), /got node tappaas1/);
    const machine = {
      ...{ node: "tappaas1", vmid: 131, dataVmid: 132, systemStorage: "tanka1", dataStorage: "tankb1" },
      ...{ dataSize: "2 TiB", gateway: "10.0.0.1", timeZone: "Europe/Amsterdam" },
      image: { url: "https://example.org/one.qcow2", sha512: "ab".repeat(64) },
    };
    const backupServer = { address: "10.0.0.20", machine };
    assert.match(
      said({ ...TWO, backupServer, ...device("10.0.0.20") }),
      /got the backup server in a machine on tappaas1/,
    );
  });
});
