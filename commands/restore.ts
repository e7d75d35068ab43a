import * as z from "zod";

import { type PveClient } from "../provider/clients/pve-client";
import { type Escrow } from "../provider/keys/escrow";
import { RestoreClient, placeOn } from "../provider/clients/restore-client";
import { guestId } from "../estate/units/guest-id";
import { get, type Ask } from "./observe/site";
import { linesFor, type AnotherDeployment, type OtherLines } from "./restore/another-deployment";
import { newestOf, snapshotsOn, type BackupSnapshot } from "./restore/snapshot";
import { openSource, type BackupServerLogin } from "./restore/source";

/** What is read back, from where and to where. */
export interface RestoreOrder {
  /** The node's API, or that of any node of its cluster. */
  readonly pve: PveClient;
  /** Node that reads the guest back. */
  readonly node: string;
  /** The sheet with the key and the place of the backups. */
  readonly escrow: Escrow;
  /** Login to that place. */
  readonly login: BackupServerLogin;
  /** Name or VMID of the guest. */
  readonly guest: string;
  /** VMID of the restored guest; has to be free. */
  readonly to: number;
  /** Storage for its disks. @default - the node's only one for disk images, or tanka1 */
  readonly storage?: string | undefined;
  /** Takes the newest backup not later than this. @default - the newest */
  readonly before?: Date | undefined;
  /** How it is told from the living one, and kept apart from it. @default - as it was in the backup */
  readonly deployment?: AnotherDeployment | undefined;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Called with each line that a person may want to see while they wait. */
  readonly say: (line: string) => void;
}

/** What was, or would be, read back. */
export interface RestoreReport {
  /** What was read. */
  readonly snapshot: BackupSnapshot;
  /** Where the guest is now. */
  readonly node: string;
  /** Its number there. */
  readonly vmid: number;
  /** Storage that holds its disks. */
  readonly storage: string;
  /** Seconds from the order to the end of the task; undefined for a dry run. */
  readonly seconds: number | undefined;
}

/**
 * Reads a guest back beside whatever lives: under a VMID that is free, with new network addresses, not started.
 *
 * It overwrites nothing. When it fails, what it put onto the node to read the backup is taken away again.
 * @throws {Error} With a cure when the VMID is taken, the backup is missing, or the sheet holds another key.
 */
export async function restore(order: RestoreOrder): Promise<RestoreReport> {
  const { pve, node, escrow, login, guest, to, before, say } = order;
  await rejectTakenVmid(pve.ask, to);
  const storage = order.storage ?? (await storageForDisks(pve.ask, node));
  const source = await openSource(pve, escrow, login);
  try {
    const snapshot = newestOf(await snapshotsOn(pve.ask, node, source.storage), guest, before);
    rejectOtherKey(snapshot, escrow);
    say(
      `${snapshot.volume}${snapshot.name === "" ? "" : ` (${snapshot.name})`} -> ${to} on ${node}, disks on ${storage}`,
    );
    const other = await otherLines(order, snapshot);
    for (const [line, value] of Object.entries(other.configuration)) say(`  ${line}: ${value}`);
    for (const line of other.without) say(`  without ${line}`);
    if (order.dryRun) return { snapshot, node, vmid: to, storage, seconds: undefined };
    const start = Date.now();
    await readBack(order, other, snapshot, storage);
    await withoutCards(order, other, snapshot);
    return { snapshot, node, vmid: to, storage, seconds: (Date.now() - start) / 1000 };
  } finally {
    await source.release();
  }
}

/** What is other than in the backup; its configuration is read only where something is. */
async function otherLines({ pve, node, deployment = {} }: RestoreOrder, snapshot: BackupSnapshot): Promise<OtherLines> {
  const { prefix, networks, unplugged } = deployment;
  if (prefix === undefined && networks === undefined && unplugged !== true) return { configuration: {}, without: [] };
  return linesFor(snapshot.kind, await new RestoreClient(pve).configIn(node, snapshot.volume), deployment);
}

