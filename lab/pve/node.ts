import { PveCluster } from "./cluster";
import { DiskContents, seededBytes } from "./guests/disk-contents";
import { type Guest, type GuestDisk, type GuestState, disksOf } from "./guests/guest";
import { GuestSystems } from "./guests/guest-systems";
import { ServiceShell } from "./guests/service-shell";
import { impossible } from "./refusal";
import { type LoginBook } from "./session";
import { PVE_TASKS } from "./task-dialect";
import { type Boot } from "../core/guest-system";
import { type Machine } from "../core/machine";
import { type Site } from "../core/site";
import { type GuestDescription, type NodeDescription } from "../core/site-description";
import { type DeepReadonly, type Document } from "../core/state";
import { type TaskList, Tasks } from "../core/tasks";
import { type ZfsState, zfsOf } from "../core/zfs";
import { type Connect } from "../pbs/client-interface";

/** One PVE node: its guests, tasks, disks, and the cluster it belongs to. */
export class PveNode {
  /** Connects to backup servers, as far as the node comes there. */
  readonly connect: Connect;
  readonly cluster: PveCluster;
  readonly tasks: Tasks;
  readonly zfs: Document<ZfsState>;
  readonly guests: Document<GuestState>;
  readonly contents: DiskContents;
  readonly systems: GuestSystems;
  readonly services = new ServiceShell(this);

  constructor(
    readonly machine: Machine,
    readonly description: NodeDescription,
    connect: Connect,
    /** SHA-256 of its certificate, upper hex with colons as PVE shows it. */
    readonly certificateFingerprint: string,
    boot: Boot = () => Promise.resolve(undefined),
  ) {
    this.connect = (target) =>
      machine.reaches(target.server) ? connect(target) : connect({ ...target, dial: unreachable });
    const { state } = machine.site;
    const directory = `machines/${this.name}`;
    this.cluster = PveCluster.of(machine.site, description);
    this.cluster.nodes.set(this.name, this);
    this.tasks = new Tasks(
      machine,
      state.document<TaskList>(`${directory}/tasks`, () => ({ last: 0, tasks: [] })),
      PVE_TASKS,
    );
    this.zfs = zfsOf(machine.site, this.name);
    this.contents = new DiskContents(this);
    this.systems = new GuestSystems(this, boot);
    this.guests = state.document<GuestState>(`${directory}/guests`, () => this.dayOneGuests());
  }

  /** What the node is called in paths and UPIDs. */
  get name(): string {
    return this.description.name;
  }

  /** The whole site. */
  get site(): Site {
    return this.machine.site;
  }

  /** What logins are checked against. */
  loginBook(): LoginBook {
    const { access, ticketKey } = this.cluster;
    return { access: access.value, ticketKey, now: this.site.clock.seconds() };
  }

  /** All guests, by id. */
  allGuests(): DeepReadonly<Guest>[] {
    return Object.values(this.guests.value.guests).sort((a, b) => a.vmid - b.vmid);
  }

  /**
   * A guest of this node.
   * @throws {Refusal} In PVE's words, which name the config file.
   */
  guest(vmid: number, type: "qemu" | "lxc"): DeepReadonly<Guest> {
    const found = this.guests.value.guests[String(vmid)];
    if (found?.type === type) return found;
    const directory = type === "qemu" ? "qemu-server" : "lxc";
    throw impossible(`Configuration file 'nodes/${this.name}/${directory}/${vmid}.conf' does not exist`);
  }

  /** Directory with the node's own files; `/` of its shell. */
  get filesRoot(): string {
    return this.site.state.path("machines", this.name, "root");
  }

  /** Name of the dataset that holds a disk. */
  datasetOf({ storage, volume }: Pick<GuestDisk, "storage" | "volume">): string {
    const entry = this.cluster.storages.value.storages[storage];
    return `${entry?.["pool"] ?? storage}/${volume}`;
  }

  /** Contents of a guest's disks by key. */
  contentsOf(guest: DeepReadonly<Guest>): { disk: GuestDisk; bytes: Buffer }[] {
    return disksOf(guest).map((disk) => {
      const bytes = this.contents.read(this.datasetOf(disk));
      if (bytes === undefined) throw new Error(`volume '${disk.storage}:${disk.volume}' does not exist`);
      return { disk, bytes };
    });
  }

  private dayOneGuests(): GuestState {
    return {
      guests: Object.fromEntries(this.description.guests.map((guest) => [guest.vmid, this.dayOneGuest(guest)])),
    };
  }

  private dayOneGuest({ vmid, type, running, storage, config, disks }: GuestDescription): Guest {
    const lines: Record<string, string> = { ...config };
    for (const [index, { key, size, contents }] of disks.entries()) {
      const volume = type === "qemu" ? `vm-${vmid}-disk-${index}` : `subvol-${vmid}-disk-${index}`;
      const bytes = Buffer.concat([...contents.map(seededBytes), Buffer.alloc(size)]).subarray(0, size);
      this.contents.write(this.datasetOf({ storage, volume }), bytes);
      lines[key] = [`${storage}:${volume}`, `size=${size / 1024 / 1024}M`].join(",");
    }
    return { vmid, type, running, config: lines, ...(running && { startedAt: this.site.clock.seconds() }) };
  }
}

function unreachable(): Promise<never> {
  return Promise.reject(new Error("error trying to connect: tcp connect error: Network is unreachable (os error 101)"));
}
