import { flag, optional } from "../../core/specification";
import { type BackupServer } from "../backup-server";
import { ANYBODY, type Call, type Operation, type Reply, WORLD } from "../operation";
import { Refusal } from "../refusal";
import { s3PlaceOf } from "../s3/backend-field";
import { STORE } from "../schema";
import { shuffled } from "../settings";
import { BACKUP_TYPES } from "../store/snapshot-id";
import { lastGarbage } from "./datastore-work-api";

const SIGHT = ["Datastore.Audit", "Datastore.Backup"] as const;

/** The server, and how full its datastores are. */
export const DATASTORE_STATUS_OPERATIONS: readonly Operation[] = [
  { name: "GET /ping", permission: WORLD, parameters: {}, run: () => ({ data: { pong: true } }) },
  {
    name: "GET /version",
    permission: ANYBODY,
    parameters: {},
    run: ({ server }) => ({
      data: { release: "3", repoid: "0000000000000000000000000000000000000000", version: server.version },
    }),
  },
  { name: "GET /admin/datastore", permission: ANYBODY, parameters: {}, run: listVisible },
  {
    name: "GET /admin/datastore/{store}/status",
    permission: ANYBODY,
    parameters: { store: STORE, verbose: optional(flag()) },
    run: readStatus,
  },
  { name: "GET /status/datastore-usage", permission: ANYBODY, parameters: {}, run: listUsage },
];

function listVisible({ server, authId }: Call): Reply {
  const names = server.datastores.ids().filter((name) => isVisible(server, authId, name));
  const data = shuffled(server.settings, names).map((store) => {
    const { comment, "maintenance-mode": maintenance } = server.datastores.find(store) ?? {};
    return {
      store,
      ...backendType(server, store),
      "mount-status": "nonremovable",
      ...(comment !== undefined && { comment }),
      ...(maintenance !== undefined && { maintenance }),
    };
  });
  return { data };
}

/** Also with rights on a namespace only (observed on PBS 4.2.3). */
function isVisible({ rights }: BackupServer, authId: string, name: string): boolean {
  const path = `/datastore/${name}`;
  return rights.hasAny(authId, path, SIGHT) || rights.hasAnyBelow(authId, path, SIGHT);
}

/** Zeros for who has rights on a namespace only (observed on PBS 4.2.3). */
function readStatus(call: Call): Reply {
  const { server, authId } = call;
  const name = call.text("store");
  if (!isVisible(server, authId, name)) throw new Refusal("permission check failed", 403);
  const kind = backendType(server, name);
  const store = server.datastore(name, "read");
  if (!server.rights.hasAny(authId, `/datastore/${name}`, SIGHT))
    return { data: { ...kind, total: 0, used: 0, avail: 0 } };
  const usage = { ...kind, ...usageOf(server, name) };
  if (!call.flag("verbose")) return { data: usage };
  const groups = store.namespaces("", 7).flatMap((ns) => store.groups(ns));
  const counts = BACKUP_TYPES.map((type) => {
    const ofType = groups.filter((group) => group.type === type);
    return [
      type,
      { groups: ofType.length, snapshots: ofType.flatMap((group) => store.snapshots(group)).length },
    ] as const;
  }).filter(([, count]) => count.groups > 0);
  return { data: { ...usage, counts: Object.fromEntries(counts), "gc-status": lastGarbage(call, name).value } };
}

function listUsage({ server, authId }: Call): Reply {
  const names = shuffled(
    server.settings,
    server.datastores.ids().filter((name) => isVisible(server, authId, name)),
  );
  const kind = { "mount-status": "nonremovable" };
  return {
    data: names.map((store) => ({
      store,
      ...backendType(server, store),
      ...kind,
      ...usageEntry(server, authId, store),
    })),
  };
}

function usageEntry(server: BackupServer, authId: string, store: string): object {
  if (!server.rights.hasAny(authId, `/datastore/${store}`, SIGHT)) return {};
  try {
    return usageOf(server, store);
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function usageOf(server: BackupServer, name: string): { total: number; used: number; avail: number } {
  const chunks = [...server.datastore(name, "read").chunks.all()];
  const used = chunks.reduce((sum, { size }) => sum + size, 0);
  const total = server.settings.value.diskSize;
  return { total, used, avail: Math.max(total - used, 0) };
}

function backendType(server: BackupServer, name: string) {
  const isS3 = s3PlaceOf(server.datastores.find(name)?.["backend"]) !== undefined;
  return { "backend-type": isS3 ? "s3" : "filesystem" };
}
