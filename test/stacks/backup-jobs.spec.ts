import { strict as assert } from "node:assert";

import { estateOf } from "../../estate/estate";
import { inventoryOf, lines, module, settingsWith } from "../estate/site";
import { type Registrations } from "../support/mocks";
import { declaredRegistrations } from "./declared";

const JOB = "resilience:pve:BackupJob";

describe("guests that are backed up less often", () => {
  async function declared(guests: Readonly<Record<string, object>>): Promise<Registrations> {
    const settings = settingsWith({ backupServer: { address: "10.0.0.12", fingerprint: "0e".repeat(32) } });
    const modules = Object.entries(guests).map(([name, json]) => module(name, { ...json }));
    const estate = estateOf({ inventory: inventoryOf(modules), settings });
    assert.ok(estate.ok, lines(estate).join());
    return declaredRegistrations(settings, estate.value, "2026-11-20T04:00:00Z");
  }

  it("have a weekly and a monthly job of their own, made before the nightly one leaves them out", async () => {
    const registrations = await declared({
      identity: { vmid: 140 },
      wiki: { vmid: 620 },
      archive: { vmid: 640, backup: { schedule: "weekly" } },
      library: { vmid: 650, backup: { schedule: "monthly" } },
    });
    const jobs = Object.values(registrations.ofType(JOB));
    assert.deepEqual(
      jobs.map(({ jobId, schedule, vmids }) => [jobId, schedule, vmids]),
      [
        ["tappaas-backup-vm-weekly", "sun 16:00", [640]],
        ["tappaas-backup-vm-monthly", "*-*-01 12:00", [650]],
        ["tappaas-backup-vm-managed", "21:00", [140, 620]],
      ],
    );
    const { after } = registrations.optionsOf("nightly", "tappaas:backup:BackupJob");
    assert.ok(after.includes("weekly") && after.includes("monthly"), after.join());
  });

  it("have no job where nobody wishes it", async () => {
    const registrations = await declared({ identity: { vmid: 140 }, wiki: { vmid: 620 } });
    assert.deepEqual(Object.keys(registrations.ofType(JOB)), ["nightly"]);
  });
});
