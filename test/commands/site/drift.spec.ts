import { strict as assert } from "node:assert";

import { planOf } from "../../../commands/engine/plan";
import { driftLines, driftOf } from "../../../commands/site/drift";
import { DATA_BEARING, harmOf } from "../../../commands/site/harm";
import { WRITTEN_BY_SCRIPTS } from "../../../commands/site/tappaas-scripts";
import { OBJECTS } from "../../../provider/objects/registry";

const urn = (type: string, name: string) => `urn:pulumi:home::tappaas-resilience::tappaas:x:Y$${type}::${name}`;

function plan(...steps: { op: string; type: string; state?: object; fields?: string[]; site?: object }[]) {
  const printed = steps.map(({ op, type, state = {}, fields, site }) => ({
    op,
    urn: urn(type, "thing"),
    oldState: { type, custom: true, ...state },
    newState: { type, custom: true, outputs: site },
    diffReasons: fields,
  }));
  return planOf({ stdout: JSON.stringify({ steps: printed }), stderr: "", code: 0 });
}

describe("what somebody else changed", () => {
  const JOB = "resilience:pve:BackupJob";

  it("is shown by field, with what was left and what is there", () => {
    const [drift] = driftOf(
      plan({
        op: "update",
        type: JOB,
        state: { outputs: { schedule: "21:00" } },
        fields: ["schedule"],
        site: { schedule: "22:00" },
      }),
    );
    assert.ok(drift !== undefined);
    assert.deepEqual(driftLines(drift).slice(0, 2), [
      `thing (${JOB}) was changed on the site; \`make up\` puts it back`,
      '  schedule: "21:00" was left, "22:00" is there',
    ]);
  });

  it("is put back at Cloudflare, but for a tunnel that is there, which a look may never replace; one that is gone is made anew", () => {
    const repaired = (op: string, type: string) => driftOf(plan({ op, type })).map((one) => one.repaired);
    const tunnel = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared";
    for (const type of ["dnsRecord:DnsRecord", "zeroTrustAccessPolicy:ZeroTrustAccessPolicy"]) {
      assert.deepEqual(repaired("update", `cloudflare:index/${type}`), [true]);
    }
    const config = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";
    assert.deepEqual(repaired("update", config), [true]);
    assert.deepEqual([repaired("update", tunnel), repaired("delete", tunnel)], [[false], [true]]);
  });

  it("says what comes of a storage whose key is gone, before the night does", () => {
    const type = "resilience:pve:PbsStorage";
    const state = { outputs: { encryptionKeyFingerprint: "0e:ab" } };
    const gone = { op: "update", type, state, fields: ["encryptionKeyFingerprint"] };
    const said = (site: object) =>
      driftOf(plan({ ...gone, site }))
        .flatMap(driftLines)
        .join("\n");
    assert.match(
      said({}),
      /"0e:ab" was left, nothing is there\n.*PVE refuses to back up, or writes in the clear.*`make up` now/,
    );
    assert.doesNotMatch(said({ encryptionKeyFingerprint: "1f:ab" }), /in the clear/);
  });

  it("names the script of TAPPaaS that does the same, in the case in which it does", () => {
    const scriptsOf = (step: Parameters<typeof plan>[0]) =>
      driftOf(plan(step))
        .flatMap((drift) => driftLines(drift))
        .filter((line) => line.includes("script of TAPPaaS"))
        .join("\n");
    const changed = (type: string, field: string) => scriptsOf({ op: "update", type, fields: [field] });
    const gone = (type: string) => scriptsOf({ op: "delete", type });

    assert.match(changed(JOB, "vmids"), /the backup:vm service.*adds a guest/);
    assert.match(gone(JOB), /with the last guest of its list it deletes the job/);
    assert.match(
      changed("resilience:pbs:Datastore", "gcSchedule"),
      /install\.sh: at every run it sets gc-schedule 03:00/,
    );
    assert.match(changed("resilience:pbs:Datastore", "verifyNew"), /backup\/update\.sh/);
    assert.match(changed("resilience:pbs:FormerRight", "present"), /install\.sh.*Admin/);
    assert.match(changed("proxmoxve:storage/zfspool:Zfspool", "nodes"), /config-storage\.sh/);
    assert.match(gone("resilience:pve:HaResource"), /migrate-vm\.sh: it takes HA away/);
    assert.match(changed("resilience:pve:HaRule", "strict"), /migrate-vm\.sh: it makes the rule anew without strict/);
    assert.match(changed("resilience:pve:HaRule", "nodes"), /the cluster:ha service/);
    assert.match(changed("resilience:pve:Replication", "schedule"), /the cluster:ha service/);
    assert.match(gone("resilience:pve:Replication"), /for another HANode it deletes the job/);
  });

  it("blames no script for what none does", () => {
    for (const [type, field] of [
      [JOB, "schedule"],
      ["resilience:pbs:PruneJob", "keepDaily"],
      ["resilience:pbs:VerifyJob", "schedule"],
      ["resilience:pve:PbsStorage", "encryptionKeyFingerprint"],
    ] as const) {
      assert.deepEqual(driftOf(plan({ op: "update", type, fields: [field] }))[0]?.scripts, [], `${type} ${field}`);
    }
    assert.deepEqual(driftOf(plan({ op: "delete", type: "resilience:pbs:PruneJob" }))[0]?.scripts, []);
  });

  it("names scripts for types and fields that the provider has", () => {
    const known = OBJECTS.map(({ token }) => token);
    assert.deepEqual(
      WRITTEN_BY_SCRIPTS.filter((type) => type.startsWith("resilience:") && !known.includes(type)),
      [],
    );
  });

  it("is put back for storages and backups, and only shown for what moves by itself", () => {
    const types = [JOB, "proxmoxve:storage/zfspool:Zfspool"];
    const moving = [
      "index/vmLegacy:VmLegacy",
      "index/haresource:Haresource",
      "index/harule:Harule",
      "index/replication:Replication",
    ];
    const all = [...types, ...moving.map((name) => `proxmoxve:${name}`)];
    const drift = driftOf(plan(...all.map((type) => ({ op: "update", type }))));
    assert.deepEqual(
      drift.filter(({ repaired }) => repaired).map(({ type }) => type),
      types,
    );
  });

  it("is not seen where nothing differs, and not in what the engine keeps for itself", () => {
    const steps = [
      { op: "refresh", type: JOB },
      { op: "same", type: JOB },
      { op: "update", type: "pulumi:providers:proxmoxve" },
      { op: "update", type: JOB, state: { custom: false } },
    ];
    assert.deepEqual(driftOf(plan(...steps)), []);
  });
});

