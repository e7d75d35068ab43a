import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as sdk from "@pulumi/policy";
import { type ReportViolation, type ResourceValidationArgs } from "@pulumi/policy";

import { RULES } from "../../policies/rules";
import { type Rule } from "../../policies/rule";
import * as types from "../../policies/types";
import { OBJECTS } from "../../provider/objects/registry";

/** As the engine's values reach a rule. The SDK exports it, and types it as nothing. */
const { unknownCheckingProxy } = sdk as unknown as { unknownCheckingProxy: (value: unknown) => unknown };

interface Resource {
  readonly type: string;
  /** Places in the list of the resources from which a value comes that is not known yet. */
  readonly from?: Readonly<Record<string, number>>;
  readonly props?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
}

/** What a rule says of a stack with these resources; resource rules are asked of each, as the engine does. */
function said(name: string, resources: readonly Resource[], config: Record<string, unknown> = {}): string[] {
  const rule = RULES.find((one) => one.name === name);
  assert.ok(rule !== undefined, name);
  return saidBy(rule, resources, config);
}

/** No two resources of this file have one URN. */
let asked = 0;

function saidBy(rule: Rule, resources: readonly Resource[], config: Record<string, unknown> = {}): string[] {
  const messages: string[] = [];
  const round = (asked += 1);
  const report: ReportViolation = (message) => messages.push(message);
  const all = resources.map(
    ({ type, props = {}, name = "it", protect = false, ignoreChanges = [], from = {} }, place) => ({
      type,
      name,
      props: unknownCheckingProxy({ ...props }) as Record<string, unknown>,
      urn: `${round}:${place}`,
      propertyDependencies: Object.fromEntries(
        Object.entries(from).map(([key, at]) => [key, [{ urn: `${round}:${at}` }]]),
      ),
      opts: {
        protect,
        ignoreChanges: [...ignoreChanges],
        aliases: [],
        customTimeouts: {},
        additionalSecretOutputs: [],
      },
      getConfig: () => config,
    }),
  );
  if ("validateStack" in rule) void rule.validateStack({ resources: all, getConfig: () => config } as never, report);
  else {
    const validate = rule.validateResource as (args: ResourceValidationArgs, report: ReportViolation) => void;
    for (const one of all) validate(one as unknown as ResourceValidationArgs, report);
  }
  return messages;
}

/** How the engine writes a value that no plan knows. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const connection = { host: "10.0.0.10", hostKey: "ssh-ed25519 AAAA" };
const vm = {
  vmId: 101,
  name: "web",
  purgeOnDestroy: false,
  deleteUnreferencedDisksOnDestroy: false,
  rebootAfterUpdate: false,
};
const prune = { store: "backup", keepDaily: 7, keepWeekly: 4, keepMonthly: 12, schedule: "02:00" };
const store = { name: "backup", verifyNew: true, gcSchedule: "03:00" };
const job = { vmids: [101, 102], enabled: true, schedule: "21:00" };

/** What complies with each rule, and what does not, with what is said of it. */
const CASES: Readonly<
  Record<string, { good: readonly Resource[]; bad: readonly (readonly [readonly Resource[], string])[] }>
