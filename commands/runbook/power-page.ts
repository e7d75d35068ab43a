import { type Guest } from "../../estate/guest";
import { RETURN_GUARD_FOLDER } from "../../estate/units/return-guard-places";
import { nodeId } from "../../planning/places";
import { inStartOrder } from "../../planning/power-cut";
import { RELEASE_ON_NODE } from "../report/person-words";
import { timeText } from "../report/time-text";
import { type PageDraft, type Step } from "./page";
import { afterwards } from "./restoring";
import { guestNames, guestsBy, lossesLike, make, onNode, takes, type RunbookSite } from "./site";

/** The whole site loses its power and has it again: what to look at first, what comes up by itself, and whom somebody has to let start. */
export function powerPages(site: RunbookSite): PageDraft[] {
  const { nodes } = site.estate;
  const off = guestsBy(site, POWER, "hand");
  return [
    {
      id: "power-cut",
      title: "A power cut at the site",
      losses: lossesLike(site, POWER),
      notes: [
        "Nothing is destroyed and nothing is to be restored: what a program had written for certain is on the disks, what it only meant to write is not.",
        ...nodes.map((node) => orderNote(site, node.name)),
        ...watchedNotes(site),
        off.length === 0
          ? "Each guest starts by itself."
          : `Nothing starts ${guestNames(off)}: neither the node (onboot) nor high availability.`,
        ...guardNotes(site),
      ],
      steps: [
        {
          text: "See that it is the power, and of the whole house: the fuse box, the UPS, the neighbours.",
          by: "hand",
          decision: {
            question: "Is the power back, or will it be sooner than its guests can wait?",
            otherwise: { page: "whole-site" },
          },
          takes: takes(site, "powerOutage"),
        },
        {
          text: "Look first at what all others need: the switch and the provider's box have their lamps. Then at each node. One that stays dark has a firmware that waits for its button; one that does not come up has a page of its own.",
          by: "hand",
          commands: nodes.map((node) => onNode(node, "uptime")),
          expect: "Each node answers, and is up for a few minutes.",
          takes: takes(site, "nodeBoot"),
        },
        ...majoritySteps(site),
        {
          text: "Look at the pools before anything is started by hand: a disk that dies does it when it is switched on. What is not healthy has a page of its own.",
          by: "hand",
          commands: nodes.map((node) => onNode(node, "zpool status -x")),
          expect: "all pools are healthy.",
        },
        {
          text: "Watch the guests come up, in the order above. One that stands started and does not serve waits for what it needs.",
          by: "program",
          commands: [make(site, "status")],
          expect: "Each guest runs, but those that are named above as off.",
          takes: takes(site, "boot", "probe", "ingress"),
        },
        ...guardSteps(site),
        ...startSteps(site, off),
        {
          ...(off.length === 0 && { name: AFTER }),
          text: "See what the cut kept from running: a night's backup, a copy, a replication that stands in an error.",
          by: "program",
          commands: [make(site, "watch")],
          expect: "Nothing to look at. A backup that was cut off is made again the next night, or now in PVE.",
        },
        afterwards(site),
      ],
    },
  ];
}

/** Name of the step that follows when nobody is held. */
const AFTER = "after";

/** How the losses begin that are power cuts, and which of them leaves the internet. */
const POWER = "power";

/** What a node starts, in its order, by what is known beforehand. */
function orderNote(site: RunbookSite, node: string): string {
  const own = inStartOrder(site.model.services).filter(
    (service) => service.node === nodeId(node) && service.start?.by === "node",
  );
  if (own.length === 0) return `${node} starts no guest by itself.`;
  return `${node} starts, one after the other: ${guestNames(own)}.`;
}

function watchedNotes({ model }: RunbookSite): string[] {
  const watched = model.services.filter(({ start }) => start?.by === "ha");
  if (watched.length === 0) return [];
  const seconds = model.rates.haLock.expected;
  return [
    `High availability starts ${guestNames(watched)}, in no order, and not before the locks from before the cut ran out: about ${timeText(seconds)} after a majority is there.`,
  ];
}

