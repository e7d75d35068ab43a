import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { BUCKET_STACK, prepareLabBucket } from "./bucket";
import { compareGuest, ensureFirstNight, restoreOnLab } from "./restore";
import { askLab, startLab, stopLab } from "./lab";
import { placesOf, type Places } from "./places";
import { provePlugin } from "./plugin-proof";
import {
  isReferenceSite,
  observeLabSite,
  prepareLabSite,
  REFERENCE_SITES,
  referenceStanding,
  type LabSite,
  type ReferenceSite,
} from "./prepare";
import { runProgram } from "./run";
import { prepareReferenceVault, VAULT_STACK } from "./vault";

/** What `make` runs when no site of one's own is named: a reference site on the lab, on loopback. */
const program = new Command("lab-site")
  .description("a reference site on the lab, on loopback")
  .option("--stack <name>", `the reference site: ${Object.keys(REFERENCE_SITES).join(" or ")}`, "single-node");

program
  .command("up")
  .description("bring the site up; looks at it first when nobody has")
  .option("--break-glass <reason>", "let rules be broken")
  .action(async ({ breakGlass }: { breakGlass?: string }) => {
    const words = breakGlass === undefined ? [] : ["--break-glass", breakGlass];
    const site = await prepared();
    if (!hasNoNode() && !existsSync(join(site.places.site, "observed.json"))) endWith(await observeLabSite(site));
    if (process.exitCode === undefined) endWith(await runCommand(site, "up", "--yes", ...words));
  });

program
  .command("observe")
  .description("write down, dated, what the site has")
  .action(async () => {
    endWith(await observeLabSite(await prepared()));
  });

program
  .command("restore")
  .description("read a guest back on another node and compare the bytes")
  .requiredOption("--guest <name>", "the guest, by name or VMID")
  .requiredOption("--to <vmid>", "VMID of the restored guest")
  .requiredOption("--node <name>", "node that reads it back")
  .action(async ({ guest, to, node }: { guest: string; to: string; node: string }) => {
    if (guest === "" || to === "" || node === "") throw new Error(RESTORE_USAGE);
    const site = await prepared();
    ensureFirstNight(site);
    const { code, vmid } = await restoreOnLab(site, { guest, to, node });
    endWith(vmid === undefined ? code : compareGuest(site, vmid, { guest, to, node }));
  });

program
  .command("down")
  .description("take the program off the site; what holds data, and the way to it, stays")
  .action(async () => {
    const site = await prepared();
    endWith(await runCommand(site, "down", "--confirm", site.stack.program.stack));
    stopLab(site.places);
    console.log("The lab is stopped. What stays on its machines stays; `make up` goes on.");
  });

program
  .command("rotate")
  .description("give the nodes' backup login a new secret")
  .option("--dry-run", "say what it would do; do nothing")
  .action(async ({ dryRun }: { dryRun?: true }) => {
    endWith(await runCommand(await prepared(), "rotate", dryRun === true ? "--dry-run" : "--yes"));
  });

program
  .command("before-update")
  .description("make a way back before a guest is updated, as on a real site")
  .requiredOption("--guest <name>", "the guest, by name or VMID")
  .option("--by <way>", "snapshot or backup")
  .option("--days <number>", "days for which the snapshot is wanted")
  .option("--remove <snapshot>", "remove this one instead of making one")
  .option("--dry-run", "show what would be done")
  .action(async (options: Readonly<Record<string, string | true>>) => {
    const { stack, places, sheet } = await prepared();
    const args = Object.entries({ ...options, dryRun: undefined }).flatMap(([name, value]) =>
      typeof value === "string" ? [`--${name}`, value] : [],
    );
    const [node] = Object.values(sheet.nodes);
    const env = { PVE_PASSWORD: node?.logins["root@pam"].password ?? "" };
    const all = ["before-update", ...args, ...(options["dryRun"] === true ? ["--dry-run"] : [])];
    endWith((await stack.command([...all, "--settings", places.stackFile], { env })).code);
  });

for (const verb of ["drift", "adopt", "status", "watch"]) {
  program
    .command(verb)
    .description(`${verb} of the lab's site, as of a real one`)
    .action(async () => {
      endWith(await runCommand(await prepared(), verb));
    });
}

program
  .command("measure")
  .description("what the lab's own backups measured, as on a real site")
  .option("--days <number>", "how far back")
  .option("--dry-run", "only show it")
  .option("--yes", "do not ask")
  .action(async ({ days, dryRun, yes }: { days?: string; dryRun?: true; yes?: true }) => {
    const switches = [...(dryRun === true ? ["--dry-run"] : []), ...(yes === true ? ["--yes"] : [])];
    endWith(
      await runCommand(await prepared(), "measure", ...(days === undefined ? [] : ["--days", days]), ...switches),
    );
  });

