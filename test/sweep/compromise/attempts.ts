import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { openShell } from "../../../commands/ssh/node-shell";
import { connect } from "../../../lab/pbs/client";
import { type Login } from "../../../provider/clients/login";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { PveClient } from "../../../provider/clients/pve-client";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { pbsOf, pveOf } from "../../engine/support/lab-site";
import { type Act, type CopyName, type Verdict } from "./table";
import { type Machine, type Stolen, type Thief } from "./thief";

const NOTHING = z.unknown();
const VICTIM = 9800;
const NODE = "tappaas1";
/** A group of the writer's own on each server, in which a date can be tried. */
export const CANARY = { type: "host", id: "canary" } as const;
const FAR = Math.floor(Date.UTC(2096, 0, 1) / 1_000);

/** A backup server as a thief stands before it. */
export interface Door {
  readonly site: LabSite;
  readonly server: string;
  readonly store: string;
  readonly path: string;
  readonly machine: Machine;
  /** Login that writes there as it should. */
  readonly writer: Stolen;
}

/** Tries everything to one copy, and leaves it as it was for the next. */
export async function tried(
  thief: Thief,
  copy: CopyName,
  home: Door,
  vault: Door,
): Promise<Readonly<Record<Act, Verdict>>> {
  return copy === "the guest itself"
    ? triedOnGuest(thief, home)
    : triedOnBackup(thief, copy === "the backup at home" ? home : vault);
}

async function triedOnGuest(thief: Thief, home: Door): Promise<Record<Act, Verdict>> {
  const isRoot = await hasShell(thief, "node", home);
  const any = (attempt: (pve: PveClient) => Promise<unknown>) =>
    anyOf(thief.logins, (login) => onPve(home, login, attempt));
  const change = { method: "PUT" as const, path: `/nodes/${NODE}/qemu/${VICTIM}/config` };
  const dump = { method: "POST" as const, path: `/nodes/${NODE}/vzdump` };
  await ensureVictim(home);
  const overwritten = await any((pve) => pve.ask(NOTHING, { ...change, parameters: { memory: 1024 } }));
  const read = await any((pve) =>
    ended(pve, pve.ask(z.string(), { ...dump, parameters: { vmid: String(VICTIM), storage: "tappaas_backup" } })),
  );
  const locked = await any((pve) => pve.ask(NOTHING, { ...change, parameters: { protection: true } }));
  if (locked) await owner(home, (pve) => pve.ask(NOTHING, { ...change, parameters: { protection: false } }));
  const deleted = isRoot
    ? await destroyedByRoot(thief, home)
    : (await any((pve) =>
        ended(pve, pve.ask(z.string(), { method: "DELETE", path: `/nodes/${NODE}/qemu/${VICTIM}` })),
      )) || (await any((pve) => ended(pve, pve.ask(z.string(), { method: "DELETE", path: volumePath() }))));
  const said = (can: boolean): Verdict => (can || isRoot ? "yes" : "no");
  return { delete: deleted ? "yes" : "no", overwrite: said(overwritten), read: said(read), "lock out": said(locked) };
}

async function triedOnBackup(thief: Thief, door: Door): Promise<Record<Act, Verdict>> {
  const isRoot = await hasShell(thief, door.machine, door);
  const { logins } = thief;
  const victim = await newest(door);
  const snapshot = { "backup-type": victim.type, "backup-id": victim.id, "backup-time": victim.time };
  const overwritten =
    (isRoot && overwrittenOnDisk(door, victim.id)) ||
    (await anyOf(logins, (login) =>
      as(door, login).backup({ ...victim, blobs: { "fake.conf": Buffer.from("x") }, images: {} }),
    ));
  const read = isRoot ? await readOnDisk(thief, door, victim) : await readBy(thief, door, victim);
  const locked = isRoot || (await anyOf(logins, (login) => lockedOut(door, login)));
  const path = `/admin/datastore/${door.store}/snapshots`;
  const deleted =
    isRoot ||
    (await anyOf(logins, (login) =>
      onPbs(door, login, (pbs) => pbs.ask(NOTHING, { method: "DELETE", path, parameters: snapshot })),
    ));
  const viaNode = `/nodes/${NODE}/storage/tappaas_backup/content/tappaas_backup:backup/${victim.type}/${victim.id}/${new Date(victim.time * 1_000).toISOString().replace(".000", "")}`;
  const throughPve =
    door.machine === "home server" &&
    !deleted &&
    (await anyOf(logins, (login) =>
      onPve(door, login, (pve) => ended(pve, pve.ask(z.string(), { method: "DELETE", path: viaNode }))),
    ));
  return {
    delete: deleted || throughPve ? "yes" : "no",
    overwrite: overwritten ? "yes" : "no",
    read,
    "lock out": locked ? "yes" : "no",
  };
}

