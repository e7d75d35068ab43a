import * as z from "zod";

import { isGuestId, parseGuestId } from "../../estate/units/guest-id";
import { authIdOf } from "../clients/login";
import { TaskFailed } from "../clients/task";
import {
  MOST_TASKS,
  placeOn,
  RestoreClient,
  typeOf,
  type GuestPlace,
  type ListedArchive,
} from "../clients/restore-client";
import { MOVE_PRIVILEGES, PVE_ROLES, REBUILD_PRIVILEGES } from "../rights/pve-rights";
import { byName, given, plain, text, unordered, type Fields } from "./fields";
import { identifier } from "./input-text";
import { progressText } from "./restore-progress";
import { traceOf, type RestoreTrace } from "./restore-trace";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

/** A line that says how a guest is run. Those that name its disks are never touched. */
const LINE = z
  .string()
  .regex(
    /^(?!onboot$|digest$|lock$|rootfs$|efidisk0$|tpmstate0$|(?:ide|sata|scsi|virtio|mp|unused)\d+$)[a-z][a-z0-9]{1,30}$/,
    { error: "expected a line of a guest's configuration that names no disk" },
  );

const INPUTS = z.strictObject({
  guest: z
    .string()
    .refine(isGuestId, { error: 'expected a guest such as "vm:140"' })
    .describe("The restored guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.**"),
  archive: z
    .string()
    .regex(/^[A-Za-z][\w.-]*:backup\/(?:vm|ct)\/\d+\/[0-9TZ:-]+$/, {
      error: 'expected a snapshot such as "main:backup/vm/140/2026-11-20T21:00:00Z"',
    })
    .describe("The snapshot, as PVE names it: the newest of today is another tomorrow. **Cannot be changed.**"),
  node: identifier("node").describe("Node that reads it back. **Cannot be changed.**"),
  storage: identifier("storage")
    .optional()
    .describe("Storage for all disks; each where it was by default. **Cannot be changed.**"),
  login: z.string().describe("Who asks for the restore, `user@realm!token`: by it our own tasks are known."),
  freeSince: z.iso
    .datetime()
    .describe("When the number was proved free: only what was done since then can be a restore of ours."),
  newAddresses: z
    .boolean()
    .optional()
    .describe("Whether its network cards get new addresses, as beside a guest that lives; false by default."),
  configuration: z
    .record(LINE, z.string().min(1))
    .optional()
    .describe(
      "Lines of its configuration that are other than in the backup, from its first moment on. **Cannot be changed.**",
    ),
  without: z
    .array(LINE)
    .optional()
    .describe("Lines of its configuration that are taken out before its first start. **Cannot be changed.**"),
});

type Order = z.infer<typeof INPUTS>;

const FIXED = "What is restored stays what it is. Take it out of the plan, and make a new plan for what is missing";

/**
 * A guest out of a backup snapshot that was chosen once. Making it overwrites nothing, whatever bears its number; its end leaves it
 * alone. It is not started, and does not start with its node until `GuestStart` says so.
 */
export const restoredGuest: SiteObject = {
  token: "resilience:pve:RestoredGuest",
  description: "A guest out of a backup snapshot; its end never touches it.",
  inputs: INPUTS,
  extraOutputs: {
    upid: { type: "string", description: "The task that restored it." },
    startsWithNode: { type: "boolean", description: "Whether it started with its node when it was backed up." },
  },
  secrets: [],
  unreadable: ["archive", "node", "storage", "login", "freeSince", "newAddresses", "configuration", "without"],
  identity: ["guest", "archive", "node", "login", "freeSince"],
  fixed: {
    ...{ guest: FIXED, archive: FIXED, node: FIXED, storage: FIXED, newAddresses: FIXED },
    ...{ configuration: FIXED, without: FIXED },
  },
  meanings: {
    guest: plain,
    archive: plain,
    node: plain,
    storage: plain,
    login: plain,
    freeSince: plain,
    newAddresses: plain,
    configuration: byName,
    without: unordered,
  },
  idOf: ({ guest }) => String(guest),
  identityOf: (id) => ({ guest: id }),
  look,
  weakenings: () => Promise.resolve([]),
  plan,
  demand,
  create,
  update: () => Promise.resolve({}),
  remove: () => Promise.resolve(),
};

