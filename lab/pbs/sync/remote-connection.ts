import { type BackupServer } from "../backup-server";
import { dialFrom } from "../../link/links";
import { Connection } from "../connection";
import { Refusal } from "../refusal";

/** Port of a remote that names none. */
const USUAL_PORT = 8007;

/** HTTPS to a remote with the login that is stored for it. Nothing is asked of it yet. */
export function remoteConnection(server: BackupServer, name: string): Connection {
  const remote = server.remotes.find(name);
  const secret = server.remotePasswords.value.passwords[name];
  if (remote === undefined || secret === undefined) throw new Refusal(`no such remote '${name}'`);
  const { fingerprint } = remote;
  return new Connection({
    server: String(remote["host"]),
    port: Number(remote["port"] ?? USUAL_PORT),
    ...(typeof fingerprint === "string" && { fingerprint }),
    authId: String(remote["auth-id"]),
    secret,
    datastore: "",
    ns: "",
    dial: (host, port) => dialFrom(server.machine, host, port),
  });
}
