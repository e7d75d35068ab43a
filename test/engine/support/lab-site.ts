import { readFileSync, rmSync } from "node:fs";

import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { openShell } from "../../../commands/ssh/node-shell";
import { readKeyFile } from "../../../provider/keys/key-file";
import { PveClient } from "../../../provider/clients/pve-client";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { askLab, stopLab, type LabSheet } from "../../../tools/lab-site/lab";
import { placesOf, type Places } from "../../../tools/lab-site/places";
import { observeLabSite, prepareLabSite, type LabSite, type Standing } from "../../../tools/lab-site/prepare";
import { writeLabStack } from "../../../tools/lab-site/written-stack";
import { type Ran } from "../../../tools/lab-site/run";

/** A lab site of a test's own, new on every run, beside any other that runs. */
export async function freshLabSite(name: string, prefix: string, standing: Standing = {}): Promise<LabSite> {
  const { stack, repository } = standing.program ?? {};
  const places = placesOf(name, stack, repository);
  stopLab(places);
  rmSync(places.root, { recursive: true, force: true });
  process.env["LAB_PREFIX"] = prefix;
  try {
    const site = await prepareLabSite(placesOf(name, stack, repository), standing);
    // A site of another first day is looked at by its test, once that day is over.
    const code = standing.day === undefined ? await observeLabSite(site, true) : 0;
    if (code !== 0) throw new Error(`observe ended with ${code}`);
    return site;
  } finally {
    delete process.env["LAB_PREFIX"];
  }
}

/** Stops the lab of a test and removes all of it. */
export function forgetLabSite(name: string, places = placesOf(name)): void {
  stopLab(places);
  rmSync(places.root, { recursive: true, force: true });
}

/** Loses the Pulumi state of a site with all that it held, secrets included; the site itself knows nothing of it. */
export async function loseState(site: LabSite, name: string): Promise<void> {
  const { places, sheet, stack } = site;
  rmSync(places.backend, { recursive: true });
  placesOf(name, stack.program.stack);
  const key = await readKeyFile(places.keyFile, places.identityFile);
  await writeLabStack(places, sheet, stack, key.fingerprint);
}

/** Runs the engine on the site without showing what it prints. */
export function onSite({ stack }: LabSite, ...args: string[]): Promise<Ran> {
  return stack.onStack(args, { quiet: true });
}

/** The state of a site as the engine keeps it, secrets encrypted. @throws {Error} With what the engine said. */
export async function exportOf({ stack }: LabSite): Promise<string> {
  const { code, stdout, stderr } = await stack.pulumi(["stack", "export", "--stack", stack.program.stack], {
    quiet: true,
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** `pulumi up`, with everything it printed when it fails. */
export async function up(site: LabSite, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await onSite(site, "up", "--yes", "--skip-preview", ...options);
  if (code !== 0) throw new Error(`pulumi up ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** The lab's node as its owner reaches it. */
export function pveOf(sheet: LabSheet, node: string): PveClient {
  const { api, logins } = known(sheet.nodes, node);
  const trust = { authority: readFileSync(sheet.ca, "utf8") };
  return new PveClient({
    endpoint: api,
    trust,
    login: { username: "root@pam", password: logins["root@pam"].password },
  });
}

/** The lab's backup server as its owner reaches it. */
export function pbsOf(sheet: LabSheet, name = "backup"): PbsClient {
  const { api, fingerprint, logins } = known(sheet.pbs, name);
  const login = { username: "root@pam", password: logins["root@pam"].password };
  return new PbsClient({ endpoint: api, trust: { fingerprint }, login });
}

/** What a command as root on the lab's node prints; it has to succeed. */
export function onNode(sheet: LabSheet, node: string, command: string): Promise<string> {
  return onMachine(node, known(sheet.nodes, node).ssh, command);
}

/** What a command as root on the machine of a backup server of the lab prints; it has to succeed. */
export function onServer(sheet: LabSheet, name: string, command: string): Promise<string> {
  return onMachine(name, known(sheet.pbs, name).ssh, command);
}

async function onMachine(name: string, ssh: LabSheet["nodes"][string]["ssh"], command: string): Promise<string> {
  const { host, port, user, hostKey, privateKeyFile } = ssh;
  const login = { user, privateKey: readFileSync(privateKeyFile, "utf8") };
  const shell = await openShell({ host, port }, login, hostKeyOfLine(hostKey));
  try {
    const { code, stdout, stderr } = await shell.run(command);
    if (code !== 0) throw new Error(`${command} on ${name} ended with ${code}: ${stderr}`);
    return stdout;
  } finally {
    shell.close();
  }
}

/** SHA-256 of each disk of a guest, by its name there. */
export function diskSums(places: Places, node: string, vmid: number | string): Record<string, string> {
  return sumsOf(JSON.parse(askLab(places, "content", node, String(vmid))) as GuestContent);
}

/** The same of every guest of a node, by VMID. */
export function allDiskSums(places: Places, node: string): Record<string, Record<string, string>> {
  const all = JSON.parse(askLab(places, "content", node)) as Record<string, GuestContent>;
  return Object.fromEntries(Object.entries(all).map(([vmid, content]) => [vmid, sumsOf(content)]));
}

interface GuestContent {
  readonly disks: Readonly<Record<string, { readonly sha256: string }>>;
}

function sumsOf({ disks }: GuestContent): Record<string, string> {
  return Object.fromEntries(Object.entries(disks).map(([disk, { sha256 }]) => [disk, sha256]));
}

/** Runs the site's scheduled backups now, as the nodes' scheduler would at night. */
export function runBackups({ places }: LabSite): void {
  askLab(places, "run-jobs");
}

function known<T>(machines: Readonly<Record<string, T>>, name: string): T {
  const machine = machines[name];
  if (machine === undefined) throw new Error(`The lab has no "${name}".`);
  return machine;
}
