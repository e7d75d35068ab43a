/** One thing that the program does on PVE, and the privileges without which it could not. */
export interface PveNeed {
  /** What is done, as it stands in messages and in the documentation. */
  readonly what: string;
  /** Which login does it: the one that only looks, or the one that applies. The second can do what the first can. */
  readonly login: "observe" | "apply";
  /** Privileges on `/` that it takes. PVE's names: pve-access-control, src/PVE/AccessControl.pm. */
  readonly privileges: readonly string[];
}

/**
 * Every privilege of the program's two PVE logins, each once, with its reason. What is not in this list, neither login has;
 * a test removes each in turn and wants to see something refused.
 */
export const PVE_NEEDS: readonly PveNeed[] = [
  { what: "see nodes, disks, pools and backup jobs", login: "observe", privileges: ["Sys.Audit"] },
  { what: "see storage entries, and what lies on them", login: "observe", privileges: ["Datastore.Audit"] },
  { what: "see guests and their disks", login: "observe", privileges: ["VM.Audit"] },
  { what: "see where messages go", login: "observe", privileges: ["Mapping.Audit"] },
  { what: "make and change storage entries", login: "apply", privileges: ["Datastore.Allocate"] },
  { what: "make and change backup jobs, and options of the whole cluster", login: "apply", privileges: ["Sys.Modify"] },
  { what: "replicate guests to another node", login: "apply", privileges: ["VM.Replicate"] },
  { what: "say which guests HA keeps running, and where", login: "apply", privileges: ["Sys.Console"] },
  { what: "say where messages go", login: "apply", privileges: ["Mapping.Modify"] },
];

/**
 * What making the backup server takes besides, and only where the program makes it: on its two machines, their storages, `local` and
 * their bridge. A test removes each in turn and wants to see something refused.
 */
export const SERVER_PRIVILEGES = [
  "Datastore.AllocateSpace",
  "Datastore.AllocateTemplate",
  "SDN.Use",
  "VM.Allocate",
  ...["CDROM", "CPU", "Cloudinit", "Disk", "HWType", "Memory", "Network", "Options"].map((one) => `VM.Config.${one}`),
  "VM.GuestAgent.Unrestricted",
  "VM.PowerMgmt",
] as const;

/** What a place in the start of a node takes, which stands in each guest's own configuration; only where the owner asks for it. */
export const STARTUP_PRIVILEGES = ["VM.Config.Options"] as const;

/**
 * What reading guests back and starting them takes, on `/` and only as long as a rebuild lasts: with it a login can make guests, and
 * take away what a restore of its own left behind. A restored network card takes its bridge, as a new one does.
 * Sources: qemu-server, src/PVE/API2/Qemu.pm `check_restore_permissions`; pve-container, src/PVE/LXC/Create.pm.
 */
export const REBUILD_PRIVILEGES = [
  "Datastore.AllocateSpace",
  "SDN.Use",
  "VM.Allocate",
  "VM.Config.Options",
  "VM.GuestAgent.Audit",
  "VM.PowerMgmt",
] as const;

/**
 * What a drill takes on each number that its guests may get, `/vms/9900` and so on, and on no other: to make a guest there, to put its
 * cards on another bridge, to start it, to ask it, and to take it away. A role of a path replaces those from above it.
 */
export const DRILL_GUEST_PRIVILEGES = [
  ...[
    "VM.Allocate",
    "VM.Audit",
    "VM.Config.Network",
    "VM.Config.Options",
    "VM.GuestAgent.Unrestricted",
    "VM.PowerMgmt",
  ],
] as const;

/** What it takes on each storage on which disks of its guests will be. */
export const DRILL_STORAGE_PRIVILEGES = ["Datastore.AllocateSpace"] as const;

/** What it takes on the bridge on which its guests are. */
export const DRILL_BRIDGE_PRIVILEGES = ["SDN.Use"] as const;

/** What guests take besides that come back under other numbers, names and networks, and in other sizes. */
export const MOVE_PRIVILEGES = ["VM.Config.CPU", "VM.Config.Memory", "VM.Config.Network"] as const;

/**
 * All that a login takes on somebody else's node whose guests are of a lost site: to see what is free, to bring them back there, to
 * back them up, and to take them away again. Its owner gives it, and takes it back.
 */
export const DR_HOST_PRIVILEGES = [
  ...["Sys.Audit", "Datastore.Audit", "VM.Audit", "Sys.Modify", "Datastore.Allocate", "VM.Backup", "VM.Config.HWType"],
  ...REBUILD_PRIVILEGES,
  ...MOVE_PRIVILEGES,
].toSorted();

/** What a connector of a tunnel takes on the machines in which it runs; only where the owner names some. */
export const TUNNEL_PRIVILEGES = ["VM.GuestAgent.Unrestricted"] as const;

/** Roles that hold those privileges; names of one's own may not begin with `PVE`. */
export const PVE_ROLES = {
  observe: "TAPPaaSResilienceObserve",
  apply: "TAPPaaSResilience",
  server: "TAPPaaSResilienceServer",
  startup: "TAPPaaSResilienceStartup",
  rebuild: "TAPPaaSResilienceRebuild",
  drill: "TAPPaaSResilienceDrill",
  drHost: "TAPPaaSResilienceDrHost",
  tunnel: "TAPPaaSResilienceTunnel",
} as const;

/** Privileges of one login, sorted. */
export function pvePrivileges(login: PveNeed["login"]): string[] {
  const mine = PVE_NEEDS.filter((need) => login === "apply" || need.login === "observe");
  return [...new Set(mine.flatMap(({ privileges }) => privileges))].sort();
}