describe("what nobody takes away in passing", () => {
  const STORE = "resilience:pbs:Datastore";

  it("is what data rests on, in each way that the engine has of taking it away", () => {
    for (const op of ["delete", "replace", "create-replacement", "delete-replaced", "discard-replaced"]) {
      const [harm] = harmOf(plan({ op, type: STORE }).steps);
      assert.match(
        harm?.text ?? "",
        /every backup of the site lies in it.*backupServer\.datastore in the settings.*make release/,
      );
    }
  });

  it("is a pool's script, and not the timer of a node, whose snapshots stay", () => {
    const type = "command:remote:Command";
    assert.equal(harmOf(plan({ op: "delete", type }).steps).length, 1);
    const [step] = plan({ op: "delete", type }).steps;
    const urn = `urn:pulumi:home::tappaas::tappaas:backup:HostConfig$${type}::host-tappaas1`;
    assert.deepEqual(harmOf([{ ...step!, urn }]), []);
  });

  it("is what makes the backup server on a node, by the setting that says so", () => {
    const type = "command:remote:Command";
    const [step] = plan({ op: "delete", type }).steps;
    const urn = `urn:pulumi:home::tappaas::tappaas:backup:NodeBackupServer$${type}::backup-tappaas3-login`;
    assert.match(
      harmOf([{ ...step!, urn }])[0]?.text ?? "",
      /the way to the backups.*Look at backupServer in the settings/,
    );
  });

  it("is what gives a cluster another machine's vote, which goes on voting, by the setting that names it", () => {
    const type = "command:remote:Command";
    const [step] = plan({ op: "delete", type }).steps;
    const urn = `urn:pulumi:home::tappaas::tappaas:ha:QDevice$${type}::qdevice`;
    assert.match(
      harmOf([{ ...step!, urn }])[0]?.text ?? "",
      /the device goes on voting.*quorum\.md\)\. Look at quorumDevice in the settings/,
    );
  });

  it("is a backup job, unless jobs that stay have every guest of it", () => {
    const type = "resilience:pve:BackupJob";
    const [step] = plan({ op: "delete", type }).steps;
    const gone = { ...step!, before: { vmids: [620, 630] } };
    const staying = (op: string, vmids: number[]) => ({ ...step!, op, urn: `${step!.urn}-2`, after: { vmids } });
    assert.equal(harmOf([gone]).length, 1);
    assert.equal(harmOf([gone, staying("update", [140, 620])]).length, 1);
    assert.equal(harmOf([gone, { ...staying("delete", []), before: { vmids: [140, 620, 630] } }]).length, 2);
    assert.deepEqual(harmOf([gone, staying("update", [140, 620]), staying("same", [630])]), []);
    // A job whose guests nobody can read may have any.
    assert.equal(harmOf([{ ...gone, before: {} }, staying("update", [140])]).length, 1);
  });

  it("is a weekly or monthly job by the wish that fills it, which no setting names", () => {
    const [step] = plan({ op: "delete", type: "resilience:pve:BackupJob" }).steps;
    const [harm] = harmOf([{ ...step!, name: "weekly", before: { vmids: [640] } }]);
    assert.match(harm?.text ?? "", /its guests are in no job\. Look at backup\.schedule of what wants a backup weekly/);
  });

  it("is also what only the state marks", () => {
    for (const mark of ["protect", "retainOnDelete"]) {
      assert.equal(harmOf(plan({ op: "delete", type: "other:thing:Thing", state: { [mark]: true } }).steps).length, 1);
    }
  });

  it("is nothing that is made, changed or left alone", () => {
    const steps = ["create", "update", "same", "refresh", "import", "read"].map((op) => ({ op, type: STORE }));
    assert.deepEqual(harmOf(plan(...steps).steps), []);
  });

  it("is not what can be made again without loss", () => {
    assert.deepEqual(harmOf(plan({ op: "delete", type: "resilience:pbs:VerifyJob" }).steps), []);
    assert.deepEqual(
      harmOf(plan({ op: "replace", type: "pulumi:providers:proxmoxve", state: { protect: true } }).steps),
      [],
    );
  });

  it("is not a replication that goes on by itself; one that would be ended, replaced or was protected is", () => {
    const leaving = (op: string, state: object) =>
      harmOf(plan({ op, type: "resilience:pve:Replication", state }).steps);
    assert.deepEqual(leaving("delete", { retainOnDelete: true }), []);
    assert.equal(leaving("delete", { retainOnDelete: true, protect: true }).length, 1);
    assert.equal(leaving("replace", { retainOnDelete: true }).length, 1);
    assert.equal(leaving("delete", {}).length, 1);
  });

  it("names object types that the provider has", () => {
    const own = Object.keys(DATA_BEARING).filter((type) => type.startsWith("resilience:"));
    const tokens = OBJECTS.map(({ token }) => token);
    assert.deepEqual(
      own.filter((type) => !tokens.includes(type)),
      [],
    );
  });
});

describe("a plan that broke off", () => {
  it("is never complete, and keeps what was said", () => {
    const broken = planOf({ stdout: "", stderr: "error: no such stack", code: 255 });
    assert.deepEqual([broken.complete, broken.steps, broken.errors], [false, [], ["error: no such stack"]]);
    assert.equal(planOf({ stdout: JSON.stringify({ steps: [] }), stderr: "", code: 1 }).complete, false);
  });
});
