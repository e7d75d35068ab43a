import { flag, integer, optional, type Parameters, text } from "../../core/specification";
import { type BackupServer } from "../backup-server";
import { HOST_PATTERN } from "../host-pattern";
import { ANYBODY, type Call, holders, type Operation, type Reply } from "../operation";
import { messageOf, parameterRefusal, Refusal } from "../refusal";
import { AUTH_ID, COMMENT, deletable, DIGEST, line, NAMESPACE, STORE } from "../schema";
import { shuffled } from "../settings";
import { remoteConnection } from "../sync/remote-connection";
import { type Fields, stored, updated } from "./config-file";

const HOST = text({ pattern: HOST_PATTERN });
const FINGERPRINT = text({ pattern: "/^(?:[0-9a-fA-F][0-9a-fA-F])(?::[0-9a-fA-F][0-9a-fA-F]){31}$/" });
const SECRET = line(1, 1024);
const FIELDS: Parameters = {
  comment: optional(COMMENT),
  fingerprint: optional(FINGERPRINT),
  port: optional(integer()),
  "use-node-proxy": optional(flag()),
};
const AT = "/config/remote/{name}";

/** Other backup servers and the logins for them. Nothing is asked of one when it is entered (observed on PBS 4.2.3). */
export const REMOTE_OPERATIONS: readonly Operation[] = [
  { name: "GET /config/remote", permission: ANYBODY, parameters: {}, run: listRemotes },
  {
    name: "POST /config/remote",
    permission: holders("Remote.Modify", "remote"),
    privileged: true,
    parameters: { ...FIELDS, "auth-id": AUTH_ID, host: HOST, name: STORE, password: SECRET },
    run: createRemote,
  },
  {
    name: `GET ${AT}`,
    permission: holders("Remote.Audit", "remote", "{name}"),
    parameters: { name: STORE },
    run: (call) => ({
      data: { name: call.text("name"), ...existingRemote(call) },
      beside: { digest: call.server.remotes.digest },
    }),
  },
  {
    name: `PUT ${AT}`,
    permission: holders("Remote.Modify", "remote", "{name}"),
    privileged: true,
    parameters: {
      ...FIELDS,
      "auth-id": optional(AUTH_ID),
      delete: deletable("comment", "fingerprint", "port", "use-node-proxy"),
      digest: optional(DIGEST),
      host: optional(HOST),
      name: STORE,
      password: optional(SECRET),
    },
    run: updateRemote,
  },
  {
    name: `DELETE ${AT}`,
    permission: holders("Remote.Modify", "remote", "{name}"),
    privileged: true,
    parameters: { digest: optional(DIGEST), name: STORE },
    run: deleteRemote,
  },
  {
    name: `GET ${AT}/scan`,
    permission: holders("Remote.Audit", "remote", "{name}"),
    parameters: { name: STORE },
    run: (call) => scan(call, "/admin/datastore"),
  },
  {
    name: `GET ${AT}/scan/{store}/namespaces`,
    permission: holders("Remote.Audit", "remote", "{name}"),
    parameters: { name: STORE, store: STORE },
    run: (call) => scan(call, `/admin/datastore/${call.text("store")}/namespace`),
  },
  {
    name: `GET ${AT}/scan/{store}/groups`,
    permission: holders("Remote.Audit", "remote", "{name}"),
    parameters: { name: STORE, namespace: optional(NAMESPACE), store: STORE },
    run: (call) => scan(call, `/admin/datastore/${call.text("store")}/groups`, call.maybe("namespace")),
  },
];

/** Remotes that the caller may see, without their passwords. */
function listRemotes({ server, authId }: Call): Reply {
  const visible = server.remotes
    .ids()
    .filter((name) => server.rights.hasAny(authId, `/remote/${name}`, ["Remote.Audit"]));
  const data = shuffled(
    server.settings,
    visible.map((name) => ({ name, ...server.remotes.find(name) })),
  );
  return { data, beside: { digest: server.remotes.digest } };
}

function createRemote(call: Call): Reply {
  const { server } = call;
  const name = call.text("name");
  if (server.remotes.find(name) !== undefined) throw parameterRefusal({ name: `remote '${name}' already exists.` });
  server.remotes.write(name, stored(call.except("name", "password")));
  keepPassword(server, name, call.text("password"));
  return { data: null };
}

function updateRemote(call: Call): Reply {
  const { server } = call;
  const name = call.text("name");
  const remote = existingRemote(call);
  server.remotes.rejectStale(call.maybe("digest"));
  const set = call.except("name", "password", "digest", "delete");
  server.remotes.write(name, stored(updated(remote, set, call.list("delete"))));
  const password = call.maybe("password");
  if (password !== undefined) keepPassword(server, name, password);
  return { data: null };
}

/** One that a sync job needs stays. */
function deleteRemote(call: Call): Reply {
  const { server } = call;
  const name = call.text("name");
  const user = server.syncJobs.ids().find((id) => server.syncJobs.find(id)?.["remote"] === name);
  if (user !== undefined) {
    const store = String(server.syncJobs.find(user)?.["store"]);
    throw parameterRefusal({ name: `remote '${name}' is used by sync job '${user}' (datastore '${store}')` });
  }
  if (server.remotes.find(name) === undefined) throw new Refusal(`remote '${name}' does not exist.`, 404);
  server.remotes.rejectStale(call.maybe("digest"));
  server.remotes.remove(name);
  server.remotePasswords.change(({ passwords }) => Reflect.deleteProperty(passwords, name));
  return { data: null };
}

function existingRemote(call: Call): Fields {
  const name = call.text("name");
  const remote = call.server.remotes.find(name);
  if (remote === undefined) throw new Refusal(`no such remote '${name}'`);
  return remote;
}

/** Asks the other server. What it refuses is an error of this one: 500 (observed on PBS 4.2.3). */
async function scan(call: Call, path: string, ns = ""): Promise<Reply> {
  existingRemote(call);
  const name = call.text("name");
  try {
    const data = await remoteConnection(call.server, name).api({ method: "GET", path, query: ns === "" ? {} : { ns } });
    return { data };
  } catch (error) {
    throw new Refusal(`Failed to scan remote '${name}' - ${messageOf(error)}`, 500);
  }
}

function keepPassword(server: BackupServer, name: string, password: string): void {
  server.remotePasswords.change(({ passwords }) => (passwords[name] = password));
}
