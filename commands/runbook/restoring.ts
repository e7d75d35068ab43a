import { LOGIN_USER } from "../enrol/names";
import { STARTUP_PATH } from "../enrol/startup-order";
import { PVE_ROLES, REBUILD_PRIVILEGES } from "../../provider/rights/pve-rights";
import { type EstateNode } from "../../estate/estate";
import { timeText } from "../report/time-text";
import { type Step, type Unknown } from "./page";
import { guestNames, make, onNode, secretsTyped, siteName, type RunbookSite } from "./site";

/** Finding the sheet with the key, and making a file of it. */
export function sheetStep({ escrow, key }: RunbookSite): Step {
  const sheets = (escrow?.places ?? []).map(({ who, where }) => `${who}: ${where}`);
  const shares = escrow?.shares;
  const parts = shares?.places.map(({ who, where, number }) => `share ${number}, ${who}: ${where}`) ?? [];
  const places = [...sheets, ...parts];
  const written =
    places.length === 0 ? "Where a sheet lies is not written down." : `It lies with ${places.join("; ")}.`;
  const joined =
    shares === undefined ? "" : ` Any ${shares.needed} of its ${shares.of} shares give a sheet: make key-join.`;
  return {
    text:
      `Get an escrow sheet. ${written}${joined} Type or scan its text into escrow.txt, on a machine that nobody else uses, and remove ` +
      `that file afterwards. On the control machine the key also stands in ${key.file}, which ${key.identityFile} opens.`,
    by: "hand",
    check: "grep -c . escrow.txt",
    expect:
      "As many lines as the sheet has. Each command that takes the sheet compares its checksums and says which line is wrong.",
  };
}

/** The key on a machine that never had it, for the run that makes storages and jobs. */
export function keyAgainStep(site: RunbookSite): Step {
  const { key, estate } = site;
  const server = estate.backupServer.address ?? "<address>";
  return {
    text:
      `Put the key back: ${key.file} and ${key.identityFile} from a copy of the machine that had them; or from the sheet, as here. Only the key ` +
      "that the settings name is taken in.",
    by: "program",
    commands: [
      `node --import=tsx commands/main.ts key import --from-paper escrow.txt --no-master-key --expect ${estate.key.fingerprint} ` +
        `--site ${siteName(site)} --pbs ${server} --key-file ${key.file} --identity-file ${key.identityFile}`,
    ],
    check: make(site, "doctor"),
    expect: "key: in order.",
  };
}

/** What is not known of the sheets. */
export function sheetUnknowns(site: RunbookSite): Unknown[] {
  const { escrow } = site;
  const known = (escrow?.places ?? []).length + (escrow?.shares?.places ?? []).length;
  if (known > 0) return [];
  const cure = make(site, "key-check", { WHO: "<who keeps it>", WHERE: "<where>" });
  return [{ text: "where a sheet with the key lies", cure }];
}

/** One guest beside whatever lives, under a number that is free. */
export function restoreBeside(site: RunbookSite, node: EstateNode, guest: string, more = ""): string[] {
  const ca = site.ownCa ? "--pve-ca pve-root-ca.pem " : "";
  const command =
    `node --import=tsx commands/main.ts restore --guest ${guest} --to <free VMID> --node ${node.name} --pve ${node.api} ` +
    `${ca}--escrow-file escrow.txt${more}`;
  return [
    ...(site.ownCa ? [`${onNode(node, "cat /etc/pve/pve-root-ca.pem")} >pve-root-ca.pem`] : []),
    ...secretsTyped("PVE_PASSWORD", "PBS_PASSWORD"),
    `${command} --dry-run`,
    command,
  ];
}

/**
 * Where the program's login has to get the right: what is given on a path takes the place of what is given above it, and on these the
 * login has roles of its own.
 */
function rightPaths({ estate: { startup, tunnel } }: RunbookSite): string[] {
  const connectors = tunnel?.connectors.map(({ vmid }) => `/vms/${vmid}`) ?? [];
  return ["/", ...(startup.length === 0 ? [] : [STARTUP_PATH]), ...connectors];
}

