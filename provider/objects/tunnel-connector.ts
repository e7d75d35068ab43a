import * as z from "zod";

import { GuestAgent } from "../clients/guest-agent";
import { CONNECT, CONNECTED, DISCONNECT } from "./connector-scripts";
import { plain, text, type Fields } from "./fields";
import { lastLines, machineAt, MACHINE_INPUTS } from "./guest-machine";
import { guestScript, type Told } from "./guest-script";
import { Refusal } from "./refusal";
import { type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  ...MACHINE_INPUTS,
  token: z
    .string()
    .regex(/^[A-Za-z0-9+/=_.-]{1,4096}$/, "expected a token of letters, digits and + / = _ . -")
    .describe("Token of the tunnel."),
});

const OTHER = "Another machine is another connector: declare that one beside it, then take this one out";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The connector of a Cloudflare tunnel in a virtual machine, through its guest agent. The token never stands among arguments. */
export const tunnelConnector: SiteObject = {
  token: "resilience:pve:TunnelConnector",
  description: "The connector of a Cloudflare tunnel in a virtual machine: package, token, service.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: ["token"],
  unreadable: ["token"],
  identity: ["vmid"],
  fixed: { vmid: OTHER },
  meanings: { vmid: plain, machine: plain, token: plain },
  idOf: ({ vmid }) => String(vmid),
  identityOf: (id) => ({ vmid: Number(id) }),
  look,
  weakenings: () => Promise.resolve([]),
  create: connect,
  update: connect,
  // After a lost state the token in the machine may be that of a tunnel which is gone.
  async settle(site, wanted) {
    await connect(site, wanted);
  },
  async remove(site, living) {
    const agent = await agentOf(site, Number(living["vmid"]), text(living, "machine"));
    if (agent !== undefined) await done(agent, "stop it", DISCONNECT, {}, MINUTE);
  },
};

async function connect(site: Site, wanted: Fields): Promise<Fields> {
  const { vmid, machine, token } = INPUTS.parse(wanted);
  const agent = await agentOf(site, vmid, machine);
  if (agent === undefined) throw new Refusal(`there is no virtual machine ${vmid}; let TAPPaaS make it first`);
  await demandAnswer(agent, vmid, 5 * MINUTE);
  site.progress("setting the connector up");
  await done(agent, "set it up", CONNECT, { token }, 20 * MINUTE);
  return {};
}

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const vmid = Number(identity["vmid"]);
  const found = await machineAt(site, vmid);
  if (found === undefined) return undefined;
  const agent = new GuestAgent(site.pve(), found.node, vmid, site.pause);
  await demandAnswer(agent, vmid, MINUTE);
  const said = await done(agent, "say whether it has one", CONNECTED, {}, MINUTE);
  return said.trim() === "yes" ? { vmid, machine: found.name ?? "" } : undefined;
}

/** @throws {Refusal} When that number is another machine's: its guest agent would make us root in it. */
async function agentOf(site: Site, vmid: number, machine: string): Promise<GuestAgent | undefined> {
  const found = await machineAt(site, vmid);
  if (found === undefined) return undefined;
  if (found.name !== machine)
    throw new Refusal(
      `the guest ${vmid} on ${found.node} is "${found.name ?? ""}" and not "${machine}"; nothing was done in it. ` +
        "Correct its name, or the connectors of the settings",
    );
  return new GuestAgent(site.pve(), found.node, vmid, site.pause);
}

async function demandAnswer(agent: GuestAgent, vmid: number, patience: number): Promise<void> {
  if (await agent.awaited(patience)) return;
  throw new Refusal(
    `the guest agent of ${vmid} does not answer, so that nobody can say whether a connector is in it. Start the machine, and see that ` +
      "qemu-guest-agent runs in it",
  );
}

/** Output of a step that went well. @throws {Refusal} With the machine's own words, else. */
async function done(agent: GuestAgent, what: string, body: string, told: Told, patience: number): Promise<string> {
  const { code, stdout, stderr } = await agent.run(guestScript("tunnel", body, told), patience);
  if (code === 0) return stdout;
  throw new Refusal(
    `the connector's machine could not ${what}: ${lastLines(stderr)}. Run it again when that is put right`,
  );
}
