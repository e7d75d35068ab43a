import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Command } from "commander";

import { askLab, isServed } from "./core/control";
import { type Event } from "./core/event-log";
import { type Site } from "./core/site";
import { StateDirectory } from "./core/state";

const DEFAULT_STATE = ".lab";

const program = new Command("lab").description("A whole small site on loopback that stands in for hardware.");
program.option("--state <dir>", "directory with the site's state", DEFAULT_STATE);

program
  .command("serve")
  .description("runs the site in the foreground until it is stopped")
  .option("--site <file>", "what the site is on day one", join(__dirname, "sites", "single-node.json"))
  .option("--prefix <a.b.c>", "first three numbers of every address", "127.0.0")
  .option("--quiet", "no line for each event")
  .action(serve);
program.command("status").description("whether the site runs, and its time").action(ask("status"));
program.command("stop").description("stops the site; its state stays").action(ask("stop"));
program
  .command("clock")
  .description("reads or sets the time of day of the whole site")
  .argument("[moment]", "such as 2026-01-31T21:00:00")
  .option("--frozen", "time stands still afterwards")
  .action((set: string | undefined, { frozen }: { frozen?: boolean }) => show("clock", { set, frozen }));
program
  .command("content")
  .description("config and SHA-256 of each disk of a guest; without a VMID, of each guest of the node, by its VMID")
  .argument("<node>")
  .argument("[vmid]")
  .action((node: string, vmid: string | undefined) => show("content", { node, vmid }));
program
  .command("fault")
  .description("orders a failure: cut-before-work, cut-after-work, status-500, down")
  .argument("<machine>")
  .argument("<kind>")
  .argument("[operation]", "such as 'POST /storage'; every one by default", "*")
  .option("--times <n>", "how often", "1")
  .action((machine: string, kind: string, operation: string, { times }: { times: string }) =>
    show("fault", { machine, kind, operation, times: Number(times) }),
  );
program.command("clear-faults").description("takes back every failure that was ordered").action(ask("clear-faults"));

program
  .command("run-jobs")
  .description("runs the enabled backup jobs now, as the scheduler would")
  .argument("[job]", "id of the only job to run")
  .action((job?: string) => show("run-jobs", { job }));
for (const [name, description] of [
  ["pull-plug", "takes a node's power away"],
  ["plug-in", "gives a node its power back; it boots"],
  ["hang-receive", "lets whatever a node receives hang until it is restarted"],
] as const) {
  program
    .command(name)
    .description(description)
    .argument("<node>")
    .action((node: string) => show(name, { node }));
}
program
  .command("shut-down")
  .description("shuts a node down in good order")
  .argument("<node>")
  .option("--reboot", "starts it again")
  .action((node: string, { reboot }: { reboot?: boolean }) => show("shut-down", { node, reboot }));
program
  .command("s3-bucket")
  .description("makes a bucket with versions, as its owner would")
  .argument("<name>")
  .action((name: string) => show("s3-bucket", { name }));
program
  .command("s3-user")
  .description("gives a user of the S3 provider exactly this policy, and shows its key")
  .argument("<name>")
  .argument("<policy>", "as IAM writes it, JSON")
  .action((name: string, policy: string) => show("s3-user", { name, policy: JSON.parse(policy) as unknown }));
program
  .command("switch-s3-key")
  .description("switches a key of the S3 provider off, as its owner would")
  .argument("<access-key>")
  .option("--on", "switches it on again")
  .action((accessKey: string, { on }: { on?: boolean }) => show("switch-s3-key", { accessKey, on: on === true }));
program
  .command("cut-link")
  .description("cuts a node off from the others")
  .argument("<node>")
  .option("--mended", "makes the network whole again")
  .action((node: string, { mended }: { mended?: boolean }) => show("cut-link", { node, mended }));
program
  .command("nat")
  .description("puts the site behind NAT: who comes from another network reaches none of its machines")
  .option("--off", "takes it out")
  .action(({ off }: { off?: boolean }) => show("nat", { on: off !== true }));
program
  .command("cut-wan")
  .description("cuts the site off from the world")
  .option("--mended", "joins it again")
  .action(({ mended }: { mended?: boolean }) => show("cut-wan", { mended }));
program
  .command("let-in")
  .description("lets root of a cluster's nodes into a machine that may lend them its vote")
  .argument("<node>", "any node of the cluster")
  .argument("<device>")
  .action((node: string, device: string) => show("let-in", { node, device }));
program
  .command("switch-device")
  .description("switches the machine off that lends a cluster its vote")
  .argument("<node>", "any node of the cluster")
  .option("--on", "switches it on again")
  .action((node: string, { on }: { on?: boolean }) => show("switch-device", { node, on: on === true }));
program
  .command("shutdown-policy")
  .description(
    "what a cluster's nodes do with their guests when they shut down: freeze, failover, conditional, migrate",
  )
  .argument("<node>", "any node of the cluster")
  .argument("<policy>")
  .action((node: string, policy: string) => show("shutdown-policy", { node, policy }));
program
  .command("crm-command")
  .description("hands HA a command, such as 'enable-node-maintenance tappaas2'")
  .argument("<node>", "any node of the cluster")
  .argument("<text>")
  .action((node: string, text: string) => show("crm-command", { node, text }));
