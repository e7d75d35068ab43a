import { hostAndPort, httpsAddress } from "../estate/units/web-address";
import { backupServerEnrolment } from "./enrol/backup-server";
import { connectorSteps } from "./enrol/connectors";
import { contentStep } from "./enrol/content";
import { proveLogin, roleStep, tokenStep, userRightStep, userStep } from "./enrol/login";
import { authorityOf, nodeFacts, proveAuthority, type NodeFacts } from "./enrol/node";
import { authorityStep, knownHostsStep, settingsStep } from "./enrol/pinning";
import { pvesh } from "./enrol/local-api";
import { readEnrolment, writeEnrolment, type Enrolment } from "./enrol/record";
import { formerNodeLogins } from "./enrol/former-logins";
import { formerServerSteps } from "./enrol/former-server";
import { SSH_SECRET } from "./enrol/names";
import { sshKeyStep } from "./enrol/ssh-key";
import { type Undoing } from "./enrol/undoing";
import { serverMachineSteps } from "./enrol/server-machine";
import { startupOrderSteps } from "./enrol/startup-order";
import { type Enrolling, type Step } from "./enrol/step";
import { trustedHostKey, type HostKeyTrust } from "./enrol/trusted-host-key";
import { PVE_ROLES, pvePrivileges } from "../provider/rights/pve-rights";
import { writtenSecret, type Secrets } from "./secrets";
import { type HostKey } from "./ssh/host-key";
import { openShell, type NodeShell, type SshLogin } from "./ssh/node-shell";

