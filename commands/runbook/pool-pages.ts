import { type EstateNode } from "../../estate/estate";
import { type Pool } from "../../estate/pool";
import { type GuestKind } from "../../estate/units/guest-id";
import { FOLDERS } from "../reattach/kept-config";
import { type PageDraft, type Step } from "./page";
import { afterwards, rebuildSteps, sheetStep, sheetUnknowns } from "./restoring";
import { declared, guestNames, guestsBy, lossesLike, make, nodeOf, onNode, takes, type RunbookSite } from "./site";

/** Names of pools that have a page, as `node/pool`. */
export function poolNames(site: RunbookSite): string[] {
  return lossesLike(site, "pool:").map((id) => id.slice("pool:".length));
}

/** Name of a pool's page. */
export function poolPageId(pool: string): string {
  return `pool-${pool.replaceAll("/", "-")}`;
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
        commands: [
          onNode(node, `zpool replace ${name} <name of the broken disk> /dev/disk/by-id/<name of the new disk>`),
        ],
        check: status,
        expect:
          "resilvering, later: resilvered … with 0 errors, and every disk ONLINE. ZFS shows itself how long it still takes.",
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
        expect: "The new disks by their names, none with a partition (…-part1).",
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
function guestSteps(
  site: RunbookSite,
  node: EstateNode,
  back: readonly { vmid: number; name: string; kind: GuestKind }[],
) {
  const files = back.map(({ vmid, kind }) => `${FOLDERS[kind]}/${vmid}.conf`);
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