/** What is known of the making is kept: the site shows only that it is there. */
async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const guest = text(identity, "guest");
  const { kind, vmid } = parseGuestId(guest);
  const found = (await new RestoreClient(site.pve()).guests()).find((one) => one.vmid === vmid);
  if (found?.type === typeOf(kind)) {
    const { upid, startsWithNode } = identity;
    return given({ guest, upid, startsWithNode });
  }
  await demandSight(site.pve(), `/vms/${vmid}`, "VM.Audit");
  return undefined;
}

/** A preview finds out what the run would refuse. */
async function plan(site: Site, wanted: Fields): Promise<Fields> {
  const order = INPUTS.parse(wanted);
  const trace = await traced(site, order);
  refuseForeign(order, trace);
  if (trace.is === "free" || trace.is === "remains") await archiveOf(site, order);
  return { adopted: false };
}

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const order = INPUTS.parse(wanted);
  const client = new RestoreClient(site.pve());
  const place = placeOn(order.node, order.guest);
  const trace = await traced(site, order);
  refuseForeign(order, trace);
  if (trace.is === "remains") {
    site.tell(
      `${nameOf(order)}: an earlier restore failed (${trace.upid}); what it left, never started, is taken away`,
    );
    await client.destroy(place);
  }
  const upid = await restored(site, order, trace);
  const { withNode: startsWithNode } = await client.startingIn(order.node, order.archive);
  await keepFromStarting(client, place);
  await asOrdered(client, place, order);
  return { upid, startsWithNode };
}

/** Begins the restore, or goes on with the one that runs, to its end. */
async function restored(site: Site, order: Order, trace: RestoreTrace): Promise<string> {
  if (trace.is === "done") return trace.upid;
  const client = new RestoreClient(site.pve());
  const archive = await archiveOf(site, order);
  const upid =
    trace.is === "running"
      ? trace.upid
      : await client.begin(placeOn(order.node, order.guest), order.archive, {
          ...{ storage: order.storage, unique: order.newAddresses, configuration: order.configuration },
        });
  const onLine = (line: string) => {
    site.progress(`${order.guest}: ${progressText(line, archive.size)}`);
  };
  try {
    await client.end(order.node, upid, { onLine, interval: site.pause });
  } catch (error) {
    if (!(error instanceof TaskFailed)) throw error;
    const cure =
      "Run this again when the reason is gone: what the task left is taken away then, unless somebody used it";
    throw new Refusal(`${nameOf(order)} was not restored: ${error.message}\n${cure}`);
  }
  return upid;
}

/** What runs already is left as it is: somebody needs it. */
async function keepFromStarting(client: RestoreClient, place: GuestPlace): Promise<void> {
  const guest = (await client.guests()).find(({ vmid }) => vmid === place.vmid);
  const { onboot, digest } = await client.config(place);
  if (guest?.status === "stopped" && onboot === 1) await client.startWithNode(place, false, digest);
}

/**
 * Lines that PVE did not take with the restore, and those that are to be gone. A guest that was started meanwhile is somebody's, and left
 * as it is.
 */
async function asOrdered(
  client: RestoreClient,
  place: GuestPlace,
  { configuration = {}, without = [] }: Order,
): Promise<void> {
  const guest = (await client.guests()).find(({ vmid }) => vmid === place.vmid);
  if (guest?.status !== "stopped") return;
  const { digest, ...lines } = await client.lines(place);
  const set = Object.entries(configuration).filter(([name, value]) => lines[name] !== value);
  const unset = without.filter((name) => name in lines);
  if (set.length > 0 || unset.length > 0) await client.change(place, Object.fromEntries(set), unset, digest);
}

/** What became of the restore, by the tasks of every node: on one that does not answer, something may have been done. */
async function traced(site: Site, order: Order): Promise<RestoreTrace> {
  const client = new RestoreClient(site.pve());
  const { vmid, type, node } = placeOn(order.node, order.guest);
  await demandSight(site.pve(), `/vms/${vmid}`, "VM.Audit");
  const since = Math.floor(Date.parse(order.freeSince) / 1000);
  const nodes = await client.nodes();
  const guest = (await client.guests()).find((one) => one.vmid === vmid);
  const away = nodes.filter(({ online }) => !online).map(({ name }) => name);
  if (guest !== undefined && away.length > 0)
    return { is: "foreign", reason: `guest ${vmid} is there, and ${away.join(", ")} cannot say what was done to it` };
  const lists = nodes
    .filter(({ online }) => online)
    .map(async ({ name }) => {
      await demandSight(site.pve(), `/nodes/${name}`, "Sys.Audit");
      const tasks = await client.tasks(name, since);
      if (tasks.length < MOST_TASKS) return tasks;
      throw new Refusal(`${nameOf(order)}: ${name} had too many tasks since ${order.freeSince}. Make a new plan`);
    });
  const tasks = (await Promise.all(lists)).flat().sort((a, b) => a.starttime - b.starttime);
  return traceOf({ vmid, type, node, login: order.login }, guest, tasks);
}

