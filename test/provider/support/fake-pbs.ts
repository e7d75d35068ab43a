import { FakeServer, Refused, type Answer, type Seen } from "./fake-server";

type Entry = Record<string, unknown>;

/** A backup group of the fake, with the times of its snapshots in epoch seconds. */
export interface FakeGroup {
  readonly ns: string;
  readonly type: string;
  readonly id: string;
  owner: string;
  readonly times: readonly number[];
  /** Whether its snapshots lie open. */
  readonly open?: boolean;
}

/** As much of a PBS as the provider asks, in memory. Texts and forms as observed on PBS 4.2.3. */
export class FakePbs {
  version = "4.2";
  readonly datastores: Entry[] = [];
  readonly pruneJobs: Entry[] = [];
  readonly verifyJobs: Entry[] = [];
  readonly syncJobs: Entry[] = [];
  readonly remotes: Entry[] = [];
  readonly remotePasswords = new Map<string, string>();
  /** Why a remote does not answer; undefined when it does. */
  scans: (remote: string) => string | undefined = () => undefined;
  readonly users: Entry[] = [];
  readonly tokens: Entry[] = [];
  readonly acl: Entry[] = [];
  readonly groups: FakeGroup[] = [];
  readonly tasks: Entry[] = [];
  readonly passwords = new Map<string, string>();
  readonly secrets = new Map<string, string>();
  /** Rights by path that the asking login has; everything everywhere unless a test says less. */
  privileges: (path: string, authorization: string) => Record<string, boolean> = () => ALL;
  /** Whether the lists show anything: a login without rights gets 200 and nothing. */
  blind = false;
  /** Whether tokens are let in at all. */
  letsTokensIn = true;
  readonly server: FakeServer;
  #renewals = 0;

