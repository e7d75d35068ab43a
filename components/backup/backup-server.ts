import { remote } from "@pulumi/command";
import * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";

import { serverMemoryFor } from "../../estate/units/server-memory";
import { toBytes, type Size } from "../../estate/units/size";
import { dataMachineName, serverMachineName } from "../../estate/units/server-machine-name";
import { MOUNT_POINT } from "../../estate/units/mount-point";
import { httpsAddress } from "../../estate/units/web-address";
import { ServerBootstrap } from "../../provider/sdk/server-bootstrap";
import { DATA_GUARD } from "../internal/data-guard";
import { rejectProblems } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { backupServerProblems, type BackupServerArgs } from "./backup-server-args";
import { BACKUP_SERVER_SEED_SCRIPT } from "./backup-server-seed-script";

/**
 * A Proxmox Backup Server in a virtual machine, from Debian's cloud image to its first login.
 *
 * Two machines on purpose: the data disk belongs to one that is never started, so that the server can be made anew without
 * touching what it kept. Neither is ever deleted, purged or replaced from here.
 *
 * @see https://pbs.proxmox.com/docs/installation.html
 */
export class BackupServer extends pulumi.ComponentResource {
  /** Address of its API, `https://10.0.0.12:8007`. */
  public readonly endpoint: string;
  /** SHA-256 of its certificate, read inside the machine. */
  public readonly fingerprint: pulumi.Output<string>;
  /** SSH host key, read inside the machine. */
  public readonly hostKey: pulumi.Output<string>;
  /** Token that manages it, as `user@realm!name:secret`. A secret. */
  public readonly token: pulumi.Output<string>;
  /** Directory of the datastore. */
  public readonly path: string;
  /** Whether backups lay on the data disk when the server was made: then the datastore is taken up and not made anew. */
  public readonly holdsBackups: pulumi.Output<boolean>;

  constructor(name: string, args: BackupServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:BackupServer", name, {}, opts);
    rejectProblems(this, `BackupServer "${name}"`, backupServerProblems(args));

    const { vmid, datastore, timeZone, userId = "pulumi@pbs", tokenName = "server" } = args;
    // The number is part of the name: another server stands beside this one until this one is released.
    const own = `${name}-${vmid}`;
    const seed = seedOf(this, own, args);
    const image = imageOf(this, own, args);
    const data = dataMachineOf(this, `${name}-data`, args, seed);
    const server = new proxmoxve.VmLegacy(own, serverOf(args, image, data), { ...guarded(this), dependsOn: [seed] });
    const told = { machine: serverMachineName(vmid), disk: DATA_DISK, datastore, timeZone, userId, tokenName };
    const bootstrap = new ServerBootstrap(own, { vmid: server.vmId, ...told }, { parent: this, ...DATA_GUARD });
    this.endpoint = httpsAddress(hostOf(args), 8007);
    this.fingerprint = bootstrap.fingerprint;
    this.hostKey = bootstrap.hostKey;
    this.token = pulumi.secret(pulumi.interpolate`${bootstrap.tokenId}:${bootstrap.secret}`);
    this.path = `${MOUNT_POINT}/${datastore}`;
    this.holdsBackups = bootstrap.holdsBackups;

    const { endpoint, fingerprint, hostKey } = this;
    this.registerOutputs({ endpoint, fingerprint, hostKey });
  }
}

/** The second SCSI disk as Linux names it, whatever order it finds them in. */
const DATA_DISK = "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi1";

/**
 * What PVE or a person changes on a living machine, and what counts only when it is made: no setting moves, grows or takes away a
 * disk. Without it an update would restart
 * the server, write its configuration each time, or replace it for a new image.
 */
const LEFT_ALONE = ["nodeName", "initialization", "disks", "agent", "watchdog", "cdrom"];

function guarded(parent: pulumi.Resource) {
  return { parent, ignoreChanges: LEFT_ALONE, ...DATA_GUARD };
}

/**
 * The file that cloud-init reads at the first start; a rotated SSH key does not write it again. Nothing is made before it: the node
 * says first whether both numbers are free or ours, for the provider takes an "already exists" at its second try for its own work.
 */
function seedOf(parent: pulumi.Resource, name: string, args: BackupServerArgs): pulumi.Resource {
  const { vmid, dataVmid, timeZone } = args;
  const machines = [`machine=${vmid}:${serverMachineName(vmid)}`, `machine=${dataVmid}:${dataMachineName(dataVmid)}`];
  const seed = [`file=${seedFile(args)}`, `host=${serverMachineName(vmid)}`, `time_zone=${timeZone}`];
  const lines = [...seed, ...machines, ""];
  const inputs = { create: BACKUP_SERVER_SEED_SCRIPT, stdin: lines.join("\n"), ...QUIET };
  const options = { parent, ignoreChanges: ["connection"], retainOnDelete: true };
  return new remote.Command(name, { connection: connectionOf(args.shell), ...inputs }, options);
}