function guardNotes({ estate: { returnGuard, guests } }: RunbookSite): string[] {
  if (returnGuard === undefined)
    return [
      "There is no return guard: when guests were brought up elsewhere meanwhile, each is there twice as soon as the nodes start. Then pull their plugs first.",
    ];
  const named = (vmids: readonly number[]) => guestNames(guests.filter(({ vmid }) => vmids.includes(vmid)));
  const { prepared, outside, limit, places } = returnGuard;
  return [
    `The return guard lets ${named(outside)} start at once. The others wait while each node asks ${places.map(({ name }) => name).join(", ")}, ` +
      `for ${timeText(limit)} at most. Without an answer these stay off: ${named(prepared)}; all others start. It is asked again every five ` +
      "minutes, and with the first answer they start by themselves.",
  ];
}

/** Without a majority a cluster starts nothing. */
function majoritySteps({ estate: { nodes } }: RunbookSite): Step[] {
  const [first] = nodes;
  if (first === undefined || nodes.length < 2) return [];
  return [
    {
      text: "See that the nodes have a majority: without it none starts a guest.",
      by: "hand",
      commands: [onNode(first, "pvecm status")],
      expect: "Quorate: Yes. If not, a node or the switch between them is missing: mend that first.",
    },
  ];
}

/** Nobody asks before a person starts a guest: also one that may serve elsewhere. */
function startSteps({ estate: { returnGuard } }: RunbookSite, off: readonly Guest[]): Step[] {
  if (off.length === 0) return [];
  const elsewhere = off.filter(({ vmid }) => returnGuard?.prepared.includes(vmid) === true);
  const warning =
    elsewhere.length === 0
      ? ""
      : ` No guard asks before: ${guestNames(elsewhere)} only when it is certain that they do not serve elsewhere.`;
  const tool = ({ kind }: Guest) => (kind === "ct" ? "pct" : "qm");
  return [
    {
      name: AFTER,
      text: `Start what nothing starts, as far as it is wanted: ${guestNames(off)}.${warning}`,
      by: "hand",
      commands: off.map((guest) => `${tool(guest)} start ${guest.vmid}   # on ${guest.node}`),
      check: off.map((guest) => `${tool(guest)} status ${guest.vmid}`).join("; "),
      expect: "status: running.",
    },
  ];
}

/** Guests that the nodes keep off, and how somebody lets them start who knows that they serve nowhere else. */
function guardSteps(site: RunbookSite): Step[] {
  const { nodes, returnGuard, contacts } = site.estate;
  const held = guestsBy(site, `${POWER}:internet`, "release");
  if (returnGuard === undefined || held.length === 0) return [];
  const vmids = held.map(({ vmid }) => String(vmid));
  const people = contacts.map(({ name, reach }) => `${name} (${reach})`).join(", ");
  return [
    {
      text: "See whom the nodes keep off, and why.",
      by: "program",
      commands: [make(site, "guard")],
      expect: "Node by node the guests that are held, each with the reason; and what each place of record says.",
      decision: { question: `Are guests held, of ${guestNames(held)}?`, otherwise: { step: AFTER } },
    },
    {
      text: `Ask, over another line, everybody who could have brought them up elsewhere: ${people === "" ? "nobody is written down" : people}. Started here while they run there, they are there twice, and nobody can bring the two together.`,
      by: "hand",
      decision: {
        question: "Did every one of them say that they serve nowhere else?",
        otherwise: { step: "wait" },
      },
      takes: takes(site, "detection", "declaration"),
    },
    {
      text: "Let them start. It wants the name of the site typed.",
      by: "program",
      commands: [make(site, "guard-release")],
      expect: "Each guest by name, and that it is given back what it had.",
    },
    {
      text: "Or with nothing but the nodes at hand, on each of them.",
      by: "hand",
      commands: nodes.map((node) => onNode(node, `${RELEASE_ON_NODE} ${vmids.join(" ")}`)),
      check: nodes.slice(0, 1).map((node) => onNode(node, `bash ${RETURN_GUARD_FOLDER}/program show`))[0],
      expect: "No line that begins with held=.",
    },
    {
      name: "wait",
      text: "What is not certain stays off. Bring the line back, as the page of the internet says: with the first answer of a place they start by themselves, or stay off because they serve elsewhere.",
      by: "program",
      commands: [make(site, "guard")],
      expect: "Nothing is held; or the record names the stack on which they serve.",
    },
  ];
}