program
  .command("pass-time")
  .description("lets time pass at once: nodes fail over, replicate and back up as they would")
  .argument("<seconds>")
  .action((seconds: string) => show("pass-time", { seconds: Number(seconds) }));
program
  .command("speed")
  .description("lets time pass that many times as fast from now on")
  .argument("<times>")
  .action((times: string) => show("speed", { times: Number(times) }));
program
  .command("fetch")
  .description("asks for a name as somebody on the internet does, where the site has an account at Cloudflare")
  .argument("<name>", "such as files.example.org")
  .option("--logged-in", "after a login to Access")
  .action((name: string, { loggedIn }: { loggedIn?: boolean }) => show("fetch", { name, loggedIn }));
program
  .command("published-image")
  .description("SHA-512 of the Debian image that lies at an address, as SHA512SUMS beside it would say")
  .argument("<url>")
  .action((url: string) => show("published-image", { url }));
program
  .command("transfer-rates")
  .description("how long restores take, in the site's own time: bytes a second, and seconds until a guest has booted")
  .option("--stream <bytes>", "one restore alone", Number)
  .option("--store <bytes>", "reading each backup server", Number)
  .option("--link <bytes>", "the network between nodes and backup servers", Number)
  .option("--disk <bytes>", "writing to the disks of each node", Number)
  .option("--boot <seconds>", "from a start until the guest agent answers", Number)
  .action((rates: object) => show("transfer-rates", rates));
program
  .command("tasks")
  .description("tasks of a node")
  .argument("<node>")
  .action((node: string) => show("tasks", { node }));
program
  .command("describe")
  .description("what the lab can stand in for of a site that was written down, as JSON; it starts nothing")
  .argument("<observed.json>")
  .option("--free-disk <node/id...>", "empty disks that are to be there besides", [])
  .action(async (file: string, { freeDisk }: { freeDisk: string[] }) => {
    const { observedSite } = await import("./core/observed-site.js");
    const free = freeDisk.map((text) => ({ node: text.split("/")[0] ?? "", id: text.split("/").slice(1).join("/") }));
    const site = observedSite(JSON.parse(readFileSync(file, "utf8")), free);
    process.stdout.write(`${JSON.stringify(site, undefined, 2)}\n`);
  });
program
  .command("reinstall")
  .description(
    "sets machines of a lab that is stopped up anew: an empty system, the old pools on its data disks, not imported",
  )
  .argument("<machine...>", "nodes, all of a cluster, and backup servers")
  .option("--blank", "new machines under the old names, with empty disks; what is not at the site stays")
  .action(async (machines: string[], { blank }: { blank?: true }) => {
    if (await isServed(controlSocket())) throw new Error("The lab runs; stop it first with `stop`.");
    const { reinstall, replaceMachines } = await import("./core/reinstall.js");
    (blank === true ? replaceMachines : reinstall)(stateDirectory(), machines);
  });
program.command("reset").description("forgets everything; the next start makes a new site").action(reset);

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

function stateDirectory(): string {
  return resolve(program.opts<{ state: string }>().state);
}

function controlSocket(): string {
  return join(stateDirectory(), "control.sock");
}

/** What a whole site needs is loaded here and not above: the verbs that only ask one answer at once. */
async function serve(options: { site: string; prefix: string; quiet?: boolean }): Promise<void> {
  const { parseSiteDescription } = await import("./core/site-description.js");
  const { startAws } = await import("./aws/module.js");
  const { startCloudflare } = await import("./cloudflare/module.js");
  const { bootGuest } = await import("./guest/module.js");
  const { startSite } = await import("./lab.js");
  const { connect } = await import("./pbs/client.js");
  const { startPbs } = await import("./pbs/module.js");
  const { startPve } = await import("./pve/module.js");
  const { startS3 } = await import("./s3/module.js");
  const { startSsh } = await import("./ssh/module.js");
  const description = parseSiteDescription(readFileSync(options.site, "utf8"));
  const onEvent = options.quiet === true ? (): void => undefined : print;
  const settings = { state: stateDirectory(), prefix: options.prefix, description, onEvent };
  const site = await startSite(settings, {
    startPbs,
    startPve: (one, node) => startPve(one, node, connect, bootGuest),
    startCloudflare,
    startS3,
    startAws,
    startSsh,
  });
  const stop = (): void => void site.stop().then(() => process.exit(0));
  site.control.register("stop", () => {
    setTimeout(stop, 50);
    return "stopping";
  });
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  announce(site);
}

async function reset(): Promise<void> {
  if (await isServed(controlSocket())) throw new Error("The lab runs; stop it first with `stop`.");
  StateDirectory.erase(stateDirectory());
}

function announce({ machines, sheet, state }: Site): void {
  const list = [...machines.values()].map(({ name, address }) => `${name} ${address}`);
  process.stdout.write(`sheet ${state.path("sheet.json")}, CA ${sheet.content.ca}\nlab ready: ${list.join(", ")}\n`);
}

function print({ time, machine, kind, text }: Event): void {
  const stamp = new Date(time).toTimeString().slice(0, 8);
  process.stdout.write(`${stamp} ${machine.padEnd(9)} ${kind.padEnd(8)} ${text}\n`);
}

function ask(command: string): () => Promise<void> {
  return () => show(command, {});
}

async function show(command: string, request: object): Promise<void> {
  const answer = await askLab(controlSocket(), command, request);
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}