/** A guest for thieves, read back from the last night, that never runs. */
async function ensureVictim(home: Door): Promise<void> {
  await owner(home, async (pve) => {
    const guests = await pve.ask(z.array(z.looseObject({ vmid: z.coerce.number() })), {
      method: "GET",
      path: `/nodes/${NODE}/qemu`,
    });
    if (guests.some(({ vmid }) => vmid === VICTIM)) {
      await ended(pve, pve.ask(z.string(), { method: "DELETE", path: `/nodes/${NODE}/qemu/${VICTIM}` }));
    }
    const { time } = await newest(home, "610");
    const archive = `tappaas_backup:backup/vm/610/${new Date(time * 1_000).toISOString().replace(".000", "")}`;
    const parameters = { vmid: VICTIM, archive, storage: "tanka1" };
    await ended(pve, pve.ask(z.string(), { method: "POST", path: `/nodes/${NODE}/qemu`, parameters }));
  });
}

function volumePath(): string {
  return `/nodes/${NODE}/storage/tanka1/content/tanka1:vm-${VICTIM}-disk-0`;
}

async function destroyedByRoot(thief: Thief, home: Door): Promise<boolean> {
  const ran = await Promise.all(
    keysOf(thief, "node", home).map((key) => shellRan(home, "node", key, `qm destroy ${VICTIM}`)),
  );
  return ran.some(Boolean);
}

/** Newest backup of a guest. */
async function newest(door: Door, id = "312") {
  const pbs = pbsOf(door.site.sheet, door.server);
  try {
    const all = (await pbs.snapshots(door.store)).filter((one) => one["backup-id"] === id);
    const [last] = all.toSorted((a, b) => b["backup-time"] - a["backup-time"]);
    if (last === undefined) throw new Error(`no backup of ${id} in ${door.store}`);
    return { type: last["backup-type"] as "vm" | "ct", id, time: last["backup-time"] };
  } finally {
    await pbs.close();
  }
}

/** Root of the server writes the files of a backup; what was there is put back. */
function overwrittenOnDisk({ site, server, path }: Door, id: string): boolean {
  const group = join(site.places.lab, "machines", server, "disk", path, "ct", id);
  const [time = ""] = existsSync(group)
    ? readdirSync(group)
        .filter((name) => name.includes("T"))
        .toSorted()
        .toReversed()
    : [];
  const file = join(group, time, "index.json.blob");
  const before = readFileSync(file);
  writeFileSync(file, "overwritten");
  const isChanged = readFileSync(file, "utf8") === "overwritten";
  writeFileSync(file, before);
  return isChanged;
}

async function readBy(thief: Thief, door: Door, snapshot: Awaited<ReturnType<typeof newest>>): Promise<Verdict> {
  const verdicts = await Promise.all(thief.logins.map((login) => readWith(door, login, snapshot, thief.backupKey)));
  return verdicts.includes("yes") ? "yes" : verdicts.includes("encrypted") ? "encrypted" : "no";
}

/** Root of the server has every byte, and as much of its content as the key opens. */
function readOnDisk(thief: Thief, door: Door, snapshot: Awaited<ReturnType<typeof newest>>): Promise<Verdict> {
  const { logins } = door.site.sheet.pbs[door.server]!;
  const root = { authId: "root@pam", secret: logins["root@pam"].password };
  return readWith(door, root, snapshot, thief.backupKey);
}

async function readWith(
  door: Door,
  login: Stolen,
  snapshot: Awaited<ReturnType<typeof newest>>,
  key: string | undefined,
): Promise<Verdict> {
  try {
    await as(door, login).restore(snapshot, key);
    return "yes";
  } catch (error) {
    // The manifest and every chunk came; what is missing is the key.
    return error instanceof Error && /missing key|wrong key/.test(error.message) ? "encrypted" : "no";
  }
}

