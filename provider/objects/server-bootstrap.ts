import * as z from "zod";

import { MOUNT_POINT } from "../../estate/units/mount-point";
import { GuestAgent } from "../clients/guest-agent";
import { given, plain, text, type Fields } from "./fields";
import { identifier } from "./input-text";
import { Refusal } from "./refusal";
import { lastLines, machineAt, MACHINE_INPUTS } from "./guest-machine";
import { type Told } from "./guest-script";
import { INSTALL, MOUNT, REPORT, serverScript, TOKEN, USER } from "./server-scripts";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";
import { isNamedAfter, tokenNames } from "./token-name";

const INPUTS = z.strictObject({
  ...MACHINE_INPUTS,
  disk: identifier("path").describe("The data disk as the machine sees it, below /dev/disk/by-id."),
  datastore: identifier("pbsId").describe("Name of the datastore, and of its directory on the disk."),
  timeZone: z
    .string()
    .regex(/^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)*$/, 'expected a time zone such as "Europe/Amsterdam"')
    .describe("Time zone of the machine: that of the nodes, for every schedule is local time."),
  userId: identifier("userId").describe("User whose token manages the server; it has no password."),
  tokenName: identifier("pbsId").describe("Name of the token; where it is taken, the next free one is used."),
});

const OTHER = "It belongs to what is on the data disk: make another server beside it, and move by replacing the first";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * A machine that was just made becomes a backup server, through PVE's guest agent: packages, data disk, and the login by which
 * everything else is done. Each step looks before it acts, so that a run that was killed is gone on with.
 */
export const serverBootstrap: SiteObject = {
  token: "resilience:pbs:ServerBootstrap",
  description: "What makes a backup server of a virtual machine: packages, data disk, first login.",
  inputs: INPUTS,
  extraOutputs: {
    fingerprint: { type: "string", description: "SHA-256 of the server's certificate, read inside the machine." },
    hostKey: { type: "string", description: "SSH host key, read inside the machine." },
    path: { type: "string", description: "Directory of the datastore." },
    holdsBackups: { type: "boolean", description: "Whether a datastore lay on the disk when this was made." },
    tokenId: { type: "string", description: "The token as it logs in, `user@realm!name`." },
    secret: { type: "string", description: "Its secret." },
    superseded: { type: "strings", description: "Older tokens of this name, whose secrets were lost." },
  },
  secrets: ["secret"],
  unreadable: ["machine", "disk", "userId", "tokenName", "holdsBackups", "tokenId", "secret", "superseded"],
  identity: ["vmid"],
  fixed: { vmid: OTHER, disk: OTHER, datastore: OTHER, userId: OTHER, tokenName: OTHER },
  meanings: {
    vmid: plain,
    machine: plain,
    disk: plain,
    datastore: plain,
    timeZone: plain,
    userId: plain,
    tokenName: plain,
  },
  idOf: ({ vmid }) => String(vmid),
  identityOf: (id) => ({ vmid: Number(id) }),
  look,
  weakenings: () => Promise.resolve([]),
  // Nobody can look into a machine that is not there yet.
  plan: () => Promise.resolve({ adopted: false, superseded: [] }),
  create,
  async update(site, wanted) {
    const machine = await machineOf(site, INPUTS.parse(wanted));
    await done(machine, "install", INSTALL, toldOf(wanted), 30 * MINUTE);
    return {};
  },
  // The machine and its disk stay; only the program forgets how it was set up.
  remove: () => Promise.resolve(),
};

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const inputs = INPUTS.parse(wanted);
  const { vmid, userId, tokenName } = inputs;
  const told = toldOf(wanted);
  const agent = await machineOf(site, inputs);
  site.progress(`waiting for the guest agent of ${vmid}; a first start installs packages and takes some minutes`);
  if (!(await agent.awaited(20 * MINUTE))) throw new Refusal(`the guest agent of ${vmid} does not answer. ${CONSOLE}`);
  site.progress("installing the backup server");
  await done(agent, "install", INSTALL, told, 30 * MINUTE);
  site.progress("mounting the data disk");
  await done(agent, "mount the data disk", MOUNT, told, 30 * MINUTE);
  const before = await report(agent, told);
  if (before.fingerprint === "") throw new Refusal(`the backup server of ${vmid} has no certificate. ${CONSOLE}`);
  const taken = await tokensOf(agent, told, tokenName);
  const token = tokenNames(tokenName).find((name) => !taken.includes(name));
  if (token === undefined) throw new Refusal(`${userId} has too many tokens: remove on the server what nothing uses`);
  const secret = secretIn(await done(agent, "make its login", TOKEN, { ...told, token }, MINUTE));
  const superseded = taken.map((name) => `${userId}!${name}`);
  if (superseded.length > 0) site.tell(`${userId}!${token} takes the place of ${superseded.join(", ")}. ${REMOVE}`);
  const { fingerprint, hostKey, holdsBackups } = before;
  const access = { tokenId: `${userId}!${token}`, secret, superseded };
  return { fingerprint: fingerprint.toLowerCase(), hostKey, path: pathOf(wanted), holdsBackups, ...access };
}

