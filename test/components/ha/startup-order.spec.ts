import { strict as assert } from "node:assert";

import { StartupOrder } from "../../../components";
import { startupOrderProblems } from "../../../components/ha/startup-order";
import { mockPulumi, registered } from "../../support/mocks";

describe("StartupOrder", () => {
  it("gives a guest its place, and leaves the pause to its owner unless one is named", async () => {
    const registrations = await mockPulumi();
    const first = new StartupOrder("vm-440", { guest: "vm:440", order: 1, pause: "2 minutes" });
    const second = new StartupOrder("ct-340", { guest: "ct:340", order: 2 });
    await registered(first.place, second.place);
    assert.deepEqual(registrations.ofType("resilience:pve:StartupOrder"), {
      "vm-440": { guest: "vm:440", order: 1, pauseSeconds: 120 },
      "ct-340": { guest: "ct:340", order: 2 },
    });
  });

  it("names everything that is wrong at once", () => {
    const problems = startupOrderProblems({ guest: "440" as "vm:440", order: 0, pause: "soon" as "1 minute" });
    assert.deepEqual(
      problems.map(({ path, reason }) => `${path}: ${reason}`),
      [
        'guest: expected "vm:<vmid>" or "ct:<vmid>", got "440"',
        "order: expected a whole number from 1 to 999, got 0",
        'pause: expected a duration such as "1 minute", got "soon"',
      ],
    );
  });
});