  constructor() {
    this.server = new FakeServer(this.#routes());
  }

  start(): Promise<void> {
    return this.server.start();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  #list(entries: Entry[]): () => Entry[] {
    return () => (this.blind ? [] : [...entries].reverse());
  }

  #routes(): Record<string, Answer> {
    const tail = (seen: Seen, at: number) => seen.path.split("/")[at] ?? "";
    return {
      "POST /access/ticket": ({ parameters }) => this.#ticket(parameters),
      "GET /access/permissions": ({ parameters, authorization }) => {
        this.#demandLogin(authorization);
        const path = String(parameters["path"]);
        return { [path]: this.privileges(path, authorization) };
      },
      "GET /config/datastore": this.#list(this.datastores),
      "POST /config/datastore": ({ parameters }) => {
        const kept = Object.entries(parameters).filter(([name]) => name !== "reuse-datastore");
        add(this.datastores, "name", Object.fromEntries(kept));
        return UPID;
      },
      "PUT /config/datastore/{name}": (seen) => change(this.datastores, "name", tail(seen, 3), seen.parameters),
      "DELETE /config/datastore/{name}": (seen) => {
        drop(this.datastores, "name", tail(seen, 3));
        return UPID;
      },
      "GET /config/prune": this.#list(this.pruneJobs),
      "POST /config/prune": ({ parameters }) => add(this.pruneJobs, "id", parameters),
      "PUT /config/prune/{id}": (seen) => change(this.pruneJobs, "id", tail(seen, 3), seen.parameters),
      "DELETE /config/prune/{id}": (seen) => drop(this.pruneJobs, "id", tail(seen, 3)),
      "GET /config/verify": this.#list(this.verifyJobs),
      "POST /config/verify": ({ parameters }) => add(this.verifyJobs, "id", parameters),
      "PUT /config/verify/{id}": (seen) => change(this.verifyJobs, "id", tail(seen, 3), seen.parameters),
      "DELETE /config/verify/{id}": (seen) => drop(this.verifyJobs, "id", tail(seen, 3)),
      "GET /version": () => ({ version: this.version, release: "3" }),
      "GET /config/sync": ({ parameters }) =>
        this.#list(this.syncJobs)().filter(
          (job) => parameters["sync-direction"] === "all" || job["sync-direction"] !== "push",
        ),
      "POST /config/sync": ({ parameters }) => add(this.syncJobs, "id", parameters),
      "PUT /config/sync/{id}": (seen) => change(this.syncJobs, "id", tail(seen, 3), seen.parameters),
      "DELETE /config/sync/{id}": (seen) => drop(this.syncJobs, "id", tail(seen, 3)),
      "GET /config/remote": this.#list(this.remotes),
      "POST /config/remote": ({ parameters: { password, ...rest } }) => {
        this.remotePasswords.set(String(rest["name"]), String(password));
        return add(this.remotes, "name", rest);
      },
      "PUT /config/remote/{name}": (seen) => {
        const { password, ...rest } = seen.parameters;
        if (password !== undefined) this.remotePasswords.set(tail(seen, 3), password as string);
        return change(this.remotes, "name", tail(seen, 3), rest);
      },
      "DELETE /config/remote/{name}": (seen) => drop(this.remotes, "name", tail(seen, 3)),
      "GET /config/remote/{name}/scan": (seen) => {
        const why = this.scans(tail(seen, 3));
        if (why !== undefined) throw new Refused(400, why);
        return [];
      },
      "GET /access/users": this.#list(this.users),
      "POST /access/users": ({ parameters }) => add(this.users, "userid", parameters),
      "PUT /access/users/{userid}": (seen) => {
        const { password, ...rest } = seen.parameters;
        if (password !== undefined) this.passwords.set(tail(seen, 3), password as string);
        return change(this.users, "userid", tail(seen, 3), rest);
      },
      "DELETE /access/users/{userid}": (seen) => drop(this.users, "userid", tail(seen, 3)),
      "GET /access/users/{userid}/token": (seen) =>
        this.tokens.filter(({ tokenid }) => String(tokenid).startsWith(`${tail(seen, 3)}!`)),
      "POST /access/users/{userid}/token/{name}": (seen) => {
        const tokenid = `${tail(seen, 3)}!${tail(seen, 5)}`;
        add(this.tokens, "tokenid", { tokenid, ...seen.parameters });
        this.secrets.set(tokenid, `secret-of-${tokenid}-${this.secrets.size}`);
        return { tokenid, value: this.secrets.get(tokenid) };
      },
      "PUT /access/users/{userid}/token/{name}": (seen) => {
        const tokenid = `${tail(seen, 3)}!${tail(seen, 5)}`;
        const { regenerate, ...rest } = seen.parameters;
        change(this.tokens, "tokenid", tokenid, rest);
        if (regenerate !== true) return {};
        this.secrets.set(tokenid, `new-secret-of-${tokenid}-${(this.#renewals += 1)}`);
        return { secret: this.secrets.get(tokenid) };
      },
      "DELETE /access/users/{userid}/token/{name}": (seen) =>
        drop(this.tokens, "tokenid", `${tail(seen, 3)}!${tail(seen, 5)}`),
      "GET /access/acl": this.#list(this.acl),
      "PUT /access/acl": ({ parameters }) => this.#changeAcl(parameters),
      "GET /admin/datastore/{store}/namespace": () =>
        [...new Set(this.groups.map(({ ns }) => ns))].map((ns) => ({ ns })),
      "GET /admin/datastore/{store}/groups": ({ parameters }) =>
        this.groups
          .filter(({ ns }) => ns === (parameters["ns"] ?? ""))
          .map(({ type, id, owner }) => ({ "backup-type": type, "backup-id": id, owner })),
      "GET /admin/datastore/{store}/snapshots": () => this.groups.flatMap(snapshotsOf),
      "POST /admin/datastore/{store}/prune": ({ parameters }) => this.#dryRun(parameters),
      "POST /admin/datastore/{store}/change-owner": ({ parameters }) => {
        this.#groupOf(parameters).owner = String(parameters["new-owner"]);
        return null;
      },
      "GET /nodes/localhost/tasks": () => this.tasks,
      "GET /nodes/localhost/tasks/{upid}/status": () => ({ status: "stopped", exitstatus: "OK" }),
      "GET /nodes/localhost/tasks/{upid}/log": () => [],
    };
  }

  #ticket({ username, password }: Entry) {
    if (this.passwords.get(String(username)) !== password) throw new Refused(401, "permission check failed.");
    return { ticket: `PBS:${String(username)}:1`, CSRFPreventionToken: "t", username };
  }

  #demandLogin(authorization: string): void {
    const [, tokenId, secret] = /^PBSAPIToken=([^:]+):(.+)$/.exec(authorization) ?? [];
    if (tokenId === undefined || tokenId.startsWith("root@pam")) return;
    if (!this.letsTokensIn || this.secrets.get(tokenId) !== secret) throw new Refused(401, "authentication failed");
  }

  #changeAcl({ path, role: roleid, "auth-id": ugid, propagate = true, delete: gone }: Entry): null {
    const at = this.acl.findIndex(
      (entry) => entry["path"] === path && entry["roleid"] === roleid && entry["ugid"] === ugid,
    );
    if (at >= 0) this.acl.splice(at, 1);
    if (gone !== true) this.acl.push({ path, roleid, ugid, propagate, ugid_type: "user" });
    return null;
  }

  #groupOf(parameters: Entry): FakeGroup {
    const { "backup-type": type, "backup-id": id, ns = "" } = parameters;
    const found = this.groups.find((group) => group.type === type && group.id === id && group.ns === ns);
    if (found === undefined) throw new Refused(400, "ENOENT: No such file or directory");
    return found;
  }

  /** Counts `keep-last` and `keep-daily` only, as if every snapshot were of another day. */
  #dryRun(parameters: Entry) {
    if (parameters["dry-run"] !== true) throw new Refused(400, "a real prune was asked of the fake");
    const counts = ["keep-last", "keep-daily"].map((name) => Number(parameters[name] ?? 0));
    const kept = Math.max(...counts);
    const { "backup-type": type, "backup-id": id } = parameters;
    const times = [...this.#groupOf(parameters).times].sort((a, b) => b - a);
    return times.map((time, rank) => ({
      "backup-type": type,
      "backup-id": id,
      "backup-time": time,
      keep: kept === 0 || rank < kept,
      protected: false,
    }));
  }
}

