import { type EstateNode } from "../../estate/estate";
import { type Pool } from "../../estate/pool";
import { nodeId } from "../../planning/places";
import { type PageDraft, type Step } from "./page";
import { afterwards, rebuildSteps, restoreBeside, sheetStep, sheetUnknowns } from "./restoring";
import {
  declared,
  guestNames,
  guestsBy,
  lossesLike,
  lossOf,
  make,
  nodeOf,
  onNode,
  otherNode,
  takes,
  type RunbookSite,
} from "./site";

/** Names of pools that have a page, as `node/pool`. */
export function poolNames(site: RunbookSite): string[] {
  return lossesLike(site, "pool:").map((id) => id.slice("pool:".length));
}

/** Name of a pool's page. */
export function poolPageId(pool: string): string {
  return `pool-${pool.replaceAll("/", "-")}`;
}

/** Name of a node's page. */
export function nodePageId(node: string): string {
  return `node-${node}`;
}

/** One disk of a pool fails. Disks of which nothing else is known have no page of their own: their pool has. */
export function diskPages(site: RunbookSite): PageDraft[] {
  return site.estate.pools.flatMap((pool) => {
    const losses = lossesLike(site, `disk:pool:${pool.node}/${pool.name}/`);
    return losses.length === 0 ? [] : [diskPage(site, pool, losses)];
  });
}

function diskPage(site: RunbookSite, pool: Pool, losses: readonly string[]): PageDraft {
  const { name, node: nodeName, raidlevel } = pool;
  const node = nodeOf(site, nodeName);
  const status = onNode(node, `zpool status -P ${name}`);
  const disks = losses.map((id) => id.slice(`disk:pool:${nodeName}/${name}/`.length));
  const group = site.model.places.find(({ id }) => id === `pool:${nodeName}/${name}`)?.disks ?? [];
  const spare = Math.min(...group.map((one) => one.spare));
  const page = poolPageId(`${nodeName}/${name}`);
  return {
    id: `disk-${nodeName}-${name}`,
    title: `One disk of pool ${name} on ${nodeName}`,
    losses,
    notes: [
      `The pool is ${raidlevel}; disks: ${disks.join(", ")}.`,
      spare > 0
        ? `It goes on without ${spare === 1 ? "one disk" : `${spare} disks`} of a group. Until the new disk is whole, one more may end it: do nothing else on it.`
        : "It has no redundancy: a disk that is gone takes the pool with it.",
    ],
    steps: [
      {
        text: "See which disk it is, and whether the pool still works.",
        by: "hand",
        commands: [status],
        expect: "DEGRADED, with one disk that is not ONLINE.",
        decision: { question: "Is the pool ONLINE or DEGRADED?", otherwise: { page } },
      },
      {
        text: "Before anything is touched, see that last night's backups are there.",
        by: "program",
        commands: [make(site, "watch")],
        expect: "No guest without a backup of the last 26 hours. If there is one, run the backup job in PVE first.",
      },
      {
        text: "Get a disk that is at least as large, and find the broken one by its serial number: the end of its name is printed on its label.",
        by: "hand",
        commands: [onNode(node, "ls -l /dev/disk/by-id")],
        takes: takes(site, "replaceDisk"),
      },
      {
        text: "Put the new disk in and replace the broken one. The names are those of /dev/disk/by-id; look at them twice.",
        by: "hand",
        commands: [onNode(node, `zpool replace ${name} <name of the broken disk> /dev/disk/by-id/<name of the new disk>`)],
        check: status,
        expect: "resilvering, later: resilvered … with 0 errors, and every disk ONLINE. ZFS shows itself how long it still takes.",
      },
      {
        text: `Write the new disk's name under pools in Pulumi.${site.stack}.yaml in place of the old one, then look and apply.`,
        by: "program",
        commands: [make(site, "observe"), make(site, "preview"), make(site, "up")],
        expect: "The preview takes nothing away. The node is asked, and finds the disks that the settings say.",
      },
    ],
  };
}

/** One page a pool. */
export function poolPages(site: RunbookSite): PageDraft[] {
  return poolNames(site).map((id) => poolPage(site, id));
}