function imageOf(parent: pulumi.Resource, name: string, { node, image, imageStorage = "local" }: BackupServerArgs) {
  const inputs = {
    nodeName: node,
    datastoreId: imageStorage,
    contentType: "import",
    url: image.url,
    fileName: `tappaas-${image.sha512.slice(0, 16)}.qcow2`,
    checksum: image.sha512,
    checksumAlgorithm: "sha512",
    overwrite: false,
    // A file of that name is this image, or what a run that was killed left of it.
    overwriteUnmanaged: true,
  };
  // A machine that was made from an image does not need it any more: a newer one is downloaded only for a new server.
  const ignoreChanges = ["url", "fileName", "checksum", "size", "nodeName"];
  return new proxmoxve.download.File(name, inputs, { parent, ignoreChanges, retainOnDelete: true });
}

/** The machine that owns the data disk. It never runs. */
function dataMachineOf(
  parent: pulumi.Resource,
  name: string,
  args: BackupServerArgs,
  seed: pulumi.Resource,
): proxmoxve.VmLegacy {
  const { node, dataVmid, dataStorage, dataSize } = args;
  const disk = {
    interface: "scsi0",
    datastoreId: dataStorage,
    size: gibibytes(dataSize),
    fileFormat: "raw",
    backup: false,
  };
  const machine = {
    nodeName: node,
    vmId: dataVmid,
    name: dataMachineName(dataVmid),
    description: "Owns the disk of the backups. Never start it, never remove it.",
    started: false,
    onBoot: false,
    memory: { dedicated: 64 },
    disks: [disk],
    ...KEPT,
  };
  return new proxmoxve.VmLegacy(name, machine, { ...guarded(parent), dependsOn: [seed] });
}

/** Neither deleted with its disks, nor taken out of jobs, nor stopped by a removal that fails. */
const KEPT = {
  protection: true,
  purgeOnDestroy: false,
  deleteUnreferencedDisksOnDestroy: false,
  stopOnDestroy: false,
  scsiHardware: "virtio-scsi-single",
  rebootAfterUpdate: false,
};

function serverOf(args: BackupServerArgs, image: proxmoxve.download.File, data: proxmoxve.VmLegacy) {
  const { node, vmid, cores = 2, memory = serverMemoryFor(args.dataSize), systemStorage } = args;
  const { bridge = "vmbr0", vlan, address, gateway, nameServers, dataStorage, dataSize } = args;
  const system = { interface: "scsi0", datastoreId: systemStorage, importFrom: image.id, size: 32, fileFormat: "raw" };
  const kept = {
    interface: "scsi1",
    datastoreId: dataStorage,
    pathInDatastore: data.disks.apply((disks) => disks?.[0]?.pathInDatastore ?? ""),
    size: gibibytes(dataSize),
    fileFormat: "raw",
    // A backup of the backups would lie among them.
    backup: false,
  };
  const initialization = {
    datastoreId: systemStorage,
    userDataFileId: `local:snippets/${seedFile(args)}`,
    ipConfigs: [{ ipv4: { address, gateway } }],
    ...(nameServers !== undefined && { dns: { servers: [...nameServers] } }),
  };
  return {
    nodeName: node,
    vmId: vmid,
    name: serverMachineName(vmid),
    description: "Proxmox Backup Server",
    // A whole server comes up before the guests whose backups it takes.
    startup: { order: 1, upDelay: 60 },
    started: true,
    onBoot: true,
    agent: { enabled: true, timeout: "15m" },
    operatingSystem: { type: "l26" },
    cpu: { cores, type: "x86-64-v2-AES" },
    memory: { dedicated: toBytes(memory) / 1024 ** 2 },
    disks: [system, kept],
    networkDevices: [{ bridge, ...(vlan !== undefined && { vlanId: vlan }) }],
    initialization,
    ...KEPT,
  };
}

function seedFile({ vmid }: BackupServerArgs): string {
  return `tappaas-backup-server-${vmid}.yaml`;
}

function hostOf({ address }: BackupServerArgs): string {
  return address.slice(0, address.indexOf("/"));
}

function gibibytes(size: Size): number {
  return toBytes(size) / 1024 ** 3;
}