/** PVE leaves no line of a backup out while it restores: what is to go goes right afterwards, before anything can start it. */
async function withoutCards({ pve, node, to }: RestoreOrder, { without }: OtherLines, { kind }: BackupSnapshot) {
  if (without.length === 0) return;
  const client = new RestoreClient(pve);
  const place = placeOn(node, guestId(kind, to));
  await client.change(place, {}, without, (await client.config(place)).digest);
}

const UPID = z.string().startsWith("UPID:");

/** Starts the restore and follows it to its end. `force` is never sent: PVE then refuses a VMID that is taken meanwhile. */
async function readBack(
  { pve, node, to, say }: RestoreOrder,
  { configuration }: OtherLines,
  snapshot: BackupSnapshot,
  storage: string,
): Promise<void> {
  const path = `/nodes/${encodeURIComponent(node)}`;
  const common = { ...configuration, vmid: to, storage, unique: true };
  const request =
    snapshot.kind === "vm"
      ? { path: `${path}/qemu`, parameters: { ...common, archive: snapshot.volume } }
      : { path: `${path}/lxc`, parameters: { ...common, ostemplate: snapshot.volume, restore: true } };
  const upid = await pve.ask(UPID, { method: "POST", ...request });
  const onLine = (line: string) => {
    say(`  ${line}`);
  };
  try {
    await pve.taskEnd(node, upid, { onLine });
  } catch (error) {
    throw await withRemains(pve.ask, to, error);
  }
}

/** PVE leaves a VM without its disks behind when a restore fails; whoever tries again has to know. */
async function withRemains(ask: Ask, vmid: number, error: unknown): Promise<unknown> {
  const guests = await get(ask, RESOURCES, "/cluster/resources", { type: "vm" });
  if (!(error instanceof Error) || !guests.some((guest) => guest.vmid === vmid)) return error;
  const cure = `look at ${vmid}, and remove it (qm destroy ${vmid}) before you try again`;
  return new Error(`${error.message}\nWhat was begun is still there. Cure: ${cure}.`, { cause: error });
}

const RESOURCES = z.array(z.looseObject({ vmid: z.number(), name: z.string().optional() }));

async function rejectTakenVmid(ask: Ask, vmid: number): Promise<void> {
  const guests = await get(ask, RESOURCES, "/cluster/resources", { type: "vm" });
  const holder = guests.find((guest) => guest.vmid === vmid);
  if (holder === undefined) return;
  throw new Error(
    `VMID ${vmid} is taken by ${holder.name ?? "a guest without a name"}; nothing was changed.\nCure: choose a free one.`,
  );
}

const STORAGES = z.array(z.looseObject({ storage: z.string() }));

/** TAPPaaS' pool for guests where the node has it. */
const USUAL_STORAGE = "tanka1";

async function storageForDisks(ask: Ask, node: string): Promise<string> {
  const path = `/nodes/${encodeURIComponent(node)}/storage`;
  const names = (await get(ask, STORAGES, path, { content: "images" })).map(({ storage }) => storage);
  const [only, ...others] = names;
  if (names.includes(USUAL_STORAGE)) return USUAL_STORAGE;
  if (only !== undefined && others.length === 0) return only;
  const there = names.length === 0 ? "it has none for disk images" : `it has ${names.join(", ")}`;
  throw new Error(`It is not clear on which storage of ${node} the disks belong: ${there}.\nCure: say --storage.`);
}

/** PVE would find out, too, in the middle of the work and in fewer words. */
function rejectOtherKey({ encryptedWith, volume }: BackupSnapshot, { key, site, date }: Escrow): void {
  // "1" says encrypted and not with what.
  if (encryptedWith?.includes(":") !== true) return;
  if (encryptedWith.startsWith(key.fingerprint) || key.fingerprint.startsWith(encryptedWith)) return;
  throw new Error(
    `${volume} was encrypted with the key ${encryptedWith.slice(0, 23)}…, ` +
      `and the escrow sheet of ${site} of ${date} holds ${key.fingerprint.slice(0, 23)}…; nothing was restored.\n` +
      "Cure: find the sheet with that fingerprint. No other key can read this backup.",
  );
}
