import { flag, integer, optional } from "../../core/specification";
import { type Reach } from "../access/rights";
import { ANYBODY, type Call, holders, type Operation, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { type KeepOptions, KEEP_NAMES } from "../retention";
import { BACKUP_ID, BACKUP_TIME, BACKUP_TYPE, KEEP, MAX_DEPTH, NAMESPACE, STORE } from "../schema";
import { ownsGroup, rejectForeignOwner } from "../store/owner";
import { groupName } from "../store/snapshot-id";
import { collectObjects } from "../s3/object-garbage";
import { refresh } from "../s3/refresh";
import { collectGarbage, type GarbageReport, NO_GARBAGE } from "../store/garbage";
import {
  groupOf,
  IN_NAMESPACE,
  namespaceAclPath,
  namespaceOf,
  ONE_GROUP,
  ownerOf,
  PRUNE,
  reachOf,
  VERIFY,
} from "./group-access";
import { pruneGroup, pruneStore } from "./prune-work";
import { startTold } from "./told-task";
import { verifyStore } from "./verify-work";

const AT = "/admin/datastore/{store}";
const THREADS = optional(integer({ minimum: 1, maximum: 32 }));

/** What is done with the contents of a datastore: prune, garbage collection, verification. */
export const DATASTORE_WORK_OPERATIONS: readonly Operation[] = [
  {
    name: `POST ${AT}/prune`,
    permission: ANYBODY,
    parameters: { ...ONE_GROUP, ...KEEP, "dry-run": optional(flag()), "use-task": optional(flag()) },
    run: pruneOne,
  },
  {
    name: `POST ${AT}/prune-datastore`,
    permission: ANYBODY,
    parameters: { ...IN_NAMESPACE, ...KEEP, "dry-run": optional(flag()), "max-depth": optional(MAX_DEPTH) },
    run: pruneAll,
  },
  {
    name: `GET ${AT}/gc`,
    permission: holders("Datastore.Audit", "datastore", "{store}"),
    parameters: { store: STORE },
    run: (call) => ({ data: lastGarbage(call, call.text("store")).value }),
  },
  {
    name: `POST ${AT}/gc`,
    permission: holders("Datastore.Modify", "datastore", "{store}"),
    parameters: { store: STORE },
    run: collect,
  },
  {
    name: `PUT ${AT}/s3-refresh`,
    permission: holders("Datastore.Modify", "datastore", "{store}"),
    parameters: { store: STORE },
    run: refresh,
  },
  {
    name: `POST ${AT}/verify`,
    permission: ANYBODY,
    parameters: {
      "backup-id": optional(BACKUP_ID),
      "backup-time": optional(BACKUP_TIME),
      "backup-type": optional(BACKUP_TYPE),
      "ignore-verified": optional(flag()),
      "max-depth": optional(MAX_DEPTH),
      ns: optional(NAMESPACE),
      "outdated-after": optional(integer({ minimum: 0 })),
      "read-threads": THREADS,
      store: STORE,
      "verify-threads": THREADS,
    },
    run: verify,
  },
];

/** Report of the last garbage collection, as it is kept. */
export function lastGarbage({ server }: Call, store: string) {
  return server.document<GarbageReport & { upid?: string }>(`gc-${store}`, () => ({ ...NO_GARBAGE }));
}

/** Answers at once, for the dry run and the real one alike (observed on PBS 4.2.3). */
async function pruneOne(call: Call): Promise<Reply> {
  const { server, authId } = call;
  const reach = reachOf(call, PRUNE);
  const store = server.datastore(call.text("store"), call.flag("dry-run") ? "read" : "write");
  const group = groupOf(call);
  if (reach === "own") rejectForeignOwner(authId, ownerOf(store, group));
  if (!store.hasGroup(group)) throw new Refusal("ENOENT: No such file or directory");
  const scope = { keep: keepOf(call), dryRun: call.flag("dry-run") };
  if (!call.flag("use-task")) return { data: await pruneGroup(server, store, group, scope) };
  const order = { type: "prune", id: `${call.text("store")}:${groupName(group)}`, authId };
  const data = server.tasks.start(order, async () => {
    await pruneGroup(server, store, group, scope);
  });
  return { data };
}

function pruneAll(call: Call): Reply {
  const { server, authId } = call;
  const name = call.text("store");
  const ns = namespaceOf(call);
  reachOf(call, PRUNE);
  const scope = { ns, depth: call.number("max-depth") ?? 7, keep: keepOf(call), dryRun: call.flag("dry-run") };
  const data = server.tasks.start({ type: "prune", id: name, authId }, ({ log }) =>
    pruneStore(server, name, scope, { authId, reach: (at) => reachAt(call, at) }, log),
  );
  return { data };
}

function reachAt({ server, authId, values }: Call, ns: string): Reach | undefined {
  const path = namespaceAclPath(String(values["store"]), ns);
  if (server.rights.hasAny(authId, path, [PRUNE.full])) return "all";
  return server.rights.hasAny(authId, path, [PRUNE.limited]) ? "own" : undefined;
}

function keepOf(call: Call): KeepOptions {
  return Object.fromEntries(KEEP_NAMES.filter((name) => name in call.values).map((name) => [name, call.number(name)]));
}

/** Chunks of backups under way stay. */
function collect(call: Call): Reply {
  const { server, authId } = call;
  const name = call.text("store");
  const store = server.datastore(name, "write");
  const order = { type: "garbage_collection", id: name, authId };
  const data = startTold(server, order, { type: "gc", store: name }, async ({ log, upid }) => {
    log(`starting garbage collection on store ${name}`);
    const inUse = new Set([...(server.arriving.get(name) ?? []), ...(server.pulling.get(name) ?? [])]);
    const backend = server.backendOf(name);
    const report = backend === undefined ? collectGarbage(store, inUse) : await collectObjects(store, backend, inUse);
    lastGarbage(call, name).change((draft) => Object.assign(draft, report, { upid }));
    log(`Removed garbage: ${report["removed-bytes"]} B`);
    log(`Removed chunks: ${report["removed-chunks"]}`);
    log(`On-Disk chunks: ${report["disk-chunks"]}`);
  });
  return { data };
}

function verify(call: Call): Reply {
  const { server, authId } = call;
  const reach = reachOf(call, VERIFY);
  const name = call.text("store");
  const store = server.datastore(name, "read");
  const group =
    call.maybe("backup-id") === undefined || call.maybe("backup-type") === undefined ? undefined : groupOf(call);
  if (group !== undefined && reach === "own") rejectForeignOwner(authId, ownerOf(store, group));
  const time = call.number("backup-time");
  const scope = {
    ns: namespaceOf(call),
    depth: call.number("max-depth") ?? 7,
    ignoreVerified: call.flag("ignore-verified", true),
    ...(group !== undefined && { group }),
    ...(time !== undefined && { time }),
  };
  const data = server.tasks.start(
    { type: group === undefined ? "verify" : "verify_group", id: name, authId },
    ({ log, upid }) =>
      verifyStore(server, name, scope, (id) => reach === "all" || ownsGroup(authId, store.owner(id) ?? ""), {
        log,
        upid,
      }),
  );
  return { data };
}
