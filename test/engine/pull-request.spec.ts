import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { REPOSITORY } from "../../tools/lab-site/places";
import { previewChange } from "../../tools/pull-request/preview";
import { type Found } from "../../tools/pull-request/comment";

/** What a checkout needs so that its program runs. */
const PROGRAM = [
  "components",
  "commands",
  "dist",
  "estate",
  "planning",
  "provider",
  "sites",
  "stacks",
  "Pulumi.yaml",
  "package.json",
];

/** The branch that a change goes to: this checkout as it was with an earlier hour, and with an observation of its site. */
function baseCheckout(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "base-")));
  for (const name of [...PROGRAM, "tsconfig.json"])
    cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  const settings = readFileSync(join(REPOSITORY, "Pulumi.single-node.yaml"), "utf8");
  writeFileSync(join(folder, "Pulumi.single-node.yaml"), settings.replace('schedule: "21:00"', 'schedule: "20:30"'));
  writeFileSync(join(folder, "sites/single-node/observed.json"), JSON.stringify(OBSERVED));
  writeFileSync(join(folder, "sites/single-node/digest.json"), JSON.stringify(LAST_UP));
  return folder;
}

/** What the real site's last run left: something that the base's program alone does not make. */
const LAST_UP = {
  resources: {
    "urn:pulumi:single-node::tappaas-resilience::resilience:pbs:User::by-hand": { userId: "0123456789abcdef" },
  },
};

const section = (items: unknown[]) => ({ complete: true, items });
const guest = (vmid: number, name: string, kind = "vm") => ({
  vmid,
  kind,
  node: "tappaas1",
  name,
  onBoot: true,
  disks: [{ slot: kind === "vm" ? "scsi0" : "rootfs", storage: "tanka1", volume: `vm-${vmid}-disk-0`, backup: true }],
});

/** The reference site as its owner last looked at it, with one thing that the lab does not have. */
const OBSERVED = {
  version: 2,
  takenAt: "2026-11-20T04:00:00Z",
  site: "sites/single-node",
  pools: section([
    {
      node: "tappaas1",
      name: "tanka1",
      health: "ONLINE",
      vdevs: [{ type: "mirror", disks: ["ata-LAB_SSD_480G_S1A0001", "ata-LAB_SSD_480G_S1A0002"] }],
      disks: ["ata-LAB_SSD_480G_S1A0001", "ata-LAB_SSD_480G_S1A0002"],
      properties: {},
      size: 480_000_000_000,
    },
  ]),
  storages: section([
    { storage: "tanka1", type: "zfspool", content: ["images", "rootdir"], pool: "tanka1", sparse: true },
    { storage: "nas", type: "nfs", content: ["iso"] },
  ]),
  guests: section([
    guest(110, "firewall"),
    guest(130, "tappaas-cicd"),
    guest(140, "identity"),
    guest(312, "vllm-amd", "ct"),
    guest(610, "vaultwarden"),
  ]),
};

describe("a pull request, tried without a login to anything", () => {
  let base: string;
  let found: Found;

  before(async () => {
    base = baseCheckout();
    process.env["LAB_PREFIX"] = "127.0.47";
    found = await previewChange(base, "single-node", () => undefined);
  });

  after(() => {
    delete process.env["LAB_PREFIX"];
    rmSync(base, { recursive: true });
    rmSync(join(REPOSITORY, ".lab/pull-request"), { recursive: true, force: true });
  });

  it("shows the one thing that it changes on a site that the base's program runs", () => {
    const { complete, harm, steps } = found.plan;
    assert.deepEqual([complete, harm, steps.length], [true, [], 1]);
    assert.deepEqual(steps[0]?.fields, ["schedule"]);
    assert.match(found.plan.steps[0]?.urn ?? "", /BackupJob::nightly$/);
  });

  it("says what the change makes of the site after each loss, from the files of both", () => {
    const { changes, page, stops, passed, failure } = found.report;
    assert.match(page, /^<!doctype html>[\s\S]*What changes against/);
    assert.deepEqual([stops, passed, failure], [[], true, undefined]);
    assert.match(changes, /^## What changes against [\s\S]*Nothing: every loss means the same to every guest/);
  });

  it("says where the real state is another than the rebuilt one", () => {
    const lines = found.differences ?? [];
    assert.ok(lines.includes("resilience:pbs:User by-hand: the last run left it, the stand-in does not have it"));
    assert.ok(lines.some((line) => line.includes("resilience:pve:BackupJob nightly: only the stand-in has it")));
  });

  it("says of which day the site is, and what of it could not be stood in for", () => {
    assert.equal(found.observedAt, "2026-11-20T04:00:00Z");
    assert.deepEqual(found.missing, [
      "storage nas: the lab has none of type nfs on day one; the program makes its own",
    ]);
  });
});
