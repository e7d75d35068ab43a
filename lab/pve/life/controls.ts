import { ClusterLife } from "./cluster-life";
import { devicesOf } from "../quorum-device";
import { getPower, losePower } from "./lone-node";
import { nextEvent, parseCalendarEvent } from "../calendar-event";
import { type PveNode } from "../node";
import { type Site } from "../../core/site";

type Nodes = ReadonlyMap<string, PveNode>;

/**
 * Adds the commands that let time pass and things break: `pull-plug`, `plug-in`, `booted`, `shut-down`, `cut-link`, `cut-wan`,
 * `let-in` (a device lets root of the nodes in), `switch-device`, `shutdown-policy`, `crm-command`, `hang-receive`, `pass-time`, `speed`.
 */
export function registerLifeControls(
  site: Site,
  nodes: Nodes,
  runJob: (node: PveNode, job: string) => Promise<unknown>,
): void {
  const { control } = site;
  control.register("pull-plug", ({ node }) => {
    const alone = aloneOf(nodes, node);
    if (alone !== undefined) return losePower(alone);
    onNode(nodes, node, (life, name) => {
      life.act((one) => {
        one.pullPlug(name);
      });
    });
    return undefined;
  });
  control.register("plug-in", ({ node }) => {
    const alone = aloneOf(nodes, node);
    if (alone !== undefined) return getPower(alone);
    onNode(nodes, node, (life, name) => {
      life.act((one) => {
        one.plugIn(name);
      });
    });
    return undefined;
  });
  control.register("booted", async () => {
    for (const life of livesOf(nodes)) await life.booted();
  });
  control.register("shut-down", ({ node, reboot }) => {
    onNode(nodes, node, (life, name) => {
      life.act((one) => {
        one.shutDown(name, reboot === true ? "reboot" : "poweroff");
      });
    });
  });
  control.register("hang-receive", ({ node }) => {
    onNode(nodes, node, (life, name) => {
      life.act(({ model }) => {
        const known = model.nodes[name];
        if (known !== undefined) known.hangs = true;
      });
    });
  });
  control.register("cut-link", ({ node, mended }) => {
    onNode(nodes, node, (life, name) => {
      life.act((one) => {
        if (mended === true) one.cutNetwork();
        else one.cutNetwork([name]);
      });
    });
  });
  control.register("cut-wan", ({ mended }) => {
    for (const life of livesOf(nodes)) {
      life.act((one) => {
        one.cutWan(mended !== true);
      });
    }
  });
  control.register("let-in", ({ node, device }) => {
    onNode(nodes, node, (_, name) => {
      const known = site.description.devices?.some((one) => one.name === device);
      if (known !== true) throw new Error(`The site has no device "${String(device)}".`);
      const { cluster } = nodes.get(name) ?? {};
      if (cluster !== undefined) devicesOf(cluster).change(({ authorized }) => void authorized.push(String(device)));
    });
  });
  control.register("switch-device", ({ node, on }) => {
    onNode(nodes, node, (life) => {
      life.act((one) => {
        one.switchDevice(on !== false);
      });
    });
  });
  control.register("shutdown-policy", ({ node, policy }) => {
    const wanted = POLICIES.find((one) => one === policy);
    if (wanted === undefined) throw new Error(`Expected one of ${POLICIES.join(", ")}, got "${String(policy)}".`);
    onNode(nodes, node, (life) => {
      life.act(({ model }) => {
        model.config.shutdownPolicy = wanted;
      });
    });
  });
  control.register("crm-command", ({ node, text }) => {
    onNode(nodes, node, (life) => {
      life.act((one) => {
        one.command(String(text));
      });
    });
  });
  control.register("speed", ({ times }) => {
    site.clock.run(Number(times));
  });
  control.register("pass-time", ({ seconds }) => passTime(site, nodes, seconds, runJob));
}

/** What a node may do with its guests when it shuts down; stands in datacenter.cfg on PVE. */
const POLICIES = ["freeze", "failover", "conditional", "migrate"] as const;

function onNode(nodes: Nodes, name: unknown, act: (life: ClusterLife, name: string) => void): void {
  const node = nodes.get(String(name));
  if (node === undefined)
    throw new Error(`The site has no node "${String(name)}"; it has ${[...nodes.keys()].join(", ")}.`);
  const life = ClusterLife.of(node.cluster);
  if (life === undefined) throw new Error(`Node "${node.name}" stands alone; only a cluster's nodes can be lost.`);
  act(life, node.name);
}

/** A node that stands alone; undefined for one of a cluster, or none. */
function aloneOf(nodes: Nodes, name: unknown): PveNode | undefined {
  const node = nodes.get(String(name));
  return node?.cluster.name === undefined ? node : undefined;
}

function livesOf(nodes: Nodes): ClusterLife[] {
  const clusters = new Set([...nodes.values()].map(({ cluster }) => cluster));
  return [...clusters].flatMap((cluster) => ClusterLife.of(cluster) ?? []);
}

/** Longest time that passes in one command: 31 days. */
const LONGEST = 31 * 86_400;

/** Lets time pass, from one backup that falls due to the next; each runs at its hour, on the nodes that are on. */
async function passTime(
  site: Site,
  nodes: Nodes,
  asked: unknown,
  runJob: (node: PveNode, job: string) => Promise<unknown>,
): Promise<{ now: number; ran: unknown[] }> {
  const seconds = Number(asked);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST)
    throw new Error(`Expected whole seconds up to ${LONGEST}, got "${String(asked)}".`);
  for (const life of livesOf(nodes)) life.catchUp();
  const end = site.clock.now() + seconds * 1000;
  const ran: unknown[] = [];
  for (let due = nextBackup(nodes, site.clock.now()); due !== undefined && due.at <= end;) {
    pass(site, nodes, due.at - site.clock.now());
    for (const [node, job] of due.jobs) if (!node.machine.isUnplugged) ran.push(await runJob(node, job));
    due = nextBackup(nodes, due.at);
  }
  pass(site, nodes, end - site.clock.now());
  return { now: site.clock.now(), ran: ran.flat() };
}

function pass(site: Site, nodes: Nodes, milliseconds: number): void {
  const forward = Math.max(0, milliseconds);
  site.clock.pass(forward);
  for (const life of livesOf(nodes)) life.pass(Math.floor(forward / 1000));
}

/** The next moment at which backups are due, and those backups. */
function nextBackup(nodes: Nodes, after: number): { at: number; jobs: [PveNode, string][] } | undefined {
  const due = [...nodes.values()].flatMap((node) =>
    Object.entries(node.cluster.jobs.value.jobs).flatMap(([id, job]) => {
      const isHere = job["node"] === undefined || job["node"] === node.name;
      const event = parseCalendarEvent(job["schedule"] ?? "");
      const at = event === undefined ? undefined : nextEvent(event, after);
      return isHere && job["enabled"] !== "0" && at !== undefined ? [{ at, node, id }] : [];
    }),
  );
  if (due.length === 0) return undefined;
  const at = Math.min(...due.map((one) => one.at));
  return { at, jobs: due.filter((one) => one.at === at).map(({ node, id }) => [node, id]) };
}
