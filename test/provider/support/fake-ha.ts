import { Refused, type Answer, type Seen } from "./fake-server";

type Entry = Record<string, unknown>;

/** High availability and replication of a PVE, as much as the provider asks, with PVE's swap of a job that follows its guest. */
export class FakeHa {
  readonly resources: Entry[] = [];
  readonly rules: Entry[] = [];
  readonly jobs: Entry[] = [];
  readonly guests = [
    { vmid: 140, type: "qemu", node: "tappaas1", status: "running" },
    { vmid: 610, type: "qemu", node: "tappaas1", status: "stopped" },
  ];
  /** How replication went, by job; the answers come one after another, the last stays. */
  readonly status = new Map<string, Entry[]>();
  /** Parameters with which something was removed. */
  readonly removals: Entry[] = [];

  /** datacenter.cfg, all values text; told taken apart. */
  readonly options: Record<string, string> = {};

  readonly routes: Readonly<Record<string, Answer>> = {
    "GET /cluster/resources": () => this.guests,
    "GET /cluster/options": () =>
      Object.fromEntries(Object.entries(this.options).map(([name, text]) => [name, partsOf(text)])),
    "PUT /cluster/options": ({ parameters: { delete: dropped = "", ...set } }) => {
      for (const name of String(dropped).split(",")) Reflect.deleteProperty(this.options, name);
      Object.assign(this.options, set);
      return null;
    },
    "GET /cluster/ha/resources": () => this.resources,
    "POST /cluster/ha/resources": ({ parameters }) => made(this.resources, { ...parameters }),
    "PUT /cluster/ha/resources/{sid}": (seen) => changed(this.resources, "sid", seen),
    "DELETE /cluster/ha/resources/{sid}": (seen) => this.#removed(this.resources, "sid", seen),
    "GET /cluster/ha/rules": () => this.rules,
    "POST /cluster/ha/rules": ({ parameters }) => made(this.rules, { ...parameters }),
    "PUT /cluster/ha/rules/{rule}": (seen) => changed(this.rules, "rule", seen),
    "DELETE /cluster/ha/rules/{rule}": (seen) => this.#removed(this.rules, "rule", seen),
    "GET /cluster/replication": () => this.jobs,
    "POST /cluster/replication": ({ parameters }) => {
      const vmid = Number(String(parameters["id"]).split("-")[0]);
      return made(this.jobs, { ...parameters, source: this.guests.find((guest) => guest.vmid === vmid)?.node });
    },
    "PUT /cluster/replication/{id}": (seen) => {
      if ("target" in seen.parameters) throw new Refused(400, "target cannot be changed");
      return changed(this.jobs, "id", seen);
    },
    "DELETE /cluster/replication/{id}": (seen) => this.#removed(this.jobs, "id", seen),
    "GET /nodes/{node}/replication/{id}/status": (seen) => {
      const answers = this.status.get(idIn(seen)) ?? [{ last_sync: 0 }];
      return answers.length > 1 ? answers.shift() : answers[0];
    },
    "POST /nodes/{node}/replication/{id}/schedule_now": () => null,
  };

  /** The guest comes up where its replica is, and PVE turns its job round. */
  failOver(vmid: number, to: string): void {
    const guest = this.guests.find((one) => one.vmid === vmid)!;
    const [from, job] = [guest.node, this.jobs.find(({ target }) => target === to)];
    guest.node = to;
    if (job !== undefined) Object.assign(job, { source: to, target: from });
  }

  #removed(list: Entry[], key: string, seen: Seen): null {
    this.removals.push({ ...seen.parameters, [key]: lastOf(seen) });
    list.splice(list.indexOf(entryOf(list, key, lastOf(seen))), 1);
    return null;
  }
}

function made(list: Entry[], entry: Entry): null {
  list.push(entry);
  return null;
}

function changed(list: Entry[], key: string, seen: Seen): null {
  const entry = entryOf(list, key, lastOf(seen));
  const { delete: unset, ...rest } = seen.parameters;
  for (const name of (typeof unset === "string" ? unset : "").split(",")) Reflect.deleteProperty(entry, name);
  Object.assign(entry, rest);
  return null;
}

function entryOf(list: Entry[], key: string, id: string): Entry {
  const found = list.find((entry) => entry[key] === id);
  if (found === undefined) throw new Refused(500, JSON.stringify({ message: `no such ${key} '${id}'` }));
  return found;
}

function lastOf({ path }: Seen): string {
  return decodeURIComponent(path.split("/").at(-1) ?? "");
}

function idIn({ path }: Seen): string {
  return decodeURIComponent(path.split("/").at(-2) ?? "");
}

function partsOf(text: string): unknown {
  return Object.fromEntries(text.split(",").map((part) => part.split("=")));
}
