import { httpsAddress } from "../../estate/units/web-address";
import { copyName } from "../../estate/offsite-settings";
import { serverId } from "../../planning/places";
import { type PageDraft, type Step } from "./page";
import { nodePageId } from "./node-pages";
import { declared, guestNames, lossesLike, make, nodeOf, onNode, takes, type RunbookSite } from "./site";

/** The backup server is lost and the guests are not; none where the site has no backup server. */
export function serverPages(site: RunbookSite): PageDraft[] {
  const { backupServer, backup, offsite } = site.estate;
  const { address, datastore, path, node, machine } = backupServer;
  if (address === undefined) return [];
  const [first] = site.estate.nodes;
  const host = node === undefined ? first : nodeOf(site, node);
  if (host === undefined) return [];
  const away = offsite.map(copyName);
  return [
    {
      id: "backup-server",
      title: `The backup server ${address}`,
      losses: [serverId(site.estate)],
      notes: [
        `It holds the datastore ${datastore} at ${path}${node === undefined ? "" : `, on ${node}`}. Its guests run on: ${guestNames(site.estate.guests)}.`,
        `Nothing is backed up until it is back (the next night is due at ${backup.schedule}); old versions are out of reach.`,
        away.length === 0
          ? "No copy of the backups is declared at another place: with its disks all old versions are gone."
          : `Copies of the backups: ${away.join("; ")}. Do not let them prune what is the only copy now.`,
      ],
      steps: [
        declared(site),
        {
          text: "See whether it answers, and whether its certificate is the one that the settings name.",
          by: "program",
          commands: [make(site, "doctor")],
          decision: {
            question: "Does it stay silent, while the nodes answer?",
            otherwise: node === undefined ? { step: "night" } : { page: nodePageId(node) },
          },
        },
        ...aliveSteps(site),
        ...(machine === undefined ? standing(site, onNode(host, "zpool status")) : anew(site, machine.vmid)),
        {
          name: "night",
          text: "Run the nightly backup now, in PVE: Datacenter, Backup, Run now.",
          by: "hand",
          check: make(site, "watch"),
          expect: "No guest without a backup of the last 26 hours.",
          takes: windowTakes(site),
        },
        {
          text: "See what is left of the past, and whether the promises hold.",
          by: "program",
          commands: [make(site, "report")],
          expect: "The copies that you expect.",
        },
      ],
    },
  ];
}

/** Until there are backups again, replicas and a second disk are all there is. */
function aliveSteps(site: RunbookSite): Step[] {
  return [
    {
      text: "Until there are backups again, change and update nothing on the guests.",
      by: "hand",
      check: make(site, "status"),
      expect: "Every guest runs.",
    },
  ];
}

function windowTakes({ judgement: { window } }: RunbookSite) {
  if (window === null) return undefined;
  const { bound, estimate } = window;
  return { bound, estimate, why: "a night's backup, when everything is read" };
}

/** A server that the program made beside its data disk is made anew, and takes the disk up. */
function anew(site: RunbookSite, vmid: number): Step[] {
  return [
    {
      text: `Its system is broken and its data disk is not: make it anew beside the disk. Stop ${vmid} and keep it from starting. Two running machines on one disk destroy it.`,
      by: "hand",
      commands: [`qm shutdown ${vmid} && qm set ${vmid} --onboot 0`],
      check: `qm status ${vmid}`,
      expect: "status: stopped",
    },
    {
      text: `Let the program forget the old machine, and write another number into backupServer.machine.vmid of Pulumi.${site.stack}.yaml. Everything else stays (docs/how-to/replace-backup-server.md).`,
      by: "program",
      commands: [
        make(site, "release", { RESOURCE: `backup-${vmid}`, WHO: "<your name>", WHY: "its system is broken" }),
        make(site, "up"),
      ],
      expect: "One new machine and one bootstrap; the datastore is taken up with every snapshot.",
      takes: takes(site, "install"),
    },
  ];
}

/** A server that stands by itself is installed by hand, or by the program on a node. */
function standing(site: RunbookSite, pools: string): Step[] {
  const { address = "", path, onNode: own } = site.estate.backupServer;
  return [
    {
      text: `See whether the disks under ${path} survive.`,
      by: "hand",
      ...(own !== undefined && { commands: [pools] }),
      check: own === undefined ? `ls ${path}` : pools,
      expect: `.chunks, vm and ct in ${path}; or nothing, and then all old versions are only where copies of them are.`,
    },
    {
      text:
        own === undefined
          ? `Install Proxmox Backup Server at ${address}, with the disks that survived imported under their old path.`
          : `Bring ${own} back with its pools; the program installs the server on it again.`,
      by: "hand",
      check: `curl -ksS ${httpsAddress(address, site.estate.backupServer.port)}/ -o /dev/null && echo answers`,
      expect: "answers",
      takes: takes(site, "install"),
    },
    {
      text: "Make it known again, then let the program take up or make the datastore, its jobs and its logins.",
      by: "program",
      commands: [make(site, "enrol", { PBS: address, ENROL_OPTIONS: "--set-up-anew" }), make(site, "up")],
      expect: "A datastore with snapshots is taken up with all of them; an empty one is new.",
    },
  ];
}

/** One page a place elsewhere that fetches. */
export function offsitePages(site: RunbookSite): PageDraft[] {
  return lossesLike(site, "off-site:").flatMap((loss): PageDraft[] => {
    const copy = site.estate.offsite.find(({ name }) => loss === `off-site:${name}`);
    if (copy?.reader === undefined) return [];
    const { kind, place, reader, name } = copy;
    return [
      {
        id: `off-site-${name}`,
        title: `The ${kind} at ${place}`,
        losses: [loss],
        notes: [
          "Nothing at home is down. As long as it is away, a fire at home takes everything.",
          `It fetches as ${reader}. Nothing at home can see it: ask over there.`,
        ],
        unknown: [
          {
            text: `address and datastore of the ${kind} at ${place}`,
            cure: "its own stack says: backupServer.address, and sources.<name>.into",
          },
        ],
        steps: [
          {
            text: `Ask whoever keeps it whether it runs, and whether the line to home is up.`,
            by: "hand",
            check: "make drift STACK=<its stack>",
            expect: "Over there: exit status 0, or 2 with what changed.",
          },
          {
            text: "When it was stolen, or somebody else was on it: end the login with which it fetches. What it holds is encrypted, and the key was never there.",
            by: "hand",
            commands: [`proxmox-backup-manager user delete-token ${reader} pull   # on the backup server, as root`],
            check: make(site, "drift"),
            expect: "The login is missing. The next make up makes another one, for the place that comes after.",
          },
          {
            text: `When it is lost for good: set another one up (docs/how-to/offsite.md), and write it under offsite in Pulumi.${site.stack}.yaml.`,
            by: "program",
            commands: [make(site, "peer-invite", { FOR: "<public key of the new place>" }), make(site, "report")],
            expect: "The report counts a copy elsewhere again.",
          },
        ],
      },
    ];
  });
}