function poolPage(site: RunbookSite, id: string): PageDraft {
  const [nodeName = "", name = ""] = id.split("/");
  const node = nodeOf(site, nodeName);
  const loss = `pool:${id}`;
  const [over, back, lost] = (["failover", "restore", "lost"] as const).map((by) => guestsBy(site, loss, by));
  const copies = site.model.copies.filter(({ at }) => at === loss).map((copy) => copy.name);
  const inside = site.model.places.filter(({ within }) => within === loss).map((place) => place.name);
  const onIt = site.estate.guests.filter((guest) => guest.node === nodeName && guest.storage === name);
  return {
    id: poolPageId(id),
    title: `Pool ${name} on ${nodeName}`,
    losses: [loss],
    notes: [
      `It holds ${guestNames(onIt)}${copies.length === 0 ? "" : `; copies on it: ${copies.join(", ")}`}.`,
      ...inside.map((one) => `${one} goes with it.`),
      ...((over ?? []).length === 0 ? [] : [`By themselves, from a replica: ${guestNames(over ?? [])}.`]),
      ...((lost ?? []).length === 0 ? [] : [`No copy outlives it: ${guestNames(lost ?? [])}.`]),
      "Destroy nothing and create no pool by hand: disks that were only unplugged come back with all that is on them.",
    ],
    unknown: sheetUnknowns(site),
    steps: [
      declared(site),
      {
        text: "See whether the pool is gone, or only not imported.",
        by: "hand",
        commands: [onNode(node, "zpool status"), onNode(node, "zpool import")],
        decision: { question: `Is ${name} missing in both lists, or FAULTED?`, otherwise: { step: "import" } },
      },
      {
        text: "Get disks for a new pool, and put them in. They have to be blank: the program refuses a disk that carries anything.",
        by: "hand",
        check: onNode(node, "ls -l /dev/disk/by-id"),
        takes: takes(site, "replaceDisk"),
      },
      {
        text: `Write their names under pools in Pulumi.${site.stack}.yaml, for ${name} on ${nodeName}; then look and apply. The pool is made anew.`,
        by: "program",
        commands: [make(site, "observe"), make(site, "up")],
        check: onNode(node, `zpool status ${name}`),
        expect: "ONLINE, with no known data errors.",
        takes: takes(site, "makePool"),
      },
      ...(back === undefined || back.length === 0 ? [] : guestSteps(site, node, back)),
      {
        name: "import",
        text: "Only if the pool is listed by zpool import: import it, and start what stopped. Nothing is restored then.",
        by: "hand",
        commands: [onNode(node, `zpool import ${name}`)],
        check: make(site, "status"),
        expect: `zpool status shows ${name} ONLINE or DEGRADED; guests on it can be started in PVE.`,
      },
      afterwards(site),
    ],
  };
}

/** PVE still lists guests whose disks are gone, and a rebuild leaves alone what is listed. */
function guestSteps(site: RunbookSite, node: EstateNode, back: readonly { vmid: number; name: string; kind: string }[]) {
  const files = back.map(({ vmid, kind }) => `${kind === "vm" ? "qemu-server" : "lxc"}/${vmid}.conf`);
  const moves = files.map((file) => `mv -n /etc/pve/${file} /root/before-rebuild/`).join("; ");
  const steps: Step[] = [
    sheetStep(site),
    {
      text:
        `Put the configurations of ${back.map(({ name, vmid }) => `${name} (${vmid})`).join(", ")} aside: their disks are gone, and ` +
        "while PVE lists a guest nothing is restored over it. Nothing is destroyed by this. Do it only for guests whose disks are gone.",
      by: "hand",
      commands: [onNode(node, `mkdir -p /root/before-rebuild; ${moves}`)],
      check: onNode(node, "ls /root/before-rebuild; qm list; pct list"),
      expect: "The files are there, and the guests are not listed.",
    },
    ...rebuildSteps(site, node),
  ];
  return steps;
}

/** One page a node. */
export function nodePages(site: RunbookSite): PageDraft[] {
  return site.estate.nodes.map((node) => nodePage(site, node));
}

function nodePage(site: RunbookSite, node: EstateNode): PageDraft {
  const { name } = node;
  const loss = nodeId(name);
  const other = otherNode(site, name);
  const own = site.estate.guests.filter((guest) => guest.node === name);
  const serverHere = site.estate.backupServer.node === name;
  const inside = site.model.places.filter((place) => place.within === loss).map((place) => place.name);
  return {
    id: nodePageId(name),
    title: `Node ${name}${serverHere ? ", with the backup server" : ""}`,
    losses: [loss],
    notes: [
      `It runs ${guestNames(own)}. With it go: ${inside.length === 0 ? "nothing else" : inside.join(", ")}.`,
      ...majorityNotes(site),
      `Severity ${lossOf(site, loss).severity}.`,
      "A guest that was restored elsewhere must never run beside its former self: keep the lost machine off until that is settled.",
    ],
    unknown: sheetUnknowns(site),
    steps: [
      declared(site),
      {
        text: `See whether ${name} is gone: power, network cable, its own console.`,
        by: "hand",
        commands: [onNode(node, "uptime"), ...(other === undefined ? [] : [onNode(other, "pvecm status")])],
        decision: { question: `Is ${name} without an answer, and without a picture on its console?`, otherwise: { step: "back" } },
      },
      ...(other === undefined ? [] : elsewhereSteps(site, node, other)),
      {
        text: `Decide: can the machine be mended${site.model.spareNode ? ", or does the one that stands ready take its place" : " or bought"}?`,
        by: "hand",
        decision: { question: "Is it lost for good, or for longer than its guests can wait?", otherwise: { step: "back" } },
        ...(!site.model.spareNode && { takes: takes(site, "replaceNode") }),
      },
      ...replacementSteps(site, node, other),
      ...rebuildFor(site, node, loss),
      {
        name: "back",
        text: `The machine is back: look at what runs where, and at its pools.`,
        by: "program",
        commands: [make(site, "status"), onNode(node, "zpool status -x")],
        expect: "Nothing to look at, and: all pools are healthy. Guests with failover go home by themselves.",
      },
      afterwards(site),
    ],
  };
}

