import { copyName } from "../../estate/offsite-settings";
import { siteId } from "../../planning/places";
import { bytesText } from "../report/store-words";
import { type PageDraft, type Unknown } from "./page";
import { afterwards, keyAgainStep, reattachStep, rebuildSteps, sheetStep, sheetUnknowns } from "./restoring";
import { awaySteps, awayUnknowns, cloudflareSteps, hardwareSteps, hostStep, reuseSteps } from "./whole-site-steps";
import { namesOf } from "./elsewhere";
import { declared, make, onNode, siteName, takes, type RunbookSite } from "./site";

/** Name of the page. */
export const WHOLE_SITE = "whole-site";

/** The whole site is gone: rebuilt at home, out of backups. */
export function wholeSitePages(site: RunbookSite): PageDraft[] {
  const [first] = site.estate.nodes;
  if (first === undefined) return [];
  const { offsite, guests, nodes } = site.estate;
  const { path, address } = site.estate.backupServer;
  const bytes = site.judgement.services.reduce((sum, service) => sum + service.bytes, 0);
  return [
    {
      id: WHOLE_SITE,
      title: `The whole site ${siteName(site)}: rebuild it at home`,
      losses: [siteId(site.estate)],
      notes: [
        `${guests.length} guests, about ${bytesText(bytes)} to read back, on ${nodes.map(({ name }) => name).join(", ")}.`,
        offsite.length === 0
          ? "No copy of the backups is declared at another place: nothing comes back but what is on disks that survive."
          : `Copies of the backups: ${offsite.map(copyName).join("; ")}.`,
        "Method 1 comes first: new hardware at home under the old names. Method 2, for when there is no hardware, is somebody else's node." +
          (namesOf(site, "dr-cloud").length === 0
            ? " No rented machine is prepared."
            : " Method 3, when there is neither, is a rented machine: it has a page of its own."),
        returnNote(site),
        "Keep every disk that survives, also one that looks broken, and write over none.",
      ],
      unknown: [...sheetUnknowns(site), ...awayUnknowns(site), ...programUnknowns(site)],
      steps: [
        declared(site),
        {
          text: "See from outside that it is the whole site and not only the line: neighbours, power, the provider. A power cut that will end has a page of its own: nothing has to be rebuilt.",
          by: "hand",
          commands: [make(site, "status")],
          decision: {
            question: "Are all nodes silent, also for somebody who stands beside them?",
            otherwise: { page: "internet" },
          },
        },
        sheetStep(site),
        {
          text:
            `Take a clean machine: the bundle (START-HERE.txt in it) or a clone of the repository with sites/${siteName(site)} and ` +
            `Pulumi.${site.stack}.yaml, and the passphrase of that stack.`,
          by: "hand",
          check: "make doctor",
          expect: "Node.js, Pulumi and plugins are in order.",
        },
        {
          text: "Decide where: at home, on new hardware or on what survived, comes first.",
          by: "hand",
          decision: { question: "Is there hardware, or will there be soon enough?", otherwise: { step: "host" } },
        },
        ...hardwareSteps(site),
        {
          text: "Import the pools that survived, and only import: nothing is formatted. -f only for one of which no disk is missing and that no other machine uses: it was last used by the old system.",
          by: "hand",
          commands: nodes.flatMap((node) => [onNode(node, "zpool import"), onNode(node, "zpool import -f <pool>")]),
          check: onNode(first, "zpool list"),
          expect: "Each pool that survived. Those that did not are made anew in a later step, on blank disks.",
        },
        {
          text: "Enrol every node. Each has a new host key, which you compare on its console, and which takes the place of the former one.",
          by: "program",
          commands: nodes.map((node) => make(site, "enrol", { HOST: node.ssh.host, ENROL_OPTIONS: "--set-up-anew" })),
          check: make(site, "doctor"),
          expect: "API and SSH of each node are in order.",
        },
        keyAgainStep(site),
        ...reuseSteps(site),
        ...cloudflareSteps(site),
        {
          text: "Write disks that are new under pools, then make or take up pools, storages and the backup server. With failover or a tunnel in the settings it names each guest that is missing and ends with an error; that is expected, and all else is done.",
          by: "program",
          commands: [make(site, "observe"), make(site, "up")],
          takes: takes(site, "makePool"),
        },
        {
          text: `See whether the datastore${address === undefined ? "" : ` ${site.estate.backupServer.datastore} at ${path}`} has its snapshots.`,
          by: "program",
          commands: [make(site, "watch")],
          decision: { question: "Did the backups at home survive?", otherwise: { step: "away" } },
        },
        ...rebuildSteps(site, first, "", [reattachStep(site)]),
        ...awaySteps(site),
        {
          text: "Names and lines: the firewall's WAN cable, the provider's box, port forwards, DNS records that hold the site's address.",
          by: "hand",
          check: make(site, "status"),
          expect: `From outside, each published name answers${publishedNames(site)}.`,
        },
        afterwards(site),
        {
          text: "The sheet was used: put it back, and write down that it was read. Try the backups of the new site, make a new bundle, and print a new runbook.",
          by: "program",
          commands: [
            make(site, "key-check", { WHO: "<who keeps it>", WHERE: "<where>" }),
            make(site, "drill", { DRILL_OPTIONS: "--all --escrow-file escrow.txt" }),
            make(site, "bundle", { OUT: "<folder on another disk>" }),
            make(site, "runbook", { OUT: "<folder>" }),
          ],
        },
        hostStep(site),
      ],
    },
  ];
}

/** What the nodes do when they get their power back while guests serve elsewhere. */
function returnNote({ estate: { returnGuard, guests } }: RunbookSite): string {
  if (returnGuard === undefined)
    return "When these nodes come back while guests serve elsewhere they start every guest once more, and each is there twice: there is no return guard. Pull their plugs before anything is brought up elsewhere.";
  const names = guests
    .filter(({ vmid }) => returnGuard.prepared.includes(vmid))
    .map(({ name, vmid }) => `${name} (${vmid})`);
  return `When these nodes come back while guests serve elsewhere they start the rest and keep these off until they came home: ${names.join(", ")}. Without an answer from ${returnGuard.places.map(({ name }) => name).join(", ")} they keep them off, too; on a node: bash /etc/tappaas-return-guard/program show.`;
}

function programUnknowns(site: RunbookSite): Unknown[] {
  const { state, stack } = site;
  return [
    {
      text: "where the passphrase of the stack is written down",
      cure: "write it on this page by hand, or put it beside the sheet",
    },
    ...(namesOf(site, "dr-host").length > 0
      ? []
      : [
          {
            text: "which stack is prepared for somebody else's node",
            cure: "docs/how-to/dr-host.md: none is, in this repository",
          },
        ]),
    { text: "where the newest bundle lies", cure: "make bundle, and write the place on this page by hand" },
    ...(state.copies.length === 0
      ? [{ text: "where a copy of the state lies", cure: `state.copies in Pulumi.${stack}.yaml` }]
      : []),
  ];
}

function publishedNames({ estate }: RunbookSite): string {
  const names = estate.guests.flatMap(({ proxy }) =>
    proxy?.internet === true && proxy.name !== undefined ? [proxy.name] : [],
  );
  return names.length === 0 ? "" : `: ${names.join(", ")}`;
}
