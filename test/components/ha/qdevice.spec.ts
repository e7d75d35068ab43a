import { strict as assert } from "node:assert";

import { QDevice } from "../../../components";
import { qdeviceProblems } from "../../../components/ha/qdevice";
import { mockPulumi, settled } from "../../support/mocks";

const shell = (host: string) => ({ host, hostKey: "ssh-ed25519 AAAA", privateKey: "SECRET" });
const NODES = ["one", "two"].map((node) => ({ node, shell: shell(node) }));
const COMMAND = "command:remote:Command";
const HOST_KEY = "ssh-ed25519 BBBB";

describe("QDevice", () => {
  it("tells the cluster once every node has the package, and is never taken away by leaving the program", async () => {
    const registrations = await mockPulumi(() => ({ stdout: JSON.stringify({ address: "10.0.0.40", votes: 1 }) }));
    new QDevice("qdevice", { nodes: NODES, address: "10.0.0.40", hostKey: HOST_KEY });
    await settled();
    const commands = registrations.ofType(COMMAND);
    assert.deepEqual(Object.keys(commands), ["qdevice-one", "qdevice-two", "qdevice"]);
    assert.equal(commands["qdevice"]?.["stdin"], `node=one\naddress=10.0.0.40\nhostKey=${HOST_KEY}\n`);
    assert.deepEqual(registrations.optionsOf("qdevice", COMMAND).after.toSorted(), ["qdevice-one", "qdevice-two"]);
    for (const [name, inputs] of Object.entries(commands)) {
      const { protect, retainOnDelete } = registrations.optionsOf(name, COMMAND);
      assert.deepEqual([protect, retainOnDelete, inputs["delete"]], [true, true, undefined]);
    }
  });

  it("is refused beside an odd number of nodes, on a node, and without the machine's key", () => {
    const wrong = { nodes: [{ node: "one" }, { node: "two" }, { node: "three" }], address: "two", hostKey: "AAAA" };
    assert.deepEqual(
      qdeviceProblems(wrong).map(({ path, reason }) => `${path}: ${reason}`),
      [
        "nodes: expected an even number of nodes, got 3; beside an odd number a QDevice does harm",
        'address: expected a machine that is no node, got node "two"',
        'hostKey: expected a host key such as "ssh-ed25519 AAAA…", got "AAAA"',
      ],
    );
  });
});
