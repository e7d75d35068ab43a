import { flag, integer, oneOf, optional, type Parameters, type PropertyString, text } from "../../core/specification";
import { ANYBODY, type Call, holders, type Operation, type Reply } from "../operation";
import { Refusal } from "../refusal";
import { KEEP_NAMES } from "../retention";
import { COMMENT, deletable, DIGEST, KEEP, MAINTENANCE_MESSAGE, STORE, USER } from "../schema";
import { shuffled } from "../settings";
import { type Fields, updated } from "./config-file";
import { createDatastore } from "./datastore-creation";
import { datastoreFields } from "./datastore-fields";
import { removeDatastore } from "./datastore-removal";
import { rejectBrokenSchedule } from "./job-file";

const NOTIFY = optional(oneOf("never", "always", "error"));
const BYTES = optional(text({ minLength: 1, maxLength: 64 }));
const COUNT = optional(integer());
const MAINTENANCE: PropertyString = {
  message: optional(MAINTENANCE_MESSAGE),
  type: oneOf("read-only", "offline", "delete", "unmount", "s3-refresh"),
};
const TUNING: PropertyString = {
  "chunk-order": optional(oneOf("none", "inode")),
  "default-verification-readers": optional(integer({ minimum: 1, maximum: 32 })),
  "default-verification-workers": optional(integer({ minimum: 1, maximum: 32 })),
  "gc-atime-cutoff": optional(integer({ minimum: 1, maximum: 2880 })),
  "gc-atime-safety-check": optional(flag()),
  "gc-cache-capacity": optional(integer({ minimum: 0, maximum: 8_388_608 })),
  "sync-level": optional(oneOf("none", "file", "filesystem")),
};
const THRESHOLDS: PropertyString = {
  "s3-delete": COUNT,
  "s3-download": BYTES,
  "s3-get": COUNT,
  "s3-head": COUNT,
  "s3-post": COUNT,
  "s3-put": COUNT,
  "s3-upload": BYTES,
};
const FIELDS: Parameters = {
  ...KEEP,
  comment: optional(COMMENT),
  "counter-reset-schedule": optional(text()),
  "gc-on-unmount": optional(flag()),
  "gc-schedule": optional(text()),
  "maintenance-mode": optional(text({ format: MAINTENANCE })),
  "notification-mode": optional(oneOf("legacy-sendmail", "notification-system")),
  "notification-thresholds": optional(text({ format: THRESHOLDS })),
  notify: optional(text({ format: { gc: NOTIFY, prune: NOTIFY, sync: NOTIFY, verify: NOTIFY } })),
  "notify-user": optional(USER),
  "prune-schedule": optional(text()),
  tuning: optional(text({ format: TUNING })),
  "verify-new": optional(flag()),
};
const CLEARABLE = [
  ...[
    "comment",
    "gc-schedule",
    "gc-on-unmount",
    "prune-schedule",
    ...KEEP_NAMES,
    "verify-new",
    "notify-user",
    "notify",
  ],
  ...["notification-mode", "tuning", "maintenance-mode", "notification-thresholds", "counter-reset-schedule"],
];

/** Datastores as they are configured. */
export const DATASTORE_OPERATIONS: readonly Operation[] = [
  { name: "GET /config/datastore", permission: ANYBODY, parameters: {}, run: listDatastores },
  {
    name: "POST /config/datastore",
    permission: holders("Datastore.Allocate", "datastore"),
    privileged: true,
    parameters: {
      ...FIELDS,
      backend: optional(text()),
      "backing-device": optional(text({ pattern: "/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/" })),
      name: STORE,
      "overwrite-in-use": optional(flag()),
      path: text({ minLength: 1, maxLength: 4096 }),
      "reuse-datastore": optional(flag()),
    },
    run: createDatastore,
  },
  {
    name: "GET /config/datastore/{name}",
    permission: holders("Datastore.Audit", "datastore", "{name}"),
    parameters: { name: STORE },
    run: readDatastore,
  },
  {
    name: "PUT /config/datastore/{name}",
    permission: holders("Datastore.Modify", "datastore", "{name}"),
    privileged: true,
    parameters: { ...FIELDS, delete: deletable(...CLEARABLE), digest: optional(DIGEST), name: STORE },
    run: updateDatastore,
  },
  {
    name: "DELETE /config/datastore/{name}",
    permission: holders("Datastore.Allocate", "datastore", "{name}"),
    privileged: true,
    parameters: {
      "destroy-data": optional(flag()),
      digest: optional(DIGEST),
      "keep-job-configs": optional(flag()),
      name: STORE,
    },
    run: removeDatastore,
  },
];

function listDatastores({ server, authId }: Call): Reply {
  const mayRead = (name: string): boolean => server.rights.hasAny(authId, `/datastore/${name}`, ["Datastore.Audit"]);
  const names = shuffled(server.settings, server.datastores.ids().filter(mayRead));
  return {
    data: names.map((name) => ({ name, ...server.datastores.find(name) })),
    beside: { digest: server.datastores.digest },
  };
}

function readDatastore(call: Call): Reply {
  const { server } = call;
  return { data: { name: call.text("name"), ...existing(call) }, beside: { digest: server.datastores.digest } };
}

/** Waits for the lock that the creation of another datastore holds (observed on PBS 4.2.3). */
function updateDatastore(call: Call): Promise<Reply> {
  const { server } = call;
  const name = call.text("name");
  return server.datastoreLock.during(() => {
    const fields = existing(call);
    server.datastores.rejectStale(call.maybe("digest"));
    const set = call.except("name", "digest", "delete");
    rejectRetention(set);
    rejectBrokenSchedule(set, "gc-schedule");
    rejectEscape(fields);
    server.datastores.write(name, datastoreFields(updated(fields, set, call.list("delete"))));
    return { data: null };
  });
}

/** Retention is the prune jobs' business: on an update it is refused (observed on PBS 4.2.3). */
function rejectRetention(set: Fields): void {
  const names = ["prune-schedule", ...KEEP_NAMES].filter((name) => name in set);
  if (names.length > 0)
    throw new Refusal(`datastore prune settings have been replaced by prune jobs: ${names.join(", ")}`);
}

/** A datastore that is being deleted stays so (observed on PBS 4.2.3). */
function rejectEscape(fields: Fields): void {
  if (fields["maintenance-mode"] === "delete") throw new Refusal("datastore is being deleted");
}

function existing(call: Call): Fields {
  const fields = call.server.datastores.find(call.text("name"));
  if (fields === undefined) throw new Refusal(`no such datastore '${call.text("name")}'`);
  return fields;
}
