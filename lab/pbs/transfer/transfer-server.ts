import { type HttpRequest, type HttpResponse } from "../../core/http";
import { authenticate } from "../access/login";
import { type BackupServer } from "../backup-server";
import { openSnapshot, READ } from "../admin/group-access";
import { Call } from "../operation";
import { messageOf, Refusal } from "../refusal";
import { MANIFEST_NAME } from "../store/manifest";
import { type BackupType, type SnapshotId } from "../store/snapshot-id";
import { BackupSession } from "./backup-session";

/** Base of the lab's own paths. A real server upgrades the connection to a protocol of its own instead. */
const BASE = "/lab-backup/";

/** What a client sends to begin a backup. */
export interface BackupStart {
  /** Datastore. */
  readonly store: string;
  /** Namespace. */
  readonly ns: string;
  /** Kind of guest. */
  readonly type: BackupType;
  /** Guest id. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** Takes and gives the contents of snapshots. */
export class TransferServer {
  readonly #sessions = new Map<string, BackupSession>();
  readonly #locked = new Map<string, string>();

  constructor(private readonly server: BackupServer) {}

  /** Answers a request below the lab's own base; undefined for any other. */
  async answer(request: HttpRequest): Promise<HttpResponse | undefined> {
    if (!request.path.startsWith(BASE)) return undefined;
    try {
      const body = await this.#carryOut(request, request.path.slice(BASE.length).split("/"));
      return { status: 200, body: Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null) };
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 400;
      return { status, headers: { "content-type": "text/plain" }, body: messageOf(error) };
    }
  }

  #carryOut(request: HttpRequest, [room, ...rest]: readonly string[]): unknown {
    if (room === "sessions" && rest[0] === undefined) return this.#begin(request);
    if (room === "sessions") return this.#continue(request, rest);
    if (room === "read") return this.#read(request, rest);
    throw new Refusal(`Path '${request.path}' not found.`, 404);
  }

  async #begin(request: HttpRequest): Promise<object> {
    const authId = await authenticate(this.server, request);
    const { store, ...snapshot } = JSON.parse(request.body.toString("utf8")) as BackupStart;
    const lock = BackupSession.lockName(store, snapshot);
    if (this.#locked.has(lock)) throw new Refusal("unable to acquire backup group lock - another backup is running");
    const session = BackupSession.begin(this.server, authId, store, snapshot satisfies SnapshotId, () => {
      this.#locked.delete(lock);
      this.#sessions.delete(session.id);
      this.#forgetArrivals();
    });
    this.#locked.set(lock, session.id);
    this.#sessions.set(session.id, session);
    return { session: session.id };
  }

  /** Whoever knows the number of a session is its client: revoking its rights does not stop it. */
  async #continue({ verb, body }: HttpRequest, [id = "", what = "", name = ""]: readonly string[]): Promise<unknown> {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Refusal("no such backup session", 404);
    if (verb === "DELETE") session.abort("backup aborted by client");
    else if (what === "missing") return session.missing(JSON.parse(body.toString("utf8")) as string[]);
    else if (what === "chunks") await session.putChunk(name, body);
    else if (what === "files") session.putFile(decodeURIComponent(name), body);
    else if (what === "finish") await session.finish();
    return undefined;
  }

  async #read(request: HttpRequest, [kind, name = ""]: readonly string[]): Promise<Buffer> {
    const authId = await authenticate(this.server, request);
    const query = Object.fromEntries(request.query.entries());
    const values = { ...query, "backup-time": Number(query["backup-time"]) };
    const [store, snapshot] = openSnapshot(new Call(this.server, authId, values), READ, "read");
    if (kind === "file") {
      const file = decodeURIComponent(name);
      // Who begins to read a snapshot is a task of its own, by whom it is later told who read what.
      if (file === MANIFEST_NAME) this.#noteReader(authId, query["store"] ?? "", snapshot);
      return store.file(snapshot, file);
    }
    const named = [...store.indices(snapshot).values()].some(({ digests }) => digests.includes(name));
    if (!named) throw new Refusal("permission check failed", 403);
    return store.chunks.get(name);
  }

  /** Source: PBS 4.2, src/api2/reader/mod.rs, `upgrade_to_backup_reader_protocol`. */
  #noteReader(authId: string, store: string, { type, id, time }: SnapshotId): void {
    const what = `${store}:${type}/${id}/${time.toString(16).toUpperCase().padStart(8, "0")}`;
    this.server.tasks.start({ type: "reader", id: what, authId }, () => undefined);
  }

  #forgetArrivals(): void {
    if (this.#sessions.size === 0) this.server.arriving.clear();
  }
}
