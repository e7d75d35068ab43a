/** A difference on an object, as far as it tells who made it. */
export interface Difference {
  /** Type token. */
  readonly type: string;
  /** Whether the object is there and differs, or is gone. */
  readonly what: "changed" | "gone";
  /** Names of the fields that differ. */
  readonly fields: readonly string[];
}

/** What one of TAPPaaS' own scripts does to an object that is there. */
interface Deed {
  readonly type: string;
  /** Fields that it writes; `gone` when it takes the object away. */
  readonly on: readonly string[] | "gone";
  /** The script, and what it does. */
  readonly script: string;
}

const REPLICATION_SCRIPT = "the cluster:ha service (cluster/services/ha)";

/**
 * Scripts that write an object which is there already; one that only makes what is missing causes no drift. A difference in other
 * fields was somebody else's. docs/how-to/with-tappaas.md says for each who wins. Source: TAPPaaS, src/foundation.
 */
const DEEDS: readonly Deed[] = [
  {
    type: "resilience:pve:BackupJob",
    on: ["vmids"],
    script: "the backup:vm service (backup/services/vm): it adds a guest with its module, and takes it out with it",
  },
  {
    type: "resilience:pve:BackupJob",
    on: "gone",
    script: "the backup:vm service (backup/services/vm): with the last guest of its list it deletes the job",
  },
  {
    type: "resilience:pbs:Datastore",
    on: ["gcSchedule"],
    script: "backup/install.sh: at every run it sets gc-schedule 03:00",
  },
  {
    type: "resilience:pbs:Datastore",
    on: ["verifyNew"],
    script: "backup/install.sh and backup/update.sh: at every run they set verify-new true",
  },
  {
    type: "resilience:pbs:FormerRight",
    on: ["end", "present"],
    script: "backup/install.sh: at every run it makes tappaas@pbs an Admin of the datastore",
  },
  {
    type: "proxmoxve:storage/zfspool:Zfspool",
    on: ["nodes"],
    script: "cluster/config-storage.sh: it adds each node on which it makes the pool",
  },
  {
    type: "resilience:pve:HaResource",
    on: "gone",
    script: "migrate-vm.sh: it takes HA away from a guest while it moves it; or the removal of a module by cluster:ha",
  },
  {
    type: "resilience:pve:HaRule",
    on: "gone",
    script: "migrate-vm.sh: it takes the rule away while it moves a guest; or the removal of a module by cluster:ha",
  },
  {
    type: "resilience:pve:HaRule",
    on: ["strict", "comment"],
    script: "migrate-vm.sh: it makes the rule anew without strict and comment",
  },
  {
    type: "resilience:pve:HaRule",
    on: ["nodes", "guests"],
    script: `${REPLICATION_SCRIPT}: it writes the nodes of the module's JSON into the rule`,
  },
  {
    type: "resilience:pve:Replication",
    on: ["schedule"],
    script: `${REPLICATION_SCRIPT}: it writes the schedule of the module's JSON`,
  },
  {
    type: "resilience:pve:Replication",
    on: "gone",
    script: `${REPLICATION_SCRIPT}: for another HANode it deletes the job and its replica, and makes another`,
  },
];

/** Types of the objects that TAPPaaS' scripts write. */
export const WRITTEN_BY_SCRIPTS: readonly string[] = [...new Set(DEEDS.map(({ type }) => type))];

/** TAPPaaS' own scripts that make such a difference, each with what it does; none where the difference was somebody else's. */
export function scriptsBehind({ type, what, fields }: Difference): string[] {
  // The engine names a place in a list by its number: `vmids[5]`.
  const names = fields.map((field) => field.replace(/[[.].*$/, ""));
  const found = DEEDS.filter((deed) => {
    if (deed.type !== type) return false;
    return deed.on === "gone" ? what === "gone" : what === "changed" && deed.on.some((field) => names.includes(field));
  });
  return found.map(({ script }) => script);
}
