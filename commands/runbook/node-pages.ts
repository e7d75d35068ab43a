import { type EstateNode } from "../../estate/estate";
import { nodeId } from "../../planning/places";
import { type PageDraft, type Step } from "./page";
import { afterwards, reattachStep, rebuildSteps, restoreBeside, sheetStep, sheetUnknowns } from "./restoring";
import { declared, guestNames, guestsBy, make, onNode, otherNode, takes, type RunbookSite } from "./site";

/** Name of a node's page. */
export function nodePageId(node: string): string {
  return `node-${node}`;
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
      "A guest that was restored elsewhere must never run beside its former self: keep the lost machine off until that is settled.",
    ],
    unknown: sheetUnknowns(site),
    steps: [
      declared(site),
      {
        text: `See whether ${name} is gone: power, network cable, its own console.`,
        by: "hand",
        commands: [onNode(node, "uptime"), ...(other === undefined ? [] : [onNode(other, "pvecm status")])],
        decision: {
          question: `Is ${name} without an answer, and without a picture on its console?`,
          otherwise: { step: "back" },
        },
      },
      ...(other === undefined ? [] : elsewhereSteps(site, node, other)),
      {
        text: `Decide: can the machine be mended${site.model.spareNode ? ", or does the one that stands ready take its place" : " or bought"}?`,
        by: "hand",
        decision: {
          question: "Is it lost for good, or for longer than its guests can wait?",
          otherwise: { step: "back" },
        },
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
      text: "Import the pools that survived. -f only for one of which no disk is missing and that no other machine uses: it was last used by the old system.",
      by: "hand",
      commands: [onNode(node, "zpool import"), onNode(node, "zpool import -f <pool>")],
      check: onNode(node, "zpool list"),
      expect: "Each pool that survived. Those that did not are made by the next steps, on blank disks.",
    },
    {
      text: "Enrol it again: its host key is a new one, is compared on its console, and takes the place of the former one.",
      by: "program",
      commands: [
        make(site, "enrol", { HOST: ssh.host, ENROL_OPTIONS: "--set-up-anew" }),
        make(site, "restore-config", { OF: name }),
      ],
      expect:
        "The node's configuration as it was, in a directory beside; what to copy of it stands in docs/how-to/restore-host-config.md.",
    },
    {
      text: "Pools, storages and what else is declared. With failover in the settings it names each guest that is missing and ends with an error; that is expected, and all else is done.",
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
    ...rebuildSteps(site, node, "", [reattachStep(site)]),
  ];
}