program
  .command("maintain")
  .description("empty a node of the lab's site, restart it and give it back; time runs sixty times as fast meanwhile")
  .requiredOption("--node <name>", "the node")
  .option("--dry-run", "show what would happen, and nothing more")
  .option("--yes", "do not ask")
  .action(async ({ node, dryRun, yes }: { node: string; dryRun?: true; yes?: true }) => {
    const site = await prepared();
    const switches = [...(dryRun === true ? ["--dry-run"] : []), ...(yes === true ? ["--yes"] : [])];
    askLab(site.places, "speed", "60");
    try {
      endWith(await runCommand(site, "maintain", "--node", node, "--pause", "500", ...switches));
    } finally {
      askLab(site.places, "speed", "1");
    }
  });

program
  .command("retire")
  .description("end the replication to a node of the lab's site, as of a real one")
  .requiredOption("--node <name>", "the node")
  .option("--dry-run", "show what would end, and nothing more")
  .option("--yes", "do not ask")
  .action(async ({ node, dryRun, yes }: { node: string; dryRun?: true; yes?: true }) => {
    const switches = [...(dryRun === true ? ["--dry-run"] : []), ...(yes === true ? ["--yes"] : [])];
    endWith(await runCommand(await prepared(), "retire", "--node", node, ...switches));
  });

program
  .command("preview")
  .description("what the program would do to the lab's site, as to a real one")
  .option("--break-glass <reason>", "pass the targets all the same")
  .action(async ({ breakGlass }: { breakGlass?: string }) => {
    const words = breakGlass === undefined ? [] : ["--break-glass", breakGlass];
    endWith(await runCommand(await prepared(), "preview", ...words));
  });

program
  .command("restore-config")
  .description("list what is kept of the configuration of nodes and guests, or read one back, as of a real site")
  .argument("[words...]", "options of the command")
  .allowUnknownOption()
  .action(async (words: string[]) => {
    endWith(await runCommand(await prepared(), "restore-config", ...words));
  });

program
  .command("serve")
  .description("run the lab in the foreground with a readable log")
  .action(async () => {
    const { lab } = places();
    stopLab(places());
    const { day = "", prefix = "" } = referenceStanding(chosen());
    const args = ["--import=tsx", "lab/main.ts", "serve", "--state", lab, "--site", day, "--prefix", prefix];
    endWith((await runProgram(process.execPath, args, { env: process.env })).code);
  });

program
  .command("start")
  .description("start the lab in the background")
  .action(async () => {
    const { day, prefix } = referenceStanding(chosen());
    const { nodes, pbs } = await startLab(places(), day, prefix);
    for (const [name, { api }] of Object.entries({ ...nodes, ...pbs })) console.log(`${name}\t${api}`);
  });

program
  .command("plugin-proof")
  .description("make a storage entry and a replication job in a lab of its own with this machine's proxmoxve plugin")
  .action(async () => {
    console.log(JSON.stringify(await provePlugin()));
  });

program
  .command("reset")
  .description("stop the lab and forget it: machines, backups, keys, state")
  .action(() => {
    stopLab(places());
    rmSync(places().root, { recursive: true });
  });

const RESTORE_USAGE = "Say what is read back and where to: make restore GUEST=identity TO=9140 NODE=spare";

/** Whether the command line names the reference vault, which has a server and no node, or the bucket, which has neither. */
function hasNoNode(): boolean {
  return [VAULT_STACK, BUCKET_STACK].includes(named());
}

function named(): string {
  return program.opts<{ stack: string }>().stack;
}

/** The reference site that the command line names. */
function chosen(): ReferenceSite {
  const stack = named();
  if (isReferenceSite(stack)) return stack;
  throw new Error(
    `expected ${Object.keys(REFERENCE_SITES).join(" or ")}, got "${stack}"; name one of them with STACK=`,
  );
}

/** Its places; LAB names another folder for them. */
function places(): Places {
  return hasNoNode() ? placesOf(named(), named()) : placesOf(process.env["LAB"] ?? chosen(), chosen());
}

async function prepared(): Promise<LabSite> {
  if (named() === BUCKET_STACK) return prepareLabBucket();
  if (named() === VAULT_STACK)
    return prepareReferenceVault(await prepareLabSite(placesOf("single-node"), referenceStanding("single-node")));
  return prepareLabSite(places(), referenceStanding(chosen()));
}

/** Runs a command of the project on the lab's stack, as an owner runs it on theirs. */
async function runCommand({ stack, places }: LabSite, ...args: string[]): Promise<number> {
  return (await stack.command([...args, "--settings", places.stackFile])).code;
}

/** Ends this program with `code` when all is done; the first that is not zero stays. */
function endWith(code: number): void {
  if (code !== 0) process.exitCode ??= code;
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
