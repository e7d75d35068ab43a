import { existsSync, readFileSync } from "node:fs";

import { type Boot, type GuestSystem, isBootable } from "../../core/guest-system";
import { type DeepReadonly } from "../../core/state";
import { type PveNode } from "../node";
import { fileOf } from "../storage/dir-volumes";
import { disksOf, type Guest } from "./guest";
import { beginningOf } from "./new-volume";

/** The operating systems that run in the machines of a node; most of the lab's guests are disks alone and have none. */
export class GuestSystems {
  private readonly running = new Map<number, GuestSystem>();

  constructor(
    private readonly node: PveNode,
    private readonly boot: Boot,
  ) {}

  /** The system of a machine that runs; undefined when it has none. */
  of(vmid: number): GuestSystem | undefined {
    return this.running.get(vmid);
  }

  /** Boots those that ran when the lab ended. */
  async startAll(): Promise<void> {
    for (const guest of this.node.allGuests()) if (guest.running) await this.bootOne(guest);
  }

  /** Switches a machine on. */
  async start(vmid: number): Promise<void> {
    this.setRunning(vmid, true);
    const guest = this.node.guests.value.guests[String(vmid)];
    if (guest !== undefined) await this.bootOne(guest);
  }

  /** Switches a machine off. */
  async stop(vmid: number): Promise<void> {
    await this.running.get(vmid)?.stop();
    this.running.delete(vmid);
    this.setRunning(vmid, false);
  }

  private setRunning(vmid: number, running: boolean): void {
    const { node } = this;
    node.guests.change(({ guests }) => {
      const guest = guests[String(vmid)];
      if (guest === undefined) return;
      guest.running = running;
      if (running) guest.startedAt = node.site.clock.seconds();
      else delete guest.startedAt;
    });
  }

  private async bootOne(guest: DeepReadonly<Guest>): Promise<void> {
    const { node } = this;
    if (guest.type !== "qemu" || this.running.has(guest.vmid)) return;
    const disks = disksOf(guest).map((disk) => {
      const dataset = node.datasetOf(disk);
      return { key: disk.key, file: node.contents.fileOf(dataset), files: node.contents.filesOf(dataset) };
    });
    const first = disks.find(({ key }) => key === "scsi0");
    if (first === undefined || !existsSync(first.file)) return;
    const system = beginningOf(first.file);
    if (!isBootable(system)) return;
    const identity = /uuid=([0-9a-f]{8})/.exec(guest.config["smbios1"] ?? "")?.[1] ?? "00000000";
    const name = `vm${guest.vmid}-${identity}`;
    const started = await this.boot({
      site: node.site,
      name,
      system,
      address: addressIn(guest.config["ipconfig0"], node.site.prefix),
      userData: this.userDataOf(guest),
      disks,
    });
    if (started !== undefined) this.running.set(guest.vmid, started);
  }

  private userDataOf({ config }: DeepReadonly<Guest>): string | undefined {
    const volid = /(?:^|,)user=([^,]+)/.exec(config["cicustom"] ?? "")?.[1];
    const file = volid === undefined ? undefined : fileOf(this.node, volid);
    return file === undefined || !existsSync(file) ? undefined : readFileSync(file, "utf8");
  }
}

function addressIn(line: string | undefined, prefix: string): string | undefined {
  const address = /(?:^|,)ip=([\d.]+)\/\d+/.exec(line ?? "")?.[1];
  return address?.startsWith(`${prefix}.`) === true ? address : undefined;
}
