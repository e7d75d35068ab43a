import { nothing, type Subcommands } from "./tool";

interface StorageStatus {
  readonly storage: string;
  readonly type: string;
  readonly enabled: number;
  readonly active: number;
  readonly total: number;
  readonly used: number;
  readonly avail: number;
}

interface Volume {
  readonly volid: string;
  readonly format: string;
  readonly content: string;
  readonly size: number;
  readonly vmid?: number;
}

/** `pvesm`: storages. Source: pve-storage, src/PVE/CLI/pvesm.pm. */
export const PVESM: Subcommands = {
  add: { operation: "POST /storage", operands: ["type", "storage"], print: nothing },
  set: { operation: "PUT /storage/{storage}", operands: ["storage"], print: nothing },
  remove: { operation: "DELETE /storage/{storage}", operands: ["storage"], print: nothing },
  list: { operation: "GET /nodes/{node}/storage/{storage}/content", operands: ["storage"], print: volumes },
  free: { operation: "DELETE /nodes/{node}/storage/{storage}/content/{volume}", operands: ["volume"] },
  status: { operation: "GET /nodes/{node}/storage", print: statuses },
};

/** One line a storage, sizes in KiB. */
function statuses(answer: unknown): string {
  const rows = [...(answer as StorageStatus[])].sort((a, b) => (a.storage < b.storage ? -1 : 1));
  const width = Math.max(10, ...rows.map(({ storage }) => storage.length));
  const line = (name: string, type: string, status: string, numbers: readonly string[]) =>
    [name.padEnd(width), type.padStart(10), status.padStart(10), ...numbers].join(" ");
  const head = line("Name", "Type", "Status", [...["Total", "Used", "Available"].map(wide), "%".padStart(8)]);
  const lines = rows.map(({ storage, type, enabled, active, total, used, avail }) => {
    if (enabled === 0) return line(storage, type, "disabled", [wide("0"), wide("0"), wide("0"), "N/A".padStart(8)]);
    const share = `${total === 0 ? "0.00" : ((used / total) * 100).toFixed(2)}%`.padStart(8);
    return line(storage, type, active === 1 ? "active" : "inactive", [...[total, used, avail].map(kibibytes), share]);
  });
  return `${[head, ...lines].join("\n")}\n`;
}

function volumes(answer: unknown): string {
  const rows = [...(answer as Volume[])].sort((a, b) => (a.volid < b.volid ? -1 : 1));
  const width = Math.max(10, ...rows.map(({ volid }) => volid.length));
  const line = (volid: string, format: string, type: string, size: string, vmid: string) =>
    [volid.padEnd(width), format.padEnd(7), type.padEnd(9), size.padStart(15), vmid].join(" ");
  const lines = rows.map(({ volid, format, content, size, vmid }) =>
    line(volid, format, content, String(size), String(vmid ?? "")).trimEnd(),
  );
  return `${[line("Volid", "Format", "Type", "Size", "VMID"), ...lines].join("\n")}\n`;
}

function kibibytes(bytes: number): string {
  return wide(String(Math.floor(bytes / 1024)));
}

function wide(text: string): string {
  return text.padStart(15);
}
