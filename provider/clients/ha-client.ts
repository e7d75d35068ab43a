import * as z from "zod";

import { type Parameters } from "./https-client";
import { type PveClient } from "./pve-client";
import { FLAG, TEXT, WHOLE } from "./pve-shapes";

const encode = encodeURIComponent;
const NOTHING = z.unknown();
const RESOURCES = "/cluster/ha/resources";
const RULES = "/cluster/ha/rules";
const REPLICATION = "/cluster/replication";

const RESOURCE = z.looseObject({
  sid: z.string(),
  state: TEXT,
  max_restart: WHOLE,
  max_relocate: WHOLE,
  failback: FLAG,
  comment: TEXT,
});

const RULE = z.looseObject({
  rule: z.string(),
  type: z.string(),
  resources: TEXT,
  nodes: TEXT,
  strict: FLAG,
  disable: FLAG,
  comment: TEXT,
});

const JOB = z.looseObject({
  id: z.string(),
  target: z.string(),
  source: TEXT,
  schedule: TEXT,
  rate: z.union([z.number(), z.string()]).transform(Number).optional(),
  comment: TEXT,
  disable: FLAG,
  remove_job: TEXT,
});

const STATUS = z.looseObject({ last_sync: WHOLE, last_try: WHOLE, fail_count: WHOLE, error: TEXT });

const HA_ROW = z.looseObject({
  type: z.string(),
  node: TEXT,
  sid: TEXT,
  state: TEXT,
  status: TEXT,
  quorate: FLAG,
});

const CLOCK = z.looseObject({ time: z.number() });

const GUEST = z.looseObject({ vmid: z.number(), type: z.enum(["qemu", "lxc"]), node: z.string(), status: TEXT });

/** Something that PVE's HA keeps running. */
export type HaResource = z.infer<typeof RESOURCE>;
/** A rule about where. */
export type HaRule = z.infer<typeof RULE>;
/** Replication of a guest's disks to another node. */
export type ReplicationJob = z.infer<typeof JOB>;
/** How replication went; `last_sync` is 0 before the first success. */
export type ReplicationStatus = z.infer<typeof STATUS>;
/** A line of HA's own view: quorum, master, a node's LRM, or a guest that it watches. */
export type HaRow = z.infer<typeof HA_ROW>;
/** A guest, and the node that has it now. */
export type PlacedGuest = z.infer<typeof GUEST>;

/**
 * High availability and replication of PVE 9.2.
 * @see https://pve.proxmox.com/pve-docs/api-viewer/index.html#/cluster/ha
 */
export class HaClient {
  constructor(private readonly pve: Pick<PveClient, "ask">) {}

  /** Guests that HA watches. */
  resources(): Promise<HaResource[]> {
    return this.pve.ask(z.array(RESOURCE), { method: "GET", path: RESOURCES });
  }

  /** Has HA watch a guest, which has to exist. */
  createResource(sid: string, settings: Parameters): Promise<unknown> {
    return this.#write("POST", RESOURCES, { sid, ...settings });
  }

  /** Changes how HA watches a guest. */
  updateResource(sid: string, settings: Parameters): Promise<unknown> {
    return this.#write("PUT", `${RESOURCES}/${encode(sid)}`, settings);
  }

  /** HA lets go of a guest, which stays as it is. PVE's default would take it out of every rule, too, and remove those left empty. */
  removeResource(sid: string): Promise<unknown> {
    return this.#write("DELETE", `${RESOURCES}/${encode(sid)}`, { purge: false });
  }

  /** Rules about where guests run. */
  rules(): Promise<HaRule[]> {
    return this.pve.ask(z.array(RULE), { method: "GET", path: RULES });
  }

  /** Makes a rule over guests that HA watches. */
  createRule(rule: string, settings: Parameters): Promise<unknown> {
    return this.#write("POST", RULES, { rule, ...settings });
  }

  /** Changes a rule; before ha-manager 5.2 that takes its type and its guests each time. */
  updateRule(rule: string, settings: Parameters): Promise<unknown> {
    return this.#write("PUT", `${RULES}/${encode(rule)}`, settings);
  }

  /** Removes a rule; no guest moves for it unless another rule says so. */
  removeRule(rule: string): Promise<unknown> {
    return this.#write("DELETE", `${RULES}/${encode(rule)}`);
  }

  /** Replication jobs that are not marked for removal. */
  async replicationJobs(): Promise<ReplicationJob[]> {
    const jobs = await this.pve.ask(z.array(JOB), { method: "GET", path: REPLICATION });
    return jobs.filter(({ remove_job }) => remove_job === undefined);
  }

  /** Makes a replication job; its first run copies all disks. */
  createReplication(id: string, target: string, settings: Parameters): Promise<unknown> {
    return this.#write("POST", REPLICATION, { id, type: "local", target, ...settings });
  }

  /** Changes a replication job. PVE cannot change its target. */
  updateReplication(id: string, settings: Parameters): Promise<unknown> {
    return this.#write("PUT", `${REPLICATION}/${encode(id)}`, settings);
  }

  /** Ends replication; the copy on the other node stays. PVE's default would delete it. */
  removeReplication(id: string): Promise<unknown> {
    return this.#write("DELETE", `${REPLICATION}/${encode(id)}`, { keep: true });
  }

  /** How a job went, as the node tells that has the guest now. */
  replicationStatus(node: string, id: string): Promise<ReplicationStatus> {
    const path = `/nodes/${encode(node)}/replication/${encode(id)}/status`;
    return this.pve.ask(STATUS, { method: "GET", path });
  }

  /** Has a job run now and not at its hour. */
  scheduleReplication(node: string, id: string): Promise<unknown> {
    return this.#write("POST", `/nodes/${encode(node)}/replication/${encode(id)}/schedule_now`);
  }

  /** What HA does at the moment. */
  status(): Promise<HaRow[]> {
    return this.pve.ask(z.array(HA_ROW), { method: "GET", path: "/cluster/ha/status/current" });
  }

  /** The time by a node's clock, in unix seconds. */
  async clock(node: string): Promise<number> {
    return (await this.pve.ask(CLOCK, { method: "GET", path: `/nodes/${encode(node)}/time` })).time;
  }

  /** Guests with the node that has each now. */
  guests(): Promise<PlacedGuest[]> {
    return this.pve.ask(z.array(GUEST), { method: "GET", path: "/cluster/resources", parameters: { type: "vm" } });
  }

  #write(method: "POST" | "PUT" | "DELETE", path: string, parameters: Parameters = {}): Promise<unknown> {
    return this.pve.ask(NOTHING, { method, path, parameters });
  }
}
