import { Command, InvalidArgumentError } from "commander";

import { backupPlanOf } from "../../estate/backup-plan";
import { valueOf } from "../../estate/problem";
import { readSiteFolder } from "../../estate/site-folder";
import { parseToken, type Login } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { answeringNode } from "../answering-node";
import { beforeUpdate, removeUpdateSnapshot, type UpdateReport, type Way } from "../before-update";
import { type Stack } from "../engine/stack";
import { secretFrom, show } from "./arguments";
import { stackFrom, withStackOptions, type StackOptions } from "./stack-options";

interface Options extends StackOptions {
  readonly guest: string;
  readonly by?: Way;
  readonly days: number;
  readonly remove?: string;
  readonly pveLogin: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `before-update`: a way back from an update that goes wrong. */
export function beforeUpdateCommand(): Command {
  return withStackOptions(new Command("before-update"))
    .description(
      "make a way back before a guest is updated: a checked snapshot, or a fresh backup where a snapshot cannot be taken or\n" +
        "would keep HA from moving the guest; prints the command that goes back",
    )
    .requiredOption("--guest <name>", "the guest, by name or VMID")
    .option("--by <way>", "snapshot or backup, and nothing else", way)
    .option("--days <number>", "days for which the snapshot is wanted; make watch tells of it afterwards", days, 7)
    .option("--remove <snapshot>", "remove this one, taken by this command before, instead of making one")
    .option("--pve-login <user>", "root@pam with PVE_PASSWORD, or a token with PVE_API_TOKEN", "root@pam")
    .option("--dry-run", "show what would be done")
    .option("--json", "for programs")
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { guest, by, remove, json, dryRun = false } = options;
  if (guest === "") throw new Error("No guest is named.\nCure: make before-update GUEST=identity");
  const stack = stackFrom(options);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const pve = await clientOf(stack, options.pveLogin);
  try {
    if (remove !== undefined) {
      const { name, vmid } = await removeUpdateSnapshot({ pve, guest, snapshot: remove, dryRun, say });
      const done = dryRun ? "would be removed" : "is removed";
      show(json, { vmid, snapshot: remove, removed: !dryRun }, [
        `The snapshot ${remove} of ${name} (${vmid}) ${done}.`,
      ]);
      return;
    }
    const order = { pve, guest, by, days: options.days, storage: storageOf(stack), now: new Date(), dryRun, say };
    const report = await beforeUpdate(order);
    show(json, report, linesOf(report, options.days));
  } finally {
    await pve.close();
  }
}

/** What was made, how to go back, and what that costs. */
function linesOf({ vmid, node, by, made, goBack, overdue }: UpdateReport, wanted: number): string[] {
  const old = overdue.map((name) => `${name} is past its day: --remove ${name}`);
  if (made === undefined || goBack === undefined) return [`${vmid} on ${node}: a ${by} would be made.`, ...old];
  if (by === "backup") {
    return [
      `Backed up: ${made}`,
      `To go back: ${goBack}   (docs/how-to/restore.md; it overwrites nothing)`,
      "Pruning keeps it as any backup: after the next nightly one it may go, so decide today whether the update is good.",
      ...old,
    ];
  }
  return [
    `Snapshot taken, and seen: ${made}`,
    `To go back, on ${node}: ${goBack}   (everything that ${vmid} wrote since is lost)`,
    `It grows with every write. In ${wanted} days make watch tells of it; to remove it: --remove ${made}`,
    ...old,
  ];
}

async function clientOf({ settings: { nodes, caCertificate } }: Stack, user: string): Promise<PveClient> {
  const [first = ""] = Object.keys(nodes);
  const node = nodes[(await answeringNode(nodes)) ?? first];
  if (node === undefined) throw new Error("The settings name no node.\nCure: make enrol HOST=…");
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  return new PveClient({ endpoint: node.api, trust, login: loginOf(user) });
}

function loginOf(user: string): Login {
  if (user.includes("!")) return parseToken(`${user}=${secretFrom("PVE_API_TOKEN")}`, "PVE");
  return { username: user, password: secretFrom("PVE_PASSWORD") };
}

function storageOf({ settings, siteFolder }: Stack): string {
  const { inventory, observation } = valueOf(readSiteFolder(siteFolder), settings.site);
  return backupPlanOf(settings, inventory, observation).storage;
}

function way(text: string): Way {
  if (text === "snapshot" || text === "backup") return text;
  throw new InvalidArgumentError("Expected snapshot or backup.");
}

function days(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 365) return number;
  throw new InvalidArgumentError("Expected whole days from 1 to 365.");
}