/** What is enrolled, and where it is written. */
export interface EnrolOrder extends HostKeyTrust {
  /** How we get in, this once. */
  readonly login: SshLogin;
  /** Whether it is a backup server and no node. @default false */
  readonly backupServer?: boolean;
  /** The machine's API. @default - `https://<host>:8006`, of a backup server `:8007` */
  readonly api?: string | undefined;
  /** The stack's secrets. */
  readonly secrets: Secrets;
  /** The file that the proxmoxve plugin's own SSH reads. */
  readonly knownHosts: string;
  /** Folder of the site, for the record of what was done. */
  readonly siteFolder: string;
  /** Name of the site, for comments on the node. */
  readonly site: string;
  /**
   * Makes new secrets in the place of those that work; the former ones end once the new ones are written and were tried.
   * @default false
   */
  readonly newSecrets?: boolean;
  /** Where a person is shown new secrets and has yet to write them somewhere, the former ones stay. @default false */
  readonly formerStay?: boolean;
  /** Shows what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Asked once, after everything that will change was said. */
  readonly goOn: () => Promise<boolean>;
  /** Called with each line that a person may want to see. */
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface EnrolReport {
  /** What the node said of itself. */
  readonly facts: NodeFacts;
  /** Its host key. */
  readonly hostKey: HostKey;
  /** Each thing, and what was, or would be, done about it. */
  readonly steps: readonly { readonly thing: string; readonly change: string | undefined }[];
  /** Whether it was done. */
  readonly done: boolean;
}

/**
 * Makes a node known to the stack, and gives the stack its logins there. Each thing is looked at first; what is as it has to
 * be stays. So it can be repeated, and it goes on where it broke off.
 * @throws {Error} With a cure; what was done until then is written down.
 */
export async function enrol(order: EnrolOrder): Promise<EnrolReport> {
  const hostKey = await trustedHostKey(order);
  const shell = await openShell(order.address, order.login, hostKey);
  try {
    return await enrolOver(shell, hostKey, order);
  } finally {
    shell.close();
  }
}

/** What is to be done on a machine, and how its logins are tried once it is done. */
interface Plan {
  readonly facts: NodeFacts;
  readonly steps: readonly Step[];
  readonly prove: () => Promise<string[]>;
  /** Logins that enrolling made and that the new ones replace, looked at when those were tried. */
  readonly former: () => Promise<readonly Undoing[]>;
}

async function enrolOver(shell: NodeShell, hostKey: HostKey, order: EnrolOrder): Promise<EnrolReport> {
  const { say, siteFolder } = order;
  const record = readEnrolment(siteFolder);
  await order.secrets.open();
  say(`Looking at ${order.address.host}; it takes some seconds and changes nothing.`);
  const plan = order.backupServer ? backupServerPlan : nodePlan;
  const { facts, steps, prove, former } = await plan(shell, order, record, hostKey);
  for (const warning of facts.warnings) say(`Warning: ${warning}`);
  for (const { thing, change } of steps) say(change === undefined ? `  = ${thing}` : `  + ${thing}: ${change}`);
  const report = { facts, hostKey, steps: steps.map(({ thing, change }) => ({ thing, change })) };
  const toDo = steps.filter(({ change }) => change !== undefined);
  if (order.dryRun || (toDo.length > 0 && !(await order.goOn()))) return { ...report, done: false };
  await carryOut(toDo, record, order);
  for (const login of await prove()) say(`${login} works`);
  if (order.newSecrets === true) await endFormer(await former(), record, order);
  const { host, port } = order.address;
  const at = record.nodes[facts.node]?.at ?? new Date().toISOString();
  record.nodes[facts.node] = { host, port, hostKey: hostKey.fingerprint, at };
  writeEnrolment(siteFolder, record);
  return { ...report, done: true };
}

async function nodePlan(shell: NodeShell, order: EnrolOrder, record: Enrolment, hostKey: HostKey): Promise<Plan> {
  const { address, secrets, settings, site } = order;
  const api = pvesh(shell);
  const facts = await nodeFacts(api, address.host);
  order.say(`Node ${facts.node}, Proxmox VE ${facts.version}`);
  const endpoint = order.api ?? httpsAddress(address.host, 8006);
  const authority = await authorityOf(shell);
  await proveAuthority(endpoint, authority);
  const newSecrets = order.newSecrets === true;
  const context: Enrolling = { shell, pvesh: api, secrets, site, endpoint, authority, record, newSecrets };
  const steps = [
    settingsStep(settings, { node: facts.node, endpoint, address, user: order.login.user, hostKey }),
    authorityStep(settings, authority, order.setUpAnew === true),
    ...(await formerServerSteps(context, settings, facts, order.setUpAnew === true)),
    knownHostsStep(order.knownHosts, address, hostKey),
    // The first secret that is written: if that fails, no token was made in vain.
    await sshKeyStep(context),
    await roleStep(context, PVE_ROLES.apply, pvePrivileges("apply")),
    await roleStep(context, PVE_ROLES.observe, pvePrivileges("observe")),
    await userStep(context),
    await userRightStep(context),
    await tokenStep(context, "apply"),
    await tokenStep(context, "observe"),
    await contentStep(context),
    ...(await serverMachineSteps(context, settings, facts)),
    ...(await startupOrderSteps(context, settings)),
    ...(await connectorSteps(context, settings)),
  ];
  return {
    facts,
    steps,
    prove: async () => [
      await proveSshKey(order, hostKey),
      await proveLogin(context, "apply"),
      await proveLogin(context, "observe"),
    ],
    former: () => formerNodeLogins(context),
  };
}

async function backupServerPlan(shell: NodeShell, order: EnrolOrder, record: Enrolment): Promise<Plan> {
  const { secrets, settings, site } = order;
  const place = hostAndPort(order.api ?? httpsAddress(order.address.host, 8007));
  const newSecrets = order.newSecrets === true;
  const context = { ...place, secrets, settings, site, record, newSecrets };
  const { version, steps, prove, former } = await backupServerEnrolment(shell, context);
  order.say(`Proxmox Backup Server ${version}`);
  const facts = { node: `backup server ${place.host}`, version, others: [], warnings: [] };
  return { facts, steps, prove, former };
}

/** The program's own key opens the shell that every later run needs. @throws {SshFailure} When it does not. */
async function proveSshKey({ address, login: { user }, secrets }: EnrolOrder, hostKey: HostKey): Promise<string> {
  const privateKey = await writtenSecret(secrets, SSH_SECRET);
  (await openShell(address, { user, privateKey }, hostKey)).close();
  return "SSH key of the program";
}

/** Ends the logins that were replaced. The new ones work already, so a failure here locks nobody out. */
async function endFormer(former: readonly Undoing[], record: Enrolment, order: EnrolOrder): Promise<void> {
  const { say, siteFolder, formerStay } = order;
  for (const { thing, byHand, apply } of former) {
    if (formerStay === true) {
      say(`Former ${thing} stays until the new secrets are where they are needed; then: ${byHand}`);
      continue;
    }
    try {
      await apply();
    } finally {
      writeEnrolment(siteFolder, record);
    }
    say(`Former ${thing} has ended`);
  }
}

/** Does what is to be done, and writes down after each thing what was made. */
async function carryOut(toDo: readonly Step[], record: Enrolment, { siteFolder, say }: EnrolOrder): Promise<void> {
  for (const [index, { thing, apply }] of toDo.entries()) {
    say(`[${index + 1}/${toDo.length}] ${thing}`);
    try {
      await apply();
    } finally {
      writeEnrolment(siteFolder, record);
    }
  }
}
