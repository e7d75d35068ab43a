import { FakeHa } from "./fake-ha";
import { FakeMachine } from "./fake-machine";
import { FakeServer, Refused, type Answer, type Seen } from "./fake-server";

type Entry = Record<string, unknown>;

/** As much of a PVE as the provider asks, in memory. */
export class FakePve {
  readonly storages: Entry[] = [];
  readonly jobs: Entry[] = [];
  /** Passwords by storage, as PVE keeps them beside the configuration. */
  readonly passwords = new Map<string, string>();
  privileges: (path: string) => Record<string, number> = () => ({ "Sys.Audit": 1, "Datastore.Audit": 1 });
  blind = false;
  /** Whether the PBS lets the storages in; PVE calls them active then. */
  active = false;
  /** Backups that a node lists, and whether it has the key that reads them. */
  readonly backups: Entry[] = [];
  opensBackups = true;
  /** A virtual machine with a guest agent. */
  readonly machine = new FakeMachine();
  /** Guests, and what HA and replication do with them. */
  readonly ha = new FakeHa();
  readonly server: FakeServer;

  constructor() {
    this.server = new FakeServer(this.#routes());
  }

  start(): Promise<void> {
    return this.server.start();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  #routes(): Record<string, Answer> {
    const last = (seen: Seen) => seen.path.split("/").at(-1) ?? "";
    return {
      ...this.ha.routes,
      ...this.machine.routes,
      "GET /cluster/resources": (seen) => [
        ...(this.machine.routes["GET /cluster/resources"]!(seen) as unknown[]),
        ...this.ha.guests,
      ],
      "GET /access/permissions": ({ parameters }) => {
        const path = String(parameters["path"]);
        return { [path]: this.privileges(path) };
      },
      "GET /storage": () => (this.blind ? [] : this.storages),
      "POST /storage": ({ parameters }) => {
        if (this.storages.some(({ storage }) => storage === parameters["storage"])) {
          throw new Refused(
            500,
            JSON.stringify({ data: null, message: `storage ID '${String(parameters["storage"])}' already defined\n` }),
          );
        }
        this.storages.push({});
        return this.#write(this.storages.at(-1)!, parameters);
      },
      "PUT /storage/{storage}": (seen) =>
        this.#write(this.#storage(last(seen)), { ...seen.parameters, storage: last(seen) }),
      "DELETE /storage/{storage}": (seen) => {
        this.storages.splice(this.storages.indexOf(this.#storage(last(seen))), 1);
        return null;
      },
      "GET /nodes": () => [{ node: "tappaas1", status: "online" }],
      "GET /nodes/{node}/storage": ({ parameters }) => [
        { storage: parameters["storage"], active: this.active ? 1 : 0 },
      ],
      "GET /nodes/{node}/storage/{storage}/content": () => this.backups,
      "GET /nodes/{node}/storage/{storage}/file-restore/list": () => {
        if (!this.opensBackups) throw new Refused(500, JSON.stringify({ message: "missing key" }));
        return [];
      },
      "GET /cluster/backup": () => this.jobs,
      "POST /cluster/backup": ({ parameters }) => {
        this.jobs.push({ ...parameters, type: "vzdump" });
        return null;
      },
      "PUT /cluster/backup/{id}": (seen) => {
        const { delete: unset = "", ...rest } = seen.parameters;
        const at = this.jobs.findIndex(({ id }) => id === last(seen));
        const kept = Object.entries(this.jobs[at]!).filter(([name]) => !String(unset).split(",").includes(name));
        this.jobs[at] = { ...Object.fromEntries(kept), ...rest };
        return null;
      },
      "DELETE /cluster/backup/{id}": (seen) => {
        this.jobs.splice(
          this.jobs.findIndex(({ id }) => id === last(seen)),
          1,
        );
        return null;
      },
    };
  }

  #storage(id: string): Entry {
    const found = this.storages.find(({ storage }) => storage === id);
    if (found === undefined) throw new Refused(500, JSON.stringify({ message: `storage '${id}' does not exist` }));
    return found;
  }

  /** Password and key are kept beside, and only when they are named; the answer shows the key, as PVE's does. */
  #write(entry: Entry, { password, "encryption-key": key, "master-pubkey": master, delete: unset, ...rest }: Entry) {
    const id = String(rest["storage"]);
    if (password !== undefined) this.passwords.set(id, password as string);
    for (const name of ((unset as string | undefined) ?? "").split(",")) Reflect.deleteProperty(entry, name);
    Object.assign(entry, rest);
    if (key !== undefined)
      entry["encryption-key"] = (JSON.parse(key as string) as { fingerprint?: string }).fingerprint ?? "1";
    if (master !== undefined) entry["master-pubkey"] = "1";
    return { storage: id, type: "pbs", config: { "encryption-key": key } };
  }
}
