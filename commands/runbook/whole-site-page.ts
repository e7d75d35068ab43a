import { takeUpStep } from "./bucket-page";
import { copyName } from "../../estate/offsite-settings";
import { siteId } from "../../planning/places";
import { bytesText } from "../report/words";
import { type PageDraft, type Step, type Unknown } from "./page";
import { afterwards, rebuildSteps, rightsEndStep, rightsStep, sheetStep, sheetUnknowns } from "./restoring";
import { declared, guestNames, make, onNode, siteName, takes, type RunbookSite } from "./site";

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
        "Method 1 comes first: new hardware at home under the old names. Another host or a cloud are not served by this program yet.",
        "Keep every disk that survives, also one that looks broken, and write over none.",
      ],
      unknown: [...sheetUnknowns(site), ...awayUnknowns(site), ...programUnknowns(site)],
      steps: [
        declared(site),
        {
          text: "See from outside that it is the whole site and not only the line: neighbours, power, the provider.",
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
        ...hardwareSteps(site),
        {
          text: "Import the pools that survived, and only import: nothing is formatted.",
          by: "hand",
          commands: nodes.map((node) => onNode(node, "zpool import")),
          check: onNode(first, "zpool list"),
          expect: "Each pool that survived. Those that did not are made anew in a later step, on blank disks.",
        },
        {
          text: "Enrol every node. Each has a new host key, which you compare on its console. Where the settings still name the old one, take that line out.",
          by: "program",
          commands: nodes.map((node) => make(site, "enrol", { HOST: node.ssh.host })),
          check: make(site, "doctor"),
          expect: "API and SSH of each node are in order.",
        },
        {
          text: "Write disks that are new under pools, then make or take up pools, storages and the backup server. With failover in the settings it ends at the first guest that is missing; that is expected.",
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
        ...rebuildSteps(site, first),
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
      ],
    },
  ];
}

/** Machines of the old names. */
function hardwareSteps(site: RunbookSite): Step[] {
  const { nodes, pools } = site.estate;
  const machines = nodes.map((node) => {
    const own = pools.filter((pool) => pool.node === node.name);
    const disks = own.map(({ name, raidlevel, disks: all }) => `${name}: ${all.length} disks, ${raidlevel}`);
    return `${node.name} at ${node.ssh.host} (${disks.length === 0 ? "pools are not in the settings" : disks.join("; ")})`;
  });
  const versions = [...new Set((site.observation?.nodes?.items ?? []).flatMap(({ version }) => version ?? []))];
  return [
    {
      text: `Get machines for ${machines.join(", ")}, with power and a network.`,
      by: "hand",
      check: nodes.map(({ ssh }) => `ping -c 1 ${ssh.host}`).join(" && "),
      expect: "Each address answers, once PVE is on it.",
      takes: takes(site, "replaceSite"),
    },
    {
      text: `Install PVE${versions.length === 0 ? "" : ` (${versions.join(", ")} was seen)`} on each under its old name and address${nodes.length > 1 ? `; make a cluster on ${nodes[0]?.name ?? ""} and let the others join` : ""}.`,
      by: "hand",
      commands:
        nodes.length > 1
          ? ["# on the first: pvecm create <name>", `# on each other: pvecm add ${nodes[0]?.ssh.host ?? ""}`]
          : [],
      check: nodes.slice(0, 1).map((node) => onNode(node, nodes.length > 1 ? "pvecm status" : "pveversion"))[0],
      expect: nodes.length > 1 ? "Quorate: Yes, and every node." : "The version.",
      takes: takes(site, "install"),
    },
  ];
}

/** Out of a copy elsewhere. */
function awaySteps(site: RunbookSite): Step[] {
  const [first] = site.estate.nodes;
  const [copy] = site.estate.offsite;
  if (first === undefined) return [];
  if (copy === undefined)
    return [
      {
        name: "away",
        text: "Only if the backups at home are gone: there is no other copy that this site knows of. Give disks that look broken to somebody who reads such disks.",
        by: "hand",
        check: "ls <folder with whatever copies somebody made by hand>",
        expect: "Nobody here can say.",
      },
    ];
  const bucket = site.estate.buckets.find(({ name }) => name === copy.name);
  const options = `--escrow-file escrow.txt --over-internet --pbs <its address> --datastore <its datastore> --pbs-login <a login there that reads>`;
  return [
    {
      ...rightsStep(first),
      name: "away",
      text: `Only if the backups at home are gone: give the program's login the right to make guests, as long as this lasts.`,
    },
    ...(bucket === undefined ? [] : [takeUpStep(bucket)]),
    {
      text: `Then read them from ${copyName(copy)}. Ask there for address, datastore, the certificate's fingerprint (--pbs-fingerprint) and a login that reads.`,
      by: "program",
      commands: [
        `read -rs PBS_PASSWORD && export PBS_PASSWORD`,
        make(site, "rebuild", { REBUILD_OPTIONS: `${options} --dry-run` }),
        make(site, "rebuild", { REBUILD_OPTIONS: options }),
        make(site, "up"),
      ],
      expect: `All that was planned is back: ${guestNames(site.estate.guests)}.`,
    },
    rightsEndStep(first),
  ];
}

function awayUnknowns({ estate, stack }: RunbookSite): Unknown[] {
  if (estate.offsite.length === 0)
    return [
      {
        text: "whether any copy lies at another place",
        cure: `offsite in Pulumi.${stack}.yaml, docs/how-to/offsite.md`,
      },
    ];
  return estate.offsite.map((copy) => ({
    text: `address, datastore and a reading login of ${copyName(copy)}`,
    cure: "ask over there, and write them on the sheet of paper that this runbook is printed on",
  }));
}

function programUnknowns({ state, stack }: RunbookSite): Unknown[] {
  return [
    {
      text: "where the passphrase of the stack is written down",
      cure: "write it on this page by hand, or put it beside the sheet",
    },
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
