import { copyName } from "../../estate/offsite-settings";
import { takeUpStep } from "./bucket-page";
import { namesOf } from "./elsewhere";
import { type Step, type Unknown } from "./page";
import { rightsEndStep, rightsStep } from "./restoring";
import { guestNames, make, onNode, takes, type RunbookSite } from "./site";

/** A datastore that survived on a server that stands by itself is taken up by hand. */
export function reuseSteps({ estate: { backupServer } }: RunbookSite): Step[] {
  const { address, datastore, path, machine, onNode: own } = backupServer;
  if (address === undefined || machine !== undefined || own !== undefined) return [];
  return [
    {
      text: `Only if the datastore survived: on ${address}, as root, take it up with what is in it, and write "pbs:Datastore/${datastore}" into the site's adoptions.json.`,
      by: "hand",
      commands: [`proxmox-backup-manager datastore create ${datastore} ${path} --reuse-datastore true`],
      check: "proxmox-backup-manager datastore list",
      expect: `${datastore} at ${path}.`,
    },
  ];
}

/** What stands at Cloudflare did not burn: the next run has to know that it is ours. */
export function cloudflareSteps(site: RunbookSite): Step[] {
  const { tunnel } = site.estate;
  if (tunnel === undefined) return [];
  return [
    {
      text:
        `The tunnel ${tunnel.name} and its names still stand at Cloudflare. Let the program know them again, out of a copy of the state, before the next step: ` +
        "it takes that alone from the copy, and makes all else anew. Without any copy remove the tunnel, its Access applications and its DNS records in the dashboard; another one is made then.",
      by: "program",
      commands: [
        `pulumi stack init ${site.stack}`,
        make(site, "state-restore", { STATE_OPTIONS: "--site-gone --from <copy>" }),
      ],
      expect: "The names of what stands there, and: The next run knows these again, and makes everything else anew.",
    },
  ];
}

/** Somebody else's node, as a stack of its own that was prepared in peace time. */
export function hostStep(site: RunbookSite): Step {
  const options = "--escrow-file escrow.txt";
  const [name = "<its stack>", ...others] = namesOf(site, "dr-host");
  const also = others.length === 0 ? "" : ` Prepared: ${[name, ...others].join(", ")}.`;
  return {
    name: "host",
    text:
      "Only if there is no hardware: method 2, somebody else's node, by its own stack (docs/how-to/dr-host.md says what its owner does, who " +
      "can read what there, and how all goes home again). The steps above are for the day on which there is hardware." +
      also,
    by: "program",
    commands: [
      "read -rs PBS_PASSWORD && export PBS_PASSWORD",
      `make rebuild STACK=${name} REBUILD_OPTIONS="${options} --dry-run"`,
      `make rebuild STACK=${name} REBUILD_OPTIONS="${options}"`,
    ],
    expect: "Each guest under its number there. Home's own guests stay off until they went back: make failback.",
  };
}

/** Machines of the old names. */
export function hardwareSteps(site: RunbookSite): Step[] {
  const { nodes, pools } = site.estate;
  const machines = nodes.map((node) => {
    const own = pools.filter((pool) => pool.node === node.name);
    const disks = own.map(
      ({ name, raidlevel, disks: all }) =>
        `${name}: ${all.length} ${all.length === 1 ? "disk" : "disks"}, ${raidlevel}`,
    );
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
export function awaySteps(site: RunbookSite): Step[] {
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
      ...rightsStep(site, first),
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
    rightsEndStep(site, first),
  ];
}

/** What nobody at home wrote down of copies elsewhere. */
export function awayUnknowns({ estate, stack }: RunbookSite): Unknown[] {
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
