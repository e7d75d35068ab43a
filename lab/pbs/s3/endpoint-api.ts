import { flag, integer, list, oneOf, optional, type Parameters, text } from "../../core/specification";
import { type BackupServer } from "../backup-server";
import { type Fields, stored, updated } from "../config/config-file";
import { S3_ENDPOINT_PATTERN } from "../host-pattern";
import { ANYBODY, type Call, holders, type Operation, type Reply } from "../operation";
import { parameterRefusal, Refusal } from "../refusal";
import { deletable, DIGEST, STORE } from "../schema";
import { shuffled } from "../settings";
import { s3PlaceOf } from "./backend-field";
import { BucketClient } from "./bucket-client";

const ENDPOINT = text({ pattern: S3_ENDPOINT_PATTERN });
const RATE = optional(text({ minLength: 1, maxLength: 64 }));
const FIELDS: Parameters = {
  "burst-in": RATE,
  "burst-out": RATE,
  fingerprint: optional(text({ pattern: "/^(?:[0-9a-fA-F][0-9a-fA-F])(?::[0-9a-fA-F][0-9a-fA-F]){31}$/" })),
  "path-style": optional(flag()),
  port: optional(integer()),
  "provider-quirks": optional(list(oneOf("skip-if-none-match-header", "delete-objects-via-delete-object"))),
  "put-rate-limit": optional(integer()),
  "rate-in": RATE,
  "rate-out": RATE,
  region: optional(text({ maxLength: 32, pattern: "/^[_a-z\\d][-_a-z\\d]+$/" })),
};
const CLEARABLE = [
  "port",
  "region",
  "fingerprint",
  "path-style",
  "rate-in",
  "burst-in",
  "rate-out",
  "burst-out",
  "provider-quirks",
];
const AT = "/config/s3/{id}";
const CHECKED: Parameters = {
  bucket: text({ minLength: 3, maxLength: 63 }),
  "s3-endpoint-id": STORE,
  "store-prefix": optional(text()),
};

/** Endpoints of S3 providers. Nothing is asked of one when it is entered (observed on PBS 4.2.3). */
export const S3_OPERATIONS: readonly Operation[] = [
  { name: "GET /config/s3", permission: ANYBODY, parameters: {}, run: listEndpoints },
  {
    name: "POST /config/s3",
    permission: holders("Sys.Modify", "system", "s3-endpoint"),
    privileged: true,
    parameters: { ...FIELDS, "access-key": text(), endpoint: ENDPOINT, id: STORE, "secret-key": text() },
    run: createEndpoint,
  },
  {
    name: `GET ${AT}`,
    permission: holders("Sys.Audit", "system", "s3-endpoint", "{id}"),
    parameters: { id: STORE },
    run: (call) => ({
      data: { id: call.text("id"), ...existing(call) },
      beside: { digest: call.server.s3Endpoints.digest },
    }),
  },
  {
    name: `PUT ${AT}`,
    permission: holders("Sys.Modify", "system", "s3-endpoint", "{id}"),
    privileged: true,
    parameters: {
      ...FIELDS,
      "access-key": optional(text()),
      delete: deletable(...CLEARABLE),
      digest: optional(DIGEST),
      endpoint: optional(ENDPOINT),
      id: STORE,
      "secret-key": optional(text()),
    },
    run: updateEndpoint,
  },
  {
    name: `DELETE ${AT}`,
    permission: holders("Sys.Modify", "system", "s3-endpoint", "{id}"),
    privileged: true,
    parameters: { digest: optional(DIGEST), id: STORE },
    run: deleteEndpoint,
  },
  {
    name: `GET ${AT}/list-buckets`,
    permission: holders("Sys.Audit"),
    parameters: { id: STORE },
    run: listBuckets,
  },
  {
    name: "PUT /admin/s3/{s3-endpoint-id}/check",
    permission: holders("Sys.Modify"),
    privileged: true,
    parameters: CHECKED,
    run: check,
  },
];

function listEndpoints({ server, authId }: Call): Reply {
  const visible = server.s3Endpoints
    .ids()
    .filter((id) => server.rights.hasAny(authId, `/system/s3-endpoint/${id}`, ["Sys.Audit"]));
  const data = shuffled(
    server.settings,
    visible.map((id) => ({ id, ...server.s3Endpoints.find(id) })),
  );
  return { data, beside: { digest: server.s3Endpoints.digest } };
}

function createEndpoint(call: Call): Reply {
  const { server } = call;
  const id = call.text("id");
  if (server.s3Endpoints.find(id) !== undefined) {
    throw parameterRefusal({ id: `s3 client config '${id}' already exists.` });
  }
  server.s3Endpoints.write(id, stored(call.except("id", "secret-key")));
  keepSecret(server, id, call.text("secret-key"));
  return { data: null };
}

function updateEndpoint(call: Call): Reply {
  const { server } = call;
  const id = call.text("id");
  const endpoint = existing(call);
  server.s3Endpoints.rejectStale(call.maybe("digest"));
  const set = call.except("id", "secret-key", "digest", "delete");
  server.s3Endpoints.write(id, stored(updated(endpoint, set, call.list("delete"))));
  const secret = call.maybe("secret-key");
  if (secret !== undefined) keepSecret(server, id, secret);
  return { data: null };
}

function deleteEndpoint(call: Call): Reply {
  const { server } = call;
  const id = call.text("id");
  if (server.s3Endpoints.find(id) === undefined) throw new Refusal(`s3 client config '${id}' does not exist.`, 404);
  const user = server.datastores
    .ids()
    .find((name) => s3PlaceOf(server.datastores.find(name)?.["backend"])?.client === id);
  if (user !== undefined) throw new Refusal(`in-use by datastore ${user}`);
  server.s3Endpoints.rejectStale(call.maybe("digest"));
  server.s3Endpoints.remove(id);
  server.s3Secrets.change(({ secrets }) => Reflect.deleteProperty(secrets, id));
  return { data: null };
}

/** Whatever fails is told in the same words (observed on PBS 4.2.3). */
async function listBuckets(call: Call): Promise<Reply> {
  existing(call);
  try {
    const names = await BucketClient.open(call.server, call.text("id"), "").buckets();
    return { data: names.map((name) => ({ name })) };
  } catch {
    throw new Refusal("failed to list buckets");
  }
}

/** Writes, reads and deletes an object; where the key may not delete, the object stays (observed on PBS 4.2.3). */
async function check(call: Call): Promise<Reply> {
  const client = BucketClient.open(call.server, call.text("s3-endpoint-id"), call.text("bucket"));
  const prefix = call.maybe("store-prefix");
  const key = `${prefix === undefined ? "" : `${prefix}/`}.s3-client-test`;
  const steps: readonly [string, () => Promise<unknown>][] = [
    ["head object", () => client.head()],
    ["put object", () => client.put(key, "test")],
    ["get object", () => client.get(key)],
    ["delete object", () => client.remove(key)],
  ];
  for (const [step, run] of steps) {
    try {
      await run();
    } catch {
      throw new Refusal(`${step} failed`);
    }
  }
  return { data: null };
}

function existing(call: Call): Fields {
  const id = call.text("id");
  const endpoint = call.server.s3Endpoints.find(id);
  if (endpoint === undefined) throw new Refusal(`no such s3 client config '${id}'`);
  return endpoint;
}

function keepSecret(server: BackupServer, id: string, secret: string): void {
  server.s3Secrets.change(({ secrets }) => (secrets[id] = secret));
}
