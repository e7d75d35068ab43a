import { type Observation } from "../../estate/observation";
import { observationWith } from "./site";

const NODES = ["tappaas1", "tappaas2", "tappaas3"];

/** Settings of three nodes with a mirror each, to be added to those of a test. */
export const THREE_NODES = {
  nodes: {
    tappaas1: nodeAt("10.0.0.10"),
    tappaas2: nodeAt("10.0.0.11"),
    tappaas3: nodeAt("10.0.0.12"),
  },
  pools: NODES.map((node) => ({ node, name: "tanka1", raidlevel: "mirror", disks: ["ata-a", "ata-b"] })),
};

function nodeAt(address: string) {
  return { api: `https://${address}:8006`, ssh: { host: address, hostKey: "ssh-ed25519 AAAA" } };
}

/** Those three nodes as they were seen, with identity and vaultwarden on the first, and a WAN cable on all but the second. */
export function seenSite(changes: Partial<Observation> = {}): Observation {
  const guest = (vmid: number, name: string) => ({
    vmid,
    kind: "vm" as const,
    node: "tappaas1",
    name,
    cores: 2,
    memory: 4 * 1024 ** 3,
    bridges: ["lan"],
    disks: [{ slot: "scsi0", storage: "tanka1", volume: `tanka1:vm-${vmid}-disk-0`, backup: true }],
  });
  const whole = <T>(items: T[]) => ({ complete: true, items });
  return observationWith({
    pools: whole(
      NODES.map((node) => ({
        node,
        name: "tanka1",
        health: "ONLINE",
        vdevs: [{ type: "mirror" as const, disks: ["ata-a", "ata-b"] }],
        disks: ["ata-a", "ata-b"],
        size: 960_000_000_000,
        properties: {},
      })),
    ),
    storages: whole([
      { storage: "tanka1", type: "zfspool", content: ["images"], pool: "tanka1" },
      { storage: "local", type: "dir", content: ["images"] },
    ]),
    guests: whole([guest(140, "identity"), guest(610, "vaultwarden")]),
    nodes: whole(
      NODES.map((name) => ({
        name,
        online: true,
        version: "pve-manager/9.2.1/abc",
        cpuModel: "One Processor",
        threads: 16,
        memory: 64 * 1024 ** 3,
        bridges: name === "tappaas2" ? ["lan"] : ["lan", "wan"],
      })),
    ),
    ...changes,
  });
}
