import { contentStep } from "./enrol/content";
import { proveLogin, roleStep, tokenStep, userRightStep, userStep } from "./enrol/login";
import { authorityOf, nodeFacts, proveAuthority, type NodeFacts } from "./enrol/node";
import { authorityStep, knownHostsStep, settingsStep } from "./enrol/pinning";
import { Pvesh } from "./enrol/pvesh";
import { readEnrolment, writeEnrolment } from "./enrol/record";
import { sshKeyStep } from "./enrol/ssh-key";
import { type Enrolling, type Step } from "./enrol/step";
import { trustedHostKey, type HostKeyTrust } from "./enrol/trusted-host-key";
import { type Secrets } from "./secrets";
import { type HostKey } from "./ssh/host-key";
import { openShell, type NodeShell, type SshLogin } from "./ssh/node-shell";

/** What is enrolled, and where it is written. */
export interface EnrolOrder extends HostKeyTrust {
  /** How we get in, this once. */
  readonly login: SshLogin;
  /** The node's API. @default - `https://<host>:8006` */
  readonly api?: string | undefined;
  /** The stack's secrets. */
  readonly secrets: Secrets;
  /** The file that the proxmoxve plugin's own SSH reads. */
  readonly knownHosts: string;
  /** Folder of the site, for the record of what was done. */
  readonly siteFolder: string;
  /** Name of the site, for comments on the node. */
  readonly site: string;
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

async function enrolOver(shell: NodeShell, hostKey: HostKey, order: EnrolOrder): Promise<EnrolReport> {
  const { address, say } = order;
  const pvesh = new Pvesh(shell);
  const facts = await nodeFacts(pvesh, address.host);
  say(`Node ${facts.node}, Proxmox VE ${facts.version}`);
  for (const warning of facts.warnings) say(`Warning: ${warning}`);
  const endpoint = order.api ?? `https://${address.host.includes(":") ? `[${address.host}]` : address.host}:8006`;
  const authority = await authorityOf(shell);
  await proveAuthority(endpoint, authority);
  const { secrets, site, siteFolder } = order;
  const context = { shell, pvesh, secrets, site, endpoint, authority, record: readEnrolment(siteFolder) };
  const steps = await stepsOf(order, context, facts.node, hostKey);
  for (const { thing, change } of steps) say(change === undefined ? `  = ${thing}` : `  + ${thing}: ${change}`);
  const report = { facts, hostKey, steps: steps.map(({ thing, change }) => ({ thing, change })) };
  const toDo = steps.filter(({ change }) => change !== undefined);
  if (order.dryRun || (toDo.length > 0 && !(await order.goOn()))) return { ...report, done: false };
  await carryOut(toDo, context, order, { node: facts.node, hostKey });
  return { ...report, done: true };
}

async function stepsOf(order: EnrolOrder, context: Enrolling, node: string, hostKey: HostKey): Promise<Step[]> {
  const { settings, address, login, knownHosts } = order;
  return [
    settingsStep(settings, { node, endpoint: context.endpoint, address, user: login.user, hostKey }),
    authorityStep(settings, context.authority),
    knownHostsStep(knownHosts, address, hostKey),
    await roleStep(context, "apply"),
    await roleStep(context, "observe"),
    await userStep(context),
    await userRightStep(context),
    await tokenStep(context, "apply"),
    await tokenStep(context, "observe"),
    await contentStep(context),
    await sshKeyStep(context),
  ];
}

/** Does what is to be done, writes down after each thing what was made, and tries the logins as every later run will. */
async function carryOut(
  toDo: readonly Step[],
  context: Enrolling,
  { address, siteFolder, say }: EnrolOrder,
  { node, hostKey }: { readonly node: string; readonly hostKey: HostKey },
): Promise<void> {
  const { record } = context;
  for (const [index, { thing, apply }] of toDo.entries()) {
    say(`[${index + 1}/${toDo.length}] ${thing}`);
    try {
      await apply();
    } finally {
      writeEnrolment(siteFolder, record);
    }
  }
  for (const login of ["apply", "observe"] as const) say(`${await proveLogin(context, login)} works`);
  const { host, port } = address;
  const at = record.nodes[node]?.at ?? new Date().toISOString();
  record.nodes[node] = { host, port, hostKey: hostKey.fingerprint, at };
  writeEnrolment(siteFolder, record);
}
