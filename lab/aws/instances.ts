import { XMLParser } from "fast-xml-parser";

import { type HttpResponse } from "../core/http";
import { type Site } from "../core/site";
import { type NodeDescription, type PbsDescription } from "../core/site-description";
import { zfsOf } from "../core/zfs";
import { startShell } from "../ssh/shell-command";
import { downloads } from "./downloads";

/** What a machine of the site comes from, once the account has a machine that becomes one. */
export interface Boots {
  /** Starts a backup server that waits for its package. */
  readonly startPbs: (site: Site, pbs: PbsDescription) => Promise<unknown>;
  /** Starts the API of a node. */
  readonly startPve: (site: Site, node: NodeDescription) => Promise<unknown>;
  /** Starts the SSH server of a machine, and brings it the programs of its shell. */
  readonly startSsh: (site: Site, machine: NodeDescription | PbsDescription) => Promise<unknown>;
}

/** Asks the account, as its owner does. */
export type AskEc2 = (form: Readonly<Record<string, string>>) => Promise<HttpResponse>;

/** A machine of the account. */
interface Instance {
  readonly id: string;
  readonly type: string;
  readonly state: string;
}

/** What is kept of a machine: which of the site's it is, and how far its first start came. */
interface Become {
  /** Name in the site's description. */
  readonly machine: string;
  /** Whether the script of its first start has ended well. */
  booted: boolean;
}

/**
 * Machines of the account that become machines of the site: those that the description calls `instance`, each by what the user data
 * of a running machine installs. The script is really run, in the shell of the machine, with the disks that are attached.
 */
export class Instances {
  private last: Promise<unknown> = Promise.resolve();
  private readonly running = new Set<string>();

  constructor(
    private readonly site: Site,
    private readonly ask: AskEc2,
    private readonly boots: Boots,
  ) {}

  /** Looks what runs, and starts what has to. One look after the other. */
  readonly look = (): Promise<unknown> => {
    this.last = this.last
      .then(() => this.lookOnce())
      .catch((error: unknown) => {
        this.site.events.record("aws", "boot", error instanceof Error ? error.message : String(error));
      });
    return this.last;
  };

  private get kept() {
    return this.site.state.document<{ by: Record<string, Become> }>("machines/aws/instances", () => ({ by: {} }));
  }

  private async lookOnce(): Promise<void> {
    for (const instance of await this.instances()) {
      const become = this.kept.value.by[instance.id];
      if (instance.state === "running" && !this.running.has(instance.id)) await this.start(instance);
      if (instance.state === "terminated" && become !== undefined) await this.end(instance, become.machine);
    }
  }

  /** It starts once every disk that its script names is attached. */
  private async start(instance: Instance): Promise<void> {
    const script = await this.userData(instance.id);
    const wanted = [...script.matchAll(/Elastic_Block_Store_(vol[0-9a-f]+)/g)].map(([, serial = ""]) => serial);
    const disks = await this.disks(instance.id);
    if (wanted.some((serial) => !disks.some((disk) => disk.serial === serial))) return;
    const description = this.descriptionFor(instance, script);
    if (description === undefined) return;
    this.running.add(instance.id);
    const { name } = description;
    const isNode = "guests" in description;
    this.kept.change(({ by }) => (by[instance.id] ??= { machine: name, booted: false }));
    zfsOf(this.site, name).change((zfs) => {
      for (const disk of disks) if (!zfs.disks.some(({ id }) => id === disk.id)) zfs.disks.push(disk);
    });
    if (isNode) await this.boots.startPve(this.site, { ...description, hardware: await this.hardware(instance.type) });
    else await this.boots.startPbs(this.site, description);
    const machine = this.site.machine(name, description.host);
    for (const [program, run] of Object.entries(downloads(this.site, name))) machine.programs.set(program, run);
    await this.boots.startSsh(this.site, description);
    await this.boot(instance.id, name, script);
    this.site.sheet.publish();
  }

  /** The first start runs the script; each start runs what is enabled. */
  private async boot(id: string, name: string, script: string): Promise<void> {
    const become = this.kept.value.by[id];
    if (become?.booted !== true) {
      this.site.events.record(name, "boot", "first start: runs its user data");
      const { code, text } = await this.bash(name, script);
      if (code !== 0) {
        this.site.events.record(name, "boot", `user data failed: ${text.trim().split("\n").slice(-3).join(" | ")}`);
        return;
      }
      this.kept.change(({ by }) => {
        const known = by[id];
        if (known !== undefined) known.booted = true;
      });
    }
    const units = `for unit in /etc/systemd/system/tappaas-*.service; do [ ! -e "$unit" ] || systemctl start "\${unit##*/}"; done`;
    const { code, text } = await this.bash(name, units);
    this.site.events.record(name, "boot", code === 0 ? "started" : `a unit failed: ${text.trim()}`);
  }

