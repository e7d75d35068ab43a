import { nothing, type Subcommands } from "./tool";
import { type GuestType } from "../guests/guest";

interface GuestRow {
  readonly vmid: number;
  readonly name: string;
  readonly status: string;
  readonly maxmem: number;
  readonly maxdisk: number;
  readonly lock?: string;
}

interface SnapshotRow {
  readonly name: string;
  readonly snaptime?: number;
  readonly description?: string;
}

/** `qm` and `pct`: guests of the node. Sources: qemu-server, src/PVE/CLI/qm.pm; pve-container, src/PVE/CLI/pct.pm. */
export function guestCommands(type: GuestType): Subcommands {
  const guests = `/nodes/{node}/${type}`;
  const guest = `${guests}/{vmid}`;
  const operands = ["vmid"];
  const snapshot = ["vmid", "snapname"];
  return {
    list: { operation: `GET ${guests}`, print: type === "qemu" ? machines : containers },
    status: { operation: `GET ${guest}/status/current`, operands, print: status },
    config: { operation: `GET ${guest}/config`, operands, print: config },
    set: { operation: `PUT ${guest}/config`, operands, print: nothing },
    ...(type === "qemu" && { "disk move": { operation: `POST ${guest}/move_disk`, operands: ["vmid", "disk"] } }),
    destroy: { operation: `DELETE ${guest}`, operands },
    start: { operation: `POST ${guest}/status/start`, operands },
    stop: { operation: `POST ${guest}/status/stop`, operands },
    shutdown: { operation: `POST ${guest}/status/shutdown`, operands },
    snapshot: { operation: `POST ${guest}/snapshot`, operands: snapshot },
    delsnapshot: { operation: `DELETE ${guest}/snapshot/{snapname}`, operands: snapshot },
    rollback: { operation: `POST ${guest}/snapshot/{snapname}/rollback`, operands: snapshot },
    listsnapshot: { operation: `GET ${guest}/snapshot`, operands, print: snapshots },
  };
}

function byId(answer: unknown): GuestRow[] {
  return [...(answer as GuestRow[])].sort((a, b) => a.vmid - b.vmid);
}

function machines(answer: unknown): string {
  const line = ([vmid = "", name = "", state = "", memory = "", disk = "", pid = ""]: readonly string[]) =>
    `${vmid.padStart(10)} ${name.padEnd(20)} ${state.padEnd(10)} ${memory.padEnd(10)} ${disk.padStart(12)} ${pid.padEnd(10)}\n`;
  const rows = byId(answer).map(({ vmid, name, status: state, maxmem, maxdisk }) =>
    line([
      `${vmid}`,
      name,
      state,
      `${maxmem / 2 ** 20}`,
      (maxdisk / 2 ** 30).toFixed(2),
      state === "running" ? `${10_000 + vmid}` : "0",
    ]),
  );
  return rows.length === 0 ? "" : line(["VMID", "NAME", "STATUS", "MEM(MB)", "BOOTDISK(GB)", "PID"]) + rows.join("");
}

function containers(answer: unknown): string {
  const line = (vmid: string, state: string, lock: string, name: string) =>
    `${vmid.padEnd(10)} ${state.padEnd(10)} ${lock.padEnd(12)} ${name.padEnd(20)}\n`;
  const rows = byId(answer).map(({ vmid, name, status: state, lock = "" }) => line(`${vmid}`, state, lock, name));
  return rows.length === 0 ? "" : line("VMID", "Status", "Lock", "Name") + rows.join("");
}

function status(answer: unknown): string {
  return `status: ${(answer as GuestRow).status}\n`;
}

function config(answer: unknown): string {
  const lines = Object.entries(answer as Record<string, unknown>).filter(([name]) => name !== "digest");
  return lines
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${String(value)}\n`)
    .join("");
}

/** One line each, indented below the one before. */
function snapshots(answer: unknown): string {
  const lines = (answer as SnapshotRow[]).map(({ name, snaptime, description = "" }, depth) => {
    const time = snaptime === undefined ? "" : new Date(snaptime * 1000).toISOString().slice(0, 19).replace("T", " ");
    const words = description === "" ? "no-description" : description;
    return `${" ".repeat(depth)}\`-> ${name.padEnd(28)} ${time.padEnd(22)} ${words}\n`;
  });
  return lines.join("");
}