/** Whether the writer is kept from its next backup: by one dated ahead, or by a datastore that takes none. It is let in again after. */
async function lockedOut(door: Door, login: Stolen): Promise<void> {
  const blobs = { "x.conf": Buffer.from("x") };
  const write = (who: Stolen, time: number) => attempt(as(door, who).backup({ ...CANARY, time, blobs, images: {} }));
  const config = `/config/datastore/${door.store}`;
  const isDated = await write(login, FAR);
  const isClosed = await attempt(
    onPbs(door, login, (pbs) =>
      pbs.ask(NOTHING, { method: "PUT", path: config, parameters: { "maintenance-mode": "type=read-only" } }),
    ),
  );
  if (!isDated && !isClosed) throw new Error("neither");
  hour += 1;
  const time = Math.floor(Date.now() / 1_000) + hour * 3_600;
  const goesOn = await write(door.writer, time);
  const pbs = pbsOf(door.site.sheet, door.server);
  try {
    if (isClosed) await pbs.ask(NOTHING, { method: "PUT", path: config, parameters: { delete: ["maintenance-mode"] } });
    const parameters = { "backup-type": CANARY.type, "backup-id": CANARY.id, "backup-time": FAR };
    if (isDated)
      await pbs.ask(NOTHING, { method: "DELETE", path: `/admin/datastore/${door.store}/snapshots`, parameters });
  } finally {
    await pbs.close();
  }
  if (goesOn) throw new Error("the writer goes on");
  // Else something other than the thief kept it out.
  assert.ok(await write(door.writer, time), "the writer was not let in again");
}

/** Each trial is dated later than the one before. */
let hour = 0;

function as({ site, server, store }: Door, { authId, secret }: Stolen) {
  const { address, fingerprint } = site.sheet.pbs[server]!;
  return connect({ server: address, port: 8007, fingerprint, authId, secret, datastore: store, ns: "" });
}

async function onPbs<T>({ site, server }: Door, login: Stolen, work: (pbs: PbsClient) => Promise<T>): Promise<T> {
  const { api, fingerprint } = site.sheet.pbs[server]!;
  const pbs = new PbsClient({ endpoint: api, trust: { fingerprint }, login: loginOf(login) }, [1]);
  return work(pbs).finally(() => pbs.close());
}

async function onPve<T>({ site }: Door, login: Stolen, work: (pve: PveClient) => Promise<T>): Promise<T> {
  const { sheet } = site;
  const trust = { authority: readFileSync(sheet.ca, "utf8") };
  const pve = new PveClient({ endpoint: sheet.nodes[NODE]!.api, trust, login: loginOf(login) }, [1]);
  return work(pve).finally(() => pve.close());
}

async function owner<T>({ site }: Door, work: (pve: PveClient) => Promise<T>): Promise<T> {
  const pve = pveOf(site.sheet, NODE);
  return work(pve).finally(() => pve.close());
}

function loginOf({ authId, secret }: Stolen): Login {
  return authId.includes("!") ? { tokenId: authId, secret } : { username: authId, password: secret };
}

async function ended(pve: PveClient, upid: Promise<string>): Promise<void> {
  await pve.taskEnd(NODE, await upid);
}

async function attempt(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

async function anyOf(logins: readonly Stolen[], work: (login: Stolen) => Promise<unknown>): Promise<boolean> {
  for (const login of logins) {
    try {
      await work(login);
      return true;
    } catch (error) {
      // What the test itself expects is no refusal.
      if (error instanceof assert.AssertionError) throw error;
    }
  }
  return false;
}

async function hasShell(thief: Thief, machine: Machine, door: Door): Promise<boolean> {
  if (thief.root.includes(machine)) return true;
  const ran = await Promise.all(thief.keys.map((key) => shellRan(door, machine, key, "id -u")));
  return ran.some(Boolean);
}

/** Keys that open a machine; who is root there has its own. */
function keysOf(thief: Thief, machine: Machine, { site }: Door): readonly string[] {
  const own = machine === "node" ? site.sheet.nodes[NODE]!.ssh.privateKeyFile : undefined;
  return thief.root.includes(machine) && own !== undefined ? [readFileSync(own, "utf8")] : thief.keys;
}

async function shellRan(
  { site, server }: Door,
  machine: Machine,
  privateKey: string,
  command: string,
): Promise<boolean> {
  const { host, port, user, hostKey } = machine === "node" ? site.sheet.nodes[NODE]!.ssh : site.sheet.pbs[server]!.ssh;
  try {
    const shell = await openShell({ host, port }, { user, privateKey }, hostKeyOfLine(hostKey));
    const { code } = await shell.run(command).finally(() => {
      shell.close();
    });
    return code === 0;
  } catch {
    return false;
  }
}