const CONSOLE =
  "Look at its console in PVE and at /var/log/cloud-init-output.log in it; once it runs, this goes on where it was";
const REMOVE = "Their secrets were lost with a run that was cut: remove them on the server";

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const vmid = Number(identity["vmid"]);
  const node = (await machineAt(site, vmid))?.node;
  if (node === undefined) return undefined;
  const agent = new GuestAgent(site.pve(), node, vmid, site.pause);
  const told = toldOf(identity);
  if (!(await agent.awaited(MINUTE)))
    throw new Refusal(`the guest agent of ${vmid} does not answer; nobody can say what it is. Start the machine`);
  const { timeZone, serves, mounted, fingerprint, hostKey } = await report(agent, told);
  if (!serves || !mounted) throw new Refusal(`${vmid} does not serve, or its data disk is not mounted. ${CONSOLE}`);
  const place = { vmid, datastore: identity["datastore"], timeZone, path: pathOf(identity) };
  return given({ ...place, fingerprint: fingerprint.toLowerCase(), hostKey });
}

/** @throws {Refusal} When that number is another machine's: its guest agent would make us root in it. */
async function machineOf(site: Site, { vmid, machine }: z.infer<typeof INPUTS>): Promise<GuestAgent> {
  const found = await machineAt(site, vmid);
  if (found === undefined) throw new Refusal(`there is no virtual machine ${vmid}; make it first`);
  if (found.name !== machine)
    throw new Refusal(
      `the guest ${vmid} on ${found.node} is "${found.name ?? ""}" and not our "${machine}"; nothing was done in it. ` +
        "Take a free number; if it is ours, give it its name back",
    );
  return new GuestAgent(site.pve(), found.node, vmid, site.pause);
}

function toldOf(fields: Fields): Told {
  const { disk, datastore, timeZone, userId } = fields as Record<string, string | undefined>;
  const told = { disk, datastore, time_zone: timeZone, user: userId, mount_point: MOUNT_POINT };
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, value ?? ""]));
}

function pathOf(fields: Fields): string {
  return `${MOUNT_POINT}/${text(fields, "datastore")}`;
}

/** Output of a step that went well. @throws {Refusal} With the machine's own words, else. */
async function done(agent: GuestAgent, what: string, body: string, told: Told, patience: number): Promise<string> {
  const { code, stdout, stderr } = await agent.run(serverScript(body, told), patience);
  if (code === 0) return stdout;
  throw new Refusal(
    `the backup server could not ${what}: ${lastLines(stderr)}. What was done before stays; run it again`,
  );
}

const STATE = z.object({
  fingerprint: z.string(),
  hostKey: z.string(),
  timeZone: z.string(),
  mounted: z.boolean(),
  holdsBackups: z.boolean(),
  serves: z.boolean(),
});

async function report(agent: GuestAgent, told: Told): Promise<z.infer<typeof STATE>> {
  return parsed(STATE, await done(agent, "say what it is", REPORT, told, MINUTE));
}

const TOKENS = z.array(z.looseObject({ tokenid: z.string() }));

/** Names that are taken, of the token and of those made beside it; the user is made on the way. */
async function tokensOf(agent: GuestAgent, told: Told, tokenName: string): Promise<string[]> {
  const tokens = parsed(TOKENS, await done(agent, "make its user", USER, told, MINUTE));
  return tokens
    .map(({ tokenid }) => tokenid.slice(tokenid.indexOf("!") + 1))
    .filter((name) => isNamedAfter(name, tokenName))
    .sort();
}

const MADE = z.looseObject({ value: z.string().min(1) });

/** `proxmox-backup-manager` prints `Result: {…}`. */
function secretIn(stdout: string): string {
  return parsed(MADE, stdout.slice(stdout.indexOf("{"))).value;
}

/** What was printed may hold a secret: only the shape of the fault is told. */
function parsed<T>(shape: z.ZodType<T>, stdout: string): T {
  const answer = shape.safeParse(fromJson(stdout));
  if (answer.success) return answer.data;
  throw new Refusal(
    `the backup server printed what this version does not understand: ${z.prettifyError(answer.error)}`,
  );
}

function fromJson(printed: string): unknown {
  try {
    return JSON.parse(printed) as unknown;
  } catch {
    return undefined;
  }
}