> = {
  "backups-encrypted": {
    good: [
      { type: types.PBS_STORAGE, props: { encryptionKeyFingerprint: "0e" } },
      { type: types.PROXMOX_PBS_STORAGE, props: { encryptionKey: "a key" } },
    ],
    bad: [
      [[{ type: types.PBS_STORAGE }], "Backups into it must be encrypted on the node: set encryptionKeyFingerprint."],
      [[{ type: types.PROXMOX_PBS_STORAGE }], "Backups into it must be encrypted on the node: set encryptionKey."],
    ],
  },
  "no-generated-key": {
    good: [{ type: types.PROXMOX_PBS_STORAGE, props: { encryptionKey: "a key" } }],
    bad: [
      [
        [{ type: types.PROXMOX_PBS_STORAGE, props: { generateEncryptionKey: true } }],
        "The key of it must be known outside the node: leave generateEncryptionKey out and set encryptionKey.",
      ],
    ],
  },
  "retention-floor": {
    good: [{ type: types.PRUNE_JOB, props: prune }],
    bad: [
      [
        [{ type: types.PRUNE_JOB, props: { ...prune, keepDaily: 6, keepMonthly: undefined } }],
        "What it keeps must reach back 7 days, 4 weeks and 12 months: set backup.retention to keepDaily: 7, keepMonthly: 12 or more, or accept it in acceptances.json as shorten-retention.",
      ],
    ],
  },
  "no-deleting-role": {
    good: [{ type: types.ACL, props: { authId: "a@pbs", role: "DatastoreBackup" } }],
    bad: ["Admin", "DatastoreAdmin", "DatastorePowerUser", "a role of tomorrow"].map((role) => [
      [{ type: types.ACL, props: { authId: "a@pbs", role } }],
      `a@pbs must not be able to delete backups: give it DatastoreBackup instead of ${role}.`,
    ]),
  },
  "data-is-guarded": {
    good: [{ type: types.DATASTORE, protect: true }],
    bad: [types.ACL, types.DATASTORE, types.PBS_STORAGE, types.TOKEN, types.USER, types.VM, types.ZFS_STORAGE].map(
      (type) => [
        [{ type }],
        "Data rests on it, which must not go in passing: set protect: true and retainOnDelete: true.",
      ],
    ),
  },
  "tunnel-is-configured-there": {
    good: [{ type: types.TUNNEL, props: { configSrc: "cloudflare" } }],
    bad: [{}, { configSrc: "local" }].map((props) => [
      [{ type: types.TUNNEL, props }],
      'The tunnel it must have its configuration at Cloudflare: set configSrc to "cloudflare" before it is made.',
    ]),
  },
  "tunnel-names-are-guarded": {
    good: [
      { type: types.TUNNEL },
      { type: types.ACCESS_APPLICATION, props: { destinations: [{ type: "public", uri: "vault.example.org" }] } },
      {
        type: types.DNS_RECORD,
        props: { name: "vault.example.org", comment: "after a login", content: UNKNOWN },
        from: { content: 0 },
      },
      { type: types.DNS_RECORD, props: { name: "files.example.org", comment: "for everybody" }, from: { content: 0 } },
      { type: types.DNS_RECORD, props: { name: "mail.example.org", content: "mail.example.net" } },
    ],
    bad: [
      [
        [{ type: types.DNS_RECORD, props: { name: "vault.example.org", content: "0e.cfargotunnel.com" } }],
        "vault.example.org must not lead into the site without a login: put it behind an Access application.",
      ],
      [
        [
          { type: types.TUNNEL },
          { type: types.DNS_RECORD, props: { name: "wiki.example.org", content: UNKNOWN }, from: { content: 0 } },
        ],
        "wiki.example.org must not lead into the site without a login: put it behind an Access application.",
      ],
    ],
  },
  "failover-places-are-looked-at": {
    good: [
      { type: types.LOAD_BALANCER_POOL, props: { monitor: "0123" } },
      { type: types.LOAD_BALANCER_POOL, props: { monitor: UNKNOWN }, from: { monitor: 0 } },
    ],
    bad: [[[{ type: types.LOAD_BALANCER_POOL, props: {} }], "it must be looked at: give the pool a monitor."]],
  },
  "no-connector-on-nodes": {
    good: [{ type: types.COMMAND, props: { connection, create: "zpool list" } }],
    bad: [
      [
        [{ type: types.COMMAND, props: { connection, create: "apt-get install -y cloudflared" } }],
        "it must not bring a tunnel's connector onto a node: let it run in a guest of the zone dmz.",
      ],
    ],
  },
  "failover-bound-is-strict": {
    good: [
      { type: types.HA_RULE, props: { strict: true } },
      { type: types.PROXMOX_HA_RULE, props: { type: "resource-affinity" } },
    ],
    bad: [
      [[{ type: types.HA_RULE, props: {} }], "The guests of rule it must start nowhere else: set strict: true."],
      [
        [{ type: types.PROXMOX_HA_RULE, props: { type: "node-affinity", strict: false } }],
        "The guests of rule it must start nowhere else: set strict: true.",
      ],
    ],
  },
  "failover-node-differs": {
    good: [
      { type: types.HA_RULE, props: { nodes: ["a:2", "b:1"] } },
      { type: types.REPLICATION, props: { home: "a", target: "b" } },
    ],
    bad: [
      [
        [{ type: types.HA_RULE, props: { nodes: ["a:2", "a:1"] } }],
        "Rule it must name a second node: add one to nodes.",
      ],
      [
        [{ type: types.REPLICATION, props: { home: "a", target: "a" } }],
        "The replica it must lie on another node: set target to one that is not a.",
      ],
    ],
  },
  "failover-guest-moves": {
    good: [
      { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
      { type: types.VM, props: vm, ignoreChanges: ["nodeName"] },
    ],
    bad: [
      [
        [
          { type: types.HA_RESOURCE, props: { guest: "vm:101" } },
          { type: types.VM, props: vm },
        ],
        'it must not be replaced after a failover: set ignoreChanges: ["nodeName"].',
      ],
    ],
  },
  "guest-keeps-disks": {
    good: [{ type: types.VM, props: vm }],
    bad: [
      [
        [{ type: types.VM, props: { ...vm, purgeOnDestroy: true, rebootAfterUpdate: undefined } }],
        "it must keep its disks and jobs, and run on: set purgeOnDestroy: false, rebootAfterUpdate: false.",
      ],
    ],
  },
  "image-replaces-no-guest": {
    good: [
      { type: types.VM, props: { disks: [{ importFrom: "an image" }] } },
      { type: types.VM, props: { disks: [{ fileId: "an image" }] }, ignoreChanges: ["disks[*].fileId"] },
    ],
    bad: [
      [
        [{ type: types.VM, props: { disks: [{ fileId: "an image" }] } }],
        'it must stay when its image changes: take importFrom instead of fileId, with ignoreChanges: ["disks"].',
      ],
    ],
  },
  "no-data-in-container-mounts": {
    good: [
      { type: types.CONTAINER },
      { type: types.CONTAINER, props: { mountPoints: [{}] }, ignoreChanges: ["mountPoints"] },
    ],
    bad: [
      [
        [{ type: types.CONTAINER, props: { mountPoints: [{}] } }],
        'it must not be made anew with its volumes: set ignoreChanges: ["mountPoints"], or take a virtual machine.',
      ],
    ],
  },
  "pool-keeps-disks": {
    good: [{ type: types.PROXMOX_ZFS, props: { cleanupDisks: false } }],
    bad: [
      [
        [{ type: types.PROXMOX_ZFS, props: { cleanupDisks: true, cleanupConfig: true } }],
        "The disks of it must not be wiped: set cleanupDisks: false, cleanupConfig: false.",
      ],
    ],
  },
  "named-by-the-owner": {
    good: [{ type: types.VM, name: "web", props: { name: "web-abcdef" } }],
    bad: [
      [
        [{ type: types.PROXMOX_ZFS, name: "tanka", props: { name: "tanka-1a2b3c4" } }],
        "tanka must have a name of its own and not an invented one: set name.",
      ],
    ],
  },
  "shell-knows-host": {
    good: [{ type: types.COMMAND, props: { connection } }],
    bad: [
      [
        [{ type: types.COMMAND, props: { connection: { host: "10.0.0.10" } } }],
        "it must know whom it talks to: set hostKey in the node's ssh settings.",
      ],
    ],
  },
  "nothing-undone-by-trigger": {
    good: [
      { type: types.COMMAND, props: { triggers: ["x"] } },
      { type: types.COMMAND, props: { delete: "x" } },
    ],
    bad: [
      [
        [{ type: types.COMMAND, props: { triggers: ["x"], delete: "rm" } }],
        "it must not undo what its trigger just did: leave triggers or delete out.",
      ],
    ],
  },
  "new-backups-verified": {
    good: [{ type: types.DATASTORE, props: store }],
    bad: [
      [[{ type: types.DATASTORE, props: { verifyNew: false } }], "it must verify new backups: set verifyNew: true."],
    ],
  },
  "old-backups-verified": {
    good: [
      { type: types.DATASTORE, name: "backup", props: store },
      { type: types.VERIFY_JOB, props: { store: "backup" } },
      { type: types.DATASTORE, props: { name: "another" } },
      { type: types.VERIFY_JOB, props: { store: UNKNOWN }, from: { store: 2 } },
    ],
    bad: [
      [
        [
          { type: types.DATASTORE, name: "backup", props: store },
          { type: types.VERIFY_JOB, props: { store: "other" } },
        ],
        "Backups in backup must be reread against rot: declare a verify job with store: backup.",
      ],
      [
        [
          { type: types.DATASTORE, name: "backup", props: { name: "backup" } },
          { type: types.DATASTORE, name: "second", props: { name: "second" } },
          { type: types.VERIFY_JOB, props: { store: UNKNOWN }, from: { store: 1 } },
        ],
        "Backups in backup must be reread against rot: declare a verify job with store: backup.",
      ],
    ],
  },
  "datastore-is-pruned": {
    good: [
      { type: types.DATASTORE, props: store },
      { type: types.PRUNE_JOB, props: prune },
    ],
    bad: [
      [
        [{ type: types.DATASTORE, name: "backup", props: store }],
        "What stays in backup must be said where it lies: declare a prune job with store: backup.",
      ],
    ],
  },
  "every-guest-backed-up": {
    good: [
      { type: types.BACKUP_JOB, props: job },
      { type: types.HA_RESOURCE, props: { guest: "vm:102" } },
    ],
    bad: [
      [
        [
          { type: types.BACKUP_JOB, props: job },
          { type: types.HA_RESOURCE, props: { guest: "vm:103" } },
        ],
        "Guest 103 must be in a backup job: add it to one, or to backup.exclude with the reason.",
      ],
    ],
  },
  "guest-numbers-unique": {
    good: [
      { type: types.VM, props: vm },
      { type: types.CONTAINER, props: { vmId: 102 } },
      { type: types.CONTAINER, props: {} },
      { type: types.CONTAINER, props: {} },
    ],
    bad: [
      [
        [
          { type: types.VM, props: vm },
          { type: types.CONTAINER, name: "other", props: { vmId: 101 } },
        ],
        "other must have a VMID of its own: set another vmId than 101.",
      ],
    ],
  },
  "every-node-enrolled": {
    good: [{ type: types.PBS_STORAGE, props: { nodes: [] } }],
    bad: [
      [
        [{ type: types.PROXMOX_PBS_STORAGE, props: { nodes: ["a"], disable: true } }],
        "it must serve every node: leave nodes and disable out.",
      ],
    ],
  },
  "bucket-keeps-versions": {
    good: [
      { type: types.BUCKET, props: { forceDestroy: false } },
      { type: types.BUCKET_VERSIONING, props: { versioningConfiguration: { status: "Enabled" } } },
      {
        type: types.BUCKET_LIFECYCLE,
        props: {
          rules: [
            { noncurrentVersionExpiration: { noncurrentDays: 30 } },
            { expiration: { expiredObjectDeleteMarker: true } },
          ],
        },
      },
    ],
    bad: [
      [
        [{ type: types.BUCKET, props: { objectLockEnabled: true } }],
        "it must have no Object Lock, which forbids every cleaning: leave objectLockEnabled out.",
      ],
      [
        [{ type: types.BUCKET, props: { forceDestroy: true } }],
        "it must not be emptied when it goes: set forceDestroy: false.",
      ],
      [
        [{ type: types.BUCKET_VERSIONING, props: { versioningConfiguration: { status: "Suspended" } } }],
        'it must keep old versions, by which what was overwritten comes back: set status: "Enabled".',
      ],
      [
        [{ type: types.BUCKET_LIFECYCLE, props: { rules: [{ transitions: [{ storageClass: "DEEP_ARCHIVE" }] }] } }],
        "it must not move objects where nothing reads them at once: take the transition out.",
      ],
      [
        [{ type: types.BUCKET_LIFECYCLE, props: { rules: [{ expiration: { days: 90 } }] } }],
        "it must let no backup expire by its age: leave expiration.days and expiration.date out.",
      ],
    ],
  },
  "vanished-stays": {
    good: [{ type: types.SYNC_JOB, props: { removeVanished: false, direction: "pull" } }],
    bad: [
      [
        [{ type: types.SYNC_JOB, props: { removeVanished: true } }],
        "it must keep what its source has lost: set removeVanished: false.",
      ],
      [
        [{ type: types.SYNC_JOB, props: { direction: "push" } }],
        'it must be fetched by the copy\'s own server, so that the source needs no login there: set direction: "pull".',
      ],
    ],
  },
  "failures-are-told": {
    good: [{ type: types.BACKUP_JOB, props: job }, ...types.NOTIFICATION_TARGETS.map((type) => ({ type }))],
    bad: [
      [
        [{ type: types.BACKUP_JOB, props: job }, { type: types.NOTIFICATION_TARGETS[0] }],
        "Somebody must be told what fails: set the secret alertAddress, from which a resilience:pbs:NotificationTarget is made.",
      ],
    ],
  },
  "chores-apart": {
    good: [
      { type: types.BACKUP_JOB, props: job },
      { type: types.PRUNE_JOB, props: prune },
      { type: types.DATASTORE, props: store },
    ],
    bad: [
      [
        [
          { type: types.PRUNE_JOB, props: prune },
          { type: types.DATASTORE, name: "x", props: { gcSchedule: "02:00" } },
        ],
        "garbage collection of x must not begin with resilience:pbs:PruneJob it: set another hour than 02:00.",
      ],
    ],
  },
};

describe("the rules that hold of any stack", () => {
  it("each stand in a file of their own, in the pack, and with a case of both kinds here", () => {
    const files = readdirSync(join(__dirname, "../../policies"))
      .filter(
        (name) => name.endsWith(".ts") && !["rule.ts", "rules.ts", "store.ts", "types.ts", "index.ts"].includes(name),
      )
      .map((name) => name.slice(0, -".ts".length));
    assert.deepEqual(RULES.map(({ name }) => name).sort(), files.sort());
    assert.deepEqual(Object.keys(CASES).sort(), files.sort());
  });

  it("speak of types that the provider serves under that name", () => {
    const ours = Object.values(types)
      .flat()
      .filter((type) => type.startsWith("resilience:"));
    const served: readonly string[] = OBJECTS.map(({ token }) => token);
    assert.deepEqual(
      ours.filter((type) => !served.includes(type)),
      [],
    );
  });

  for (const [name, { good, bad }] of Object.entries(CASES)) {
    it(`pass what complies with ${name}, and say of the rest what must be true and what to set`, () => {
      assert.deepEqual(said(name, good), []);
      for (const [resources, message] of bad) assert.deepEqual(said(name, resources), [message]);
    });
  }

  it("ask for the guests that the site's files have, also when no job does", () => {
    assert.deepEqual(said("every-guest-backed-up", [{ type: types.BACKUP_JOB, props: job }], { guests: [101, 140] }), [
      "Guest 140 must be in a backup job: add it to one, or to backup.exclude with the reason.",
    ]);
    const off = { ...job, enabled: false };
    assert.equal(said("every-guest-backed-up", [{ type: types.BACKUP_JOB, props: off }], { guests: [101] }).length, 1);
  });

  it("judge a stack by what was declared, also where nothing came of it yet", () => {
    const everyGuest = RULES.find(({ name }) => name === "every-guest-backed-up");
    const other = RULES.find(({ name }) => name === "retention-floor");
    assert.ok(
      everyGuest !== undefined && "validateStack" in everyGuest && other !== undefined && "validateResource" in other,
    );
    const urn = "urn:of-a-job-on-a-server-that-is-not-there-yet";
    const declared = { type: types.BACKUP_JOB, name: "nightly", urn, props: job, opts: {}, propertyDependencies: {} };
    const validate = other.validateResource as (args: unknown, report: ReportViolation) => void;
    validate(declared, () => assert.fail("a job is no prune job"));
    const messages: string[] = [];
    const made = { ...declared, props: {} };
    void everyGuest.validateStack({ resources: [made], getConfig: () => ({ guests: [101] }) } as never, (message) =>
      messages.push(message),
    );
    assert.deepEqual(messages, []);
  });

  it("say that they cannot judge when they meet what no plan knows, instead of letting it pass", () => {
    const unknown = { keepDaily: UNKNOWN };
    const [message = ""] = said("retention-floor", [{ type: types.PRUNE_JOB, props: { ...prune, ...unknown } }]);
    assert.match(message, /^This cannot be judged before it is there, and must be: declare as a plain value/);
    const mandatory = RULES.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").map(({ name }) => name);
    assert.ok(mandatory.includes("retention-floor"));
    assert.deepEqual(
      RULES.filter(({ enforcementLevel }) => enforcementLevel !== "mandatory").map(({ name }) => name),
      ["chores-apart", "failures-are-told"],
    );
  });

  it("take no word from the code that they check", () => {
    for (const file of readdirSync(join(__dirname, "../../policies")).filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(join(__dirname, "../../policies", file), "utf8");
      assert.doesNotMatch(text, /from "\.\.\/(?!estate|planning)/, file);
    }
  });
});