/** The rights that a rebuild takes, as long as it lasts. */
export function rightsStep(site: RunbookSite, node: EstateNode): Step {
  const role = `pveum role add ${PVE_ROLES.rebuild} -privs "${REBUILD_PRIVILEGES.join(" ")}"`;
  const paths = rightPaths(site);
  const grants = paths.map(
    (path) => `pveum acl modify ${path} --users ${LOGIN_USER} --roles ${PVE_ROLES.apply},${PVE_ROLES.rebuild}`,
  );
  return {
    text: `Give the program's login ${LOGIN_USER} the right to make guests, as long as this lasts.`,
    by: "hand",
    commands: [role, ...grants].map((command) => onNode(node, command)),
    check: onNode(node, "pveum acl list"),
    expect: `${PVE_ROLES.rebuild} on ${paths.join(", ")} for ${LOGIN_USER}. It says of a role that exists already that it does; that is no failure.`,
  };
}

/** Taking them away again. */
export function rightsEndStep(site: RunbookSite, node: EstateNode): Step {
  const ends = rightPaths(site).map(
    (path) => `pveum acl delete ${path} -user ${LOGIN_USER} -role ${PVE_ROLES.rebuild}`,
  );
  return {
    text: "Take that right away again.",
    by: "hand",
    commands: ends.map((command) => onNode(node, command)),
    check: onNode(node, "pveum acl list"),
    expect: `${PVE_ROLES.apply} on / for ${LOGIN_USER}, and ${PVE_ROLES.rebuild} no more.`,
  };
}

/** Guests whose disks survived: those are newer than any backup, and are used as they are. */
export function reattachStep(site: RunbookSite): Step {
  const options = "--from-paper escrow.txt";
  return {
    text: "Guests whose disks survived get their configuration back first: their disks are newer than any backup, and nothing is written to them.",
    by: "program",
    commands: [
      make(site, "reattach", { REATTACH_OPTIONS: `${options} --dry-run` }),
      make(site, "reattach", { REATTACH_OPTIONS: options }),
    ],
    check: make(site, "status"),
    expect: "Each guest whose disks are all there is back; one of which a disk is missing is named, and left alone.",
  };
}

/** Guests that are gone come back, in the planned order. @param first What is done before, once the right is there. */
export function rebuildSteps(site: RunbookSite, node: EstateNode, more = "", first: readonly Step[] = []): Step[] {
  const options = `--escrow-file escrow.txt${more}`;
  const { order } = site.judgement;
  const slots = order?.slots.map(({ name: guest, serves }) => `${guest} after ${timeText(serves)}`) ?? [];
  return [
    { ...rightsStep(site, node), name: "rebuild" },
    ...first,
    {
      text: "See what would come back, from which night, in which order, and what is not covered. Nothing is changed.",
      by: "program",
      commands: [...secretsTyped("PBS_PASSWORD"), make(site, "rebuild", { REBUILD_OPTIONS: `${options} --dry-run` })],
      expect:
        "Each guest that is gone with the night it would come from, and nothing under NOT covered that you want back.",
    },
    {
      text:
        "Restore. It asks first, overwrites nothing, and goes on where it ended when it is run again." +
        (slots.length === 0 ? "" : ` If every guest is gone, they probably serve in this order: ${slots.join(", ")}.`),
      by: "program",
      commands: [make(site, "rebuild", { REBUILD_OPTIONS: options })],
      expect: "The measured times beside the predicted ones, and: All that was planned is back.",
      ...(order !== null && {
        takes: { bound: order.makespanBound, estimate: order.makespan, why: "the order of restores of the report" },
      }),
    },
    {
      text: "Bring back jobs, replicas, failover and the rest.",
      by: "program",
      commands: [make(site, "observe"), make(site, "up")],
      check: make(site, "status"),
      expect: "Nothing under To look at, or only what you know of.",
    },
    rightsEndStep(site, node),
  ];
}

/** The end of every page on which something was restored. */
export function afterwards(site: RunbookSite): Step {
  return {
    text:
      "Look at each service as its people do, tell them what work is lost, and write down what happened and how long each step took. " +
      `Guests: ${guestNames(site.estate.guests)}.`,
    by: "hand",
    check: make(site, "status"),
    expect: "Exit status 0: nothing to look at.",
  };
}
