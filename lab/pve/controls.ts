import { createHash } from "node:crypto";

import { startBackup } from "./backup/backup-run";
import { Transfers } from "./backup/transfers";
import { type BackupJob } from "./backup-job";
import { disksOf } from "./guests/guest";
import { registerLifeControls } from "./life/controls";
import { type PveNode } from "./node";
import { publishedImage } from "../core/guest-system";
import { type Site } from "../core/site";

const nodesOf = new WeakMap<Site, Map<string, PveNode>>();

/** Adds the commands that look into guests or run jobs; they serve all nodes of the site. */
export function registerControls(node: PveNode): void {
  const { site } = node;
  const nodes = nodesOf.get(site) ?? new Map<string, PveNode>();
  if (!nodesOf.has(site)) registerOnce(site, nodes);
  nodesOf.set(site, nodes.set(node.name, node));
}

function registerOnce(site: Site, nodes: ReadonlyMap<string, PveNode>): void {
  site.control.register("content", ({ node, vmid }) =>
    vmid === undefined ? contents(find(nodes, node)) : content(find(nodes, node), Number(vmid)),
  );
  site.control.register("replica", ({ node, vmid }) => replica(nodes, find(nodes, node), Number(vmid)));
  site.control.register("write-disk", ({ node, vmid, key, offset, text }) => {
    writeDisk(find(nodes, node), Number(vmid), String(key), Number(offset), String(text));
  });
  site.control.register("published-image", ({ url }) => ({
    sha512: createHash("sha512")
      .update(publishedImage(String(url)))
      .digest("hex"),
  }));
  site.control.register("transfer-rates", (rates) => {
    Transfers.of(site).rates.change((known) => {
      for (const name of RATES) if (rates[name] !== undefined) known[name] = positive(name, rates[name]);
    });
    return Transfers.of(site).rates.value;
  });
  site.control.register("tasks", ({ node }) => find(nodes, node).tasks.all());
  registerLifeControls(site, nodes, runJobs);
  site.control.register("run-jobs", async ({ job }) => {
    const ran: unknown[] = [];
    for (const one of nodes.values()) ran.push(...(await runJobs(one, typeof job === "string" ? job : undefined)));
    return ran;
  });
}

const RATES = ["stream", "store", "link", "disk", "boot"] as const;

function positive(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  throw new Error(`Expected a rate "${name}" above 0, got "${String(value)}".`);
}

function find(nodes: ReadonlyMap<string, PveNode>, name: unknown): PveNode {
  const found = nodes.get(String(name));
  if (found !== undefined) return found;
  throw new Error(`The site has no node "${String(name)}"; it has ${[...nodes.keys()].join(", ")}.`);
}

/** The same of each guest of a node, by its VMID. */
function contents(node: PveNode): object {
  return Object.fromEntries(node.allGuests().map(({ vmid }) => [vmid, content(node, vmid)]));
}

/** What a guest consists of: its config and the SHA-256 of each disk, to be compared with another's. */
function content(node: PveNode, vmid: number): object {
  const guest = node.guests.value.guests[String(vmid)];
  if (guest === undefined) throw new Error(`Node "${node.name}" has no guest ${vmid}.`);
  const digests = node
    .contentsOf(guest)
    .map(({ disk, bytes }) => [
      disk.key,
      { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
    ]);
  return { vmid, type: guest.type, config: guest.config, disks: Object.fromEntries(digests) as object };
}

/** What a node keeps of a guest's disks, the guest being elsewhere: the SHA-256 of each; absent ones are null. */
function replica(nodes: ReadonlyMap<string, PveNode>, node: PveNode, vmid: number): object {
  const guest = [...nodes.values()]
    .map(({ guests }) => guests.value.guests[String(vmid)])
    .find((one) => one !== undefined);
  if (guest === undefined) throw new Error(`The site has no guest ${vmid}.`);
  const digests = disksOf(guest).map((disk) => {
    const bytes = node.contents.read(node.datasetOf(disk));
    const sha256 = bytes === undefined ? undefined : createHash("sha256").update(bytes).digest("hex");
    return [disk.key, bytes === undefined ? null : { bytes: bytes.length, sha256 }];
  });
  return Object.fromEntries(digests) as object;
}

function writeDisk(node: PveNode, vmid: number, key: string, offset: number, text: string): void {
  const guest = node.guests.value.guests[String(vmid)];
  const disk = guest === undefined ? undefined : node.contentsOf(guest).find((one) => one.disk.key === key);
  if (disk === undefined) throw new Error(`Guest ${vmid} of "${node.name}" has no disk "${key}".`);
  node.contents.patch(node.datasetOf(disk.disk), offset, Buffer.from(text));
}

/** Runs the enabled backup jobs of a node now, as its scheduler would, and waits for them. */
async function runJobs(node: PveNode, only: string | undefined): Promise<object[]> {
  const due = Object.entries(node.cluster.jobs.value.jobs).filter(([id, job]) => isDue(node, id, job, only));
  const ran: object[] = [];
  for (const [id, job] of due) {
    const upid = startBackup(node, job, "root@pam", id);
    await node.tasks.ended(upid);
    const task = node.tasks.find(upid);
    ran.push({ node: node.name, job: id, upid, exitstatus: task?.exitstatus, log: task?.log });
  }
  return ran;
}

function isDue(node: PveNode, id: string, job: BackupJob, only: string | undefined): boolean {
  const here = job["node"] === undefined || job["node"] === node.name;
  return here && (only === undefined ? job["enabled"] !== "0" : id === only);
}
