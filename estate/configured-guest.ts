import { type Inventory } from "./inventory";
import { type Problem } from "./problem";
import { type Settings } from "./settings";

/** A guest whose configuration is kept file by file, beside the backup of its disks. */
export interface ConfiguredGuest {
  /** Its VMID. */
  readonly vmid: number;
  /** Name of its backup group, `host/<name>`. */
  readonly name: string;
  /** Directories that are kept. */
  readonly directories: readonly string[];
}

/** TAPPaaS' control VM: from it the site is installed, and it holds what every module was told. Source: TAPPaaS, src/foundation. */
const CONTROL = "tappaas-cicd";
const CONTROL_DIRECTORIES = ["/home/tappaas/config", "/etc/secrets"];

/** Name of the group of a backup server that the program makes: it stays when the machine is replaced. */
const SERVER = "backup-server";
const SERVER_DIRECTORIES = ["/etc/proxmox-backup"];

/**
 * Guests that hold configuration of the site: what the settings name, TAPPaaS' control VM, and a backup server that the program
 * makes. One that runs on a node has its configuration in the node's own `/etc`.
 */
export function configuredGuestsOf({ backup, backupServer }: Settings, { guests }: Inventory): ConfiguredGuest[] {
  const found = guests.filter(({ name, kind }) => name === CONTROL && kind === "vm");
  const usual: ConfiguredGuest[] = [
    ...found.map(({ vmid, name }) => ({ vmid, name, directories: CONTROL_DIRECTORIES })),
    ...(backupServer.machine === undefined
      ? []
      : [{ vmid: backupServer.machine.vmid, name: SERVER, directories: SERVER_DIRECTORIES }]),
  ];
  const named = Object.entries(backup.configurations).map(([text, directories]) => {
    const vmid = Number(text);
    const name = [...usual, ...guests].find((guest) => guest.vmid === vmid)?.name ?? text;
    return { vmid, name, directories };
  });
  const others = usual.filter(({ vmid }) => !named.some((guest) => guest.vmid === vmid));
  return [...others, ...named].filter(({ directories }) => directories.length > 0).toSorted((a, b) => a.vmid - b.vmid);
}

/** Guests of the settings that are not there, or whose agent cannot be asked for files. */
export function configuredGuestProblems({ backup, backupServer }: Settings, { guests }: Inventory): Problem[] {
  return Object.keys(backup.configurations).flatMap((vmid) => {
    if (Number(vmid) === backupServer.machine?.vmid) return [];
    const guest = guests.find((candidate) => candidate.vmid === Number(vmid));
    if (guest?.kind === "vm") return [];
    const expected = "the VMID of a virtual machine in the inventory";
    const cure = "remove it or correct it: files of a container are read back from its own backup, one by one";
    return [
      { path: `backup.configurations.${vmid}`, expected, ...(guest !== undefined && { got: "a container" }), cure },
    ];
  });
}