function refuseForeign(order: Order, trace: RestoreTrace): void {
  if (trace.is !== "foreign") return;
  throw new Refusal(
    `${nameOf(order)}: ${trace.reason}. Nothing was touched. ` +
      "If it is the guest that you want, take it out of the plan; else look at it, and free its number yourself",
  );
}

/** The snapshot, readable with the key that the storage carries. @throws {Refusal} When it is gone or needs another key. */
async function archiveOf(site: Site, order: Order): Promise<ListedArchive> {
  const client = new RestoreClient(site.pve());
  const archive = await client.archive(order.node, order.archive);
  if (archive === undefined)
    throw new Refusal(`${nameOf(order)}: ${order.archive} is not there any more. Make a new plan, from what is there`);
  const [sealed, key] = [archive.encrypted?.toLowerCase(), await client.keyOf(order.archive)];
  // "1" says encrypted and not with what.
  if (sealed?.includes(":") !== true || key === undefined || key.startsWith(sealed) || sealed.startsWith(key))
    return archive;
  throw new Refusal(
    `${nameOf(order)}: ${order.archive} was encrypted with the key ${sealed.slice(0, 23)}…, and its storage carries ` +
      `${key.slice(0, 23)}…. Give the storage the key of the sheet with that fingerprint`,
  );
}

/** Above all bridges of nodes; PVE takes this right for each card that it restores. */
const BRIDGES = "/sdn/zones/localnetwork";

/** Who restores may make guests: said by name before anything is asked of PVE. */
async function demand(site: Site, wanted: Fields): Promise<void> {
  const order = INPUTS.parse(wanted);
  const login = authIdOf(site.pve().server.login);
  if (login !== order.login)
    throw new Refusal(
      `${nameOf(order)}: the plan was made for ${order.login}, and ${login} asks: its own tasks could not be told from others'. ` +
        "Give the stack the login of the plan, or make a new plan",
    );
  const path = `/vms/${parseGuestId(order.guest).vmid}`;
  const own = await site.pve().privileges(path);
  const moved = order.configuration !== undefined;
  const needed: readonly string[] = [...REBUILD_PRIVILEGES, ...(moved ? MOVE_PRIVILEGES : [])];
  // Another's host may give single bridges; at home the role is for all.
  const bridges = moved ? { "SDN.Use": true } : await site.pve().privileges(BRIDGES);
  const missing = [
    ...needed.filter((privilege) => privilege.startsWith("VM.") && !(privilege in own)),
    ...("SDN.Use" in bridges ? [] : [`SDN.Use on ${BRIDGES} besides`]),
  ];
  if (missing.length === 0) return;
  if (moved)
    throw new Refusal(
      `${nameOf(order)}: expected the right ${missing.join(", ")} on ${path}, and the login does not have it. Ask the owner of the host ` +
        `for the whole role ${PVE_ROLES.drHost} (docs/how-to/dr-host.md)`,
    );
  throw new Refusal(
    `${nameOf(order)}: expected the right ${missing.join(", ")} on ${path}, and the login does not have it. On a node: ` +
      `\`pveum role add ${PVE_ROLES.rebuild} -privs "${REBUILD_PRIVILEGES.join(" ")}"\`, then ` +
      `\`pveum acl modify / -user <the login's user> -role ${PVE_ROLES.apply},${PVE_ROLES.rebuild}\`, and the same on each path below / on which that ` +
      "user has roles of its own (/vms where starts are ordered, those of a tunnel's connectors), because they take the place of those " +
      "above; take the role away when all is back",
  );
}

function nameOf({ guest }: Order): string {
  return `pve:RestoredGuest/${guest}`;
}