function majorityNotes({ estate }: RunbookSite): string[] {
  const count = estate.nodes.length;
  if (count === 1) return ["It is the only node: nothing takes over."];
  const votes = count + (estate.quorumDevice === undefined ? 0 : 1);
  if ((votes - 1) * 2 > votes) return [`The others keep the majority: ${votes - 1} of ${votes} votes.`];
  return [
    `The others have no majority without it (${votes - 1} of ${votes} votes): nothing fails over and nothing starts. ` +
      "By hand, only when it is certain that it is off and stays off: pvecm expected 1.",
  ];
}

/** What the others do for it. */
function elsewhereSteps(site: RunbookSite, node: EstateNode, other: EstateNode): Step[] {
  const loss = nodeId(node.name);
  const over = guestsBy(site, loss, "failover");
  const back = guestsBy(site, loss, "restore");
  const early: Step = {
    text:
      `What cannot wait for a machine is read back beside: ${guestNames(back)}, under a free VMID, with new network addresses, not ` +
      "started. Start it in PVE when you are sure that its former self is off.",
    by: "program",
    commands: restoreBeside(site, other, "<name>"),
    expect: "restored … not started. What it holds is of the night that was shown.",
  };
  return [
    {
      text:
        over.length === 0
          ? "See what still runs. No guest of it has a replica that starts by itself."
          : `Wait, and see ${guestNames(over)} start on another node by themselves.`,
      by: "program",
      commands: [make(site, "status")],
      expect: over.length === 0 ? "What runs on the other nodes goes on." : "Each of them runs on another node.",
      ...(over.length > 0 && { takes: takes(site, "haNewMaster", "haFence", "haRound", "boot") }),
    },
    ...(back.length === 0 ? [] : [sheetStep(site), early]),
  ];
}

/** Another machine under the old name. */
function replacementSteps(site: RunbookSite, node: EstateNode, other: EstateNode | undefined): Step[] {
  const { name, ssh } = node;
  const version = site.observation?.nodes?.items.find((seen) => seen.name === name)?.version;
  const pve = version === undefined ? "PVE" : `PVE (${version} was seen on it)`;
  return [
    {
      text:
        `Install ${pve} on it as ${name}, at ${ssh.host}${other === undefined ? "" : `; before that, on ${other.name}, take the old one out of the cluster, then let the new one join`}. ` +
        "Do not format disks that survived.",
      by: "hand",
      commands:
        other === undefined
          ? []
          : [onNode(other, `pvecm delnode ${name}`), `# on ${name} itself: pvecm add ${other.ssh.host}`],
      check: onNode(other ?? node, other === undefined ? "pveversion" : "pvecm nodes"),
      expect: other === undefined ? "The version." : `${name} in the list.`,
      takes: takes(site, "install"),
    },
    {
      text: "Import the pools that survived.",
      by: "hand",
      commands: [onNode(node, "zpool import"), onNode(node, "zpool import <pool>")],
      check: onNode(node, "zpool list"),
      expect: "Each pool that survived. Those that did not are made by the next steps, on blank disks.",
    },
    {
      text: "Enrol it again: its host key is a new one, and has to be compared on its console.",
      by: "program",
      commands: [make(site, "enrol", { HOST: ssh.host }), make(site, "restore-config", { OF: name })],
      expect:
        "The node's configuration as it was, in a directory beside; what to copy of it stands in docs/how-to/restore-host-config.md.",
    },
    {
      text: "Pools, storages and what else is declared. With failover in the settings it ends at the first guest that is missing; that is expected.",
      by: "program",
      commands: [make(site, "observe"), make(site, "up")],
      takes: takes(site, "makePool"),
    },
  ];
}

function rebuildFor(site: RunbookSite, node: EstateNode, loss: string): Step[] {
  if (guestsBy(site, loss, "restore").length + guestsBy(site, loss, "lost").length === 0) return [];
  return [
    ...(otherNode(site, node.name) === undefined ? [sheetStep(site)] : []),
    {
      text: `Are guests of ${node.name} still listed without their disks? Put their configurations aside first, as the page of their pool says.`,
      by: "hand",
      commands: [onNode(node, "qm list; pct list")],
      expect: "No guest whose disks are gone.",
    },
    ...rebuildSteps(site, node),
  ];
}