export const ALL = {
  "Datastore.Audit": true,
  "Datastore.Backup": true,
  "Datastore.Allocate": true,
  "Remote.Audit": true,
  "Sys.Audit": true,
  "Sys.Modify": true,
  "Permissions.Modify": true,
};

const UPID = "UPID:backup:000011C2:0004D172:00000009:6B010436:create-datastore:main:root@pam!adm:";

function snapshotsOf({ type, id, times, open }: FakeGroup): Entry[] {
  const files = [
    { filename: "index.json.blob", "crypt-mode": "none" },
    { filename: "drive-scsi0.img.fidx", "crypt-mode": open === true ? "none" : "encrypt" },
  ];
  return times.map((time) => ({ "backup-type": type, "backup-id": id, "backup-time": time, files }));
}

function add(entries: Entry[], key: string, entry: Entry): null {
  if (entries.some((one) => one[key] === entry[key])) throw new Refused(400, `'${String(entry[key])}' already exists.`);
  entries.push(normalised(entry));
  return null;
}

function change(entries: Entry[], key: string, value: string, { delete: unset, ...rest }: Entry): null {
  const at = entries.findIndex((entry) => entry[key] === value);
  if (at < 0) throw new Refused(400, `no such '${value}'`);
  const gone = (unset ?? []) as string[];
  const kept = Object.entries(entries[at]!).filter(([name]) => !gone.includes(name));
  entries[at] = normalised({ ...Object.fromEntries(kept), ...rest, [key]: value });
  return null;
}

function drop(entries: Entry[], key: string, value: string): null {
  const at = entries.findIndex((entry) => entry[key] === value);
  if (at < 0) throw new Refused(400, `no such '${value}'`);
  entries.splice(at, 1);
  return null;
}

/** Comments are trimmed; an enabled user and a job at work do not say so; null is refused. */
function normalised(entry: Entry): Entry {
  for (const [name, value] of Object.entries(entry))
    if (value === null) throw new Refused(400, `'${name}': Expected value.`);
  const kept = Object.entries(entry).filter(
    ([name, value]) =>
      !(name === "enable" && value === true) &&
      !(name === "disable" && value === false) &&
      !(name === "ns" && value === ""),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, name === "comment" ? String(value).trim() : value]));
}