  private bash(name: string, script: string): Promise<{ code: number; text: string }> {
    const machine = this.site.machines.get(name);
    const root = this.site.state.path("machines", name, "root");
    const child = startShell(["bash", "-s"], { root, programs: machine?.shellPrograms ?? "", variables: {} });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.stderr.on("data", (part: Buffer) => parts.push(part));
    child.stdin.on("error", () => undefined);
    child.stdin.end(script);
    return new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code: code ?? 255, text: Buffer.concat(parts).toString("utf8") });
      });
    });
  }

  /** A machine that is terminated is gone with all that was on its own disk. */
  private async end({ id }: Instance, name: string): Promise<void> {
    this.running.delete(id);
    this.kept.change((draft) => {
      draft.by = Object.fromEntries(Object.entries(draft.by).filter(([known]) => known !== id));
    });
    await this.site.machines.get(name)?.stop();
    this.site.machines.delete(name);
    this.site.sheet.forget(name);
    this.site.state.forget(`machines/${name}`);
    this.site.sheet.publish();
    this.site.events.record(name, "boot", "terminated; its own disk is gone");
  }

  private descriptionFor({ id }: Instance, script: string): NodeDescription | PbsDescription | undefined {
    const known = this.kept.value.by[id]?.machine;
    const taken = new Set(Object.values(this.kept.value.by).map(({ machine }) => machine));
    const { nodes, pbs } = this.site.description;
    const kind = /apt-get install [^\n]*\bproxmox-ve\b/.test(script) ? nodes : pbs;
    return [...kind].find(
      ({ name, instance }) => instance === true && (known === undefined ? !taken.has(name) : name === known),
    );
  }

  private async instances(): Promise<Instance[]> {
    const answer = await this.asked("DescribeInstances");
    const reservations = itemsOf(answer["reservationSet"]);
    return reservations
      .flatMap((one) => itemsOf(one["instancesSet"]))
      .map((one) => ({
        id: String(one["instanceId"]),
        type: String(one["instanceType"]),
        state: String((one["instanceState"] as Xml)["name"]),
      }));
  }

  private async userData(id: string): Promise<string> {
    const answer = await this.asked("DescribeInstanceAttribute", { InstanceId: id, Attribute: "userData" });
    const value = (answer["userData"] as Xml | undefined)?.["value"];
    return Buffer.from(typeof value === "string" ? value : "", "base64").toString("utf8");
  }

  private async disks(id: string) {
    const filter = { "Filter.1.Name": "attachment.instance-id", "Filter.1.Value.1": id };
    const volumes = itemsOf((await this.asked("DescribeVolumes", filter))["volumeSet"]);
    const extra = volumes.filter((one) =>
      itemsOf(one["attachmentSet"]).every((at) => at["device"] !== "/dev/xvda" && at["device"] !== "/dev/sda1"),
    );
    return extra.map((one, index) => {
      const serial = String(one["volumeId"]).replace("-", "");
      return {
        id: `nvme-Amazon_Elastic_Block_Store_${serial}`,
        device: `nvme${index + 1}n1`,
        size: Number(one["size"]) * 1024 ** 3,
        serial,
        model: "Amazon Elastic Block Store",
        kind: "nvme" as const,
      };
    });
  }

  /** Threads and memory as EC2 says them of a type. */
  private async hardware(type: string) {
    const [found] = itemsOf((await this.asked("DescribeInstanceTypes", { "InstanceType.1": type }))["instanceTypeSet"]);
    const threads = Number((found?.["vCpuInfo"] as Xml | undefined)?.["defaultVCpus"]);
    const mebibytes = Number((found?.["memoryInfo"] as Xml | undefined)?.["sizeInMiB"]);
    return { cpu: `Processor of ${type}`, threads, memory: mebibytes * 1024 ** 2 };
  }

  private async asked(Action: string, more: Readonly<Record<string, string>> = {}): Promise<Xml> {
    const { body } = await this.ask({ Action, Version: "2016-11-15", ...more });
    const parsed = PARSER.parse(body.toString()) as Xml;
    return (parsed[`${Action}Response`] ?? {}) as Xml;
  }
}

type Xml = Readonly<Record<string, unknown>>;

const PARSER = new XMLParser({ parseTagValue: false, ignoreDeclaration: true });

function itemsOf(set: unknown): Xml[] {
  const item = (set as { item?: Xml | Xml[] } | undefined)?.item;
  if (item === undefined) return [];
  return Array.isArray(item) ? item : [item];
}
