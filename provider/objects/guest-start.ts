import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { isDuration, toSeconds } from "../../estate/units/duration";
import { isGuestId, parseGuestId } from "../../estate/units/guest-id";
import { GuestAgent } from "../clients/guest-agent";
import { hasAgent, RestoreClient, typeOf, type GuestConfig, type GuestPlace } from "../clients/restore-client";
import { given, plain, text, type Fields } from "./fields";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  guest: z
    .string()
    .refine(isGuestId, { error: 'expected a guest such as "vm:140"' })
    .describe("The guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.**"),
  startsWithNode: z.boolean().describe("Whether it starts with its node from now on."),
  limit: z
    .string()
    .refine(isDuration, { error: 'expected a duration such as "10 minutes"' })
    .describe("How long its guest agent is waited for, where it has one."),
});

/**
 * The first start of a guest that was restored. It is done once: a guest that a person stops later stays stopped. One that runs already
 * is left as it is.
 */
export const guestStart: SiteObject = {
  token: "resilience:pve:GuestStart",
  description: "The first start of a restored guest, waited for until its guest agent answers; done once.",
  inputs: INPUTS,
  extraOutputs: {
    runsAt: {
      type: "string",
      description: "When it ran, and its guest agent answered where it has one, by its node's clock.",
    },
  },
  secrets: [],
  unreadable: ["startsWithNode", "limit"],
  identity: ["guest"],
  fixed: { guest: "Another guest has a start of its own: declare a second one" },
  meanings: { guest: plain, startsWithNode: plain, limit: plain },
  idOf: ({ guest }) => String(guest),
  identityOf: (id) => ({ guest: id }),
  look,
  weakenings: () => Promise.resolve([]),
  plan: () => Promise.resolve({ adopted: false }),
  create,
  update: () => Promise.resolve({}),
  remove: () => Promise.resolve(),
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const guest = text(identity, "guest");
  if ((await placeOf(site, guest)) !== undefined) return given({ guest, runsAt: identity["runsAt"] });
  await demandSight(site.pve(), `/vms/${parseGuestId(guest).vmid}`, "VM.Audit");
  return undefined;
}

async function create(site: Site, wanted: Fields): Promise<Fields> {
  const { guest, startsWithNode, limit } = INPUTS.parse(wanted);
  const client = new RestoreClient(site.pve());
  const place = await placeOf(site, guest);
  if (place === undefined)
    throw new Refusal(`pve:GuestStart/${guest}: expected the guest on the site, and this login sees none`);
  const config = await client.config(place);
  if (place.status !== "running") {
    site.progress(`${guest}: starting`);
    await client.start(place);
  }
  await answered(site, guest, place, config, toSeconds(limit) * 1_000);
  const runsAt = await client.time(place.node);
  if (startsWithNode !== (config.onboot === 1)) await client.startWithNode(place, startsWithNode, undefined);
  return { runsAt: runsAt.toISOString() };
}

/**
 * Waits for the guest agent, where the guest has one: without it, nothing more can be seen from outside than that it runs. One that stays
 * silent does not hold up what comes after: many guests are set up for an agent and have none.
 */
async function answered(site: Site, guest: string, place: GuestPlace, { agent }: GuestConfig, limit: number) {
  if (place.type !== "qemu" || !hasAgent(agent)) return;
  const deadline = Date.now() + limit;
  const asked = new GuestAgent(site.pve(), place.node, place.vmid);
  while (!(await asked.answers())) {
    if (Date.now() > deadline) {
      site.tell(`${guest} runs, and its guest agent did not answer in time; what needs it is started all the same`);
      return;
    }
    site.progress(`${guest}: waiting for its guest agent`);
    await sleep(site.pause);
  }
}

async function placeOf(site: Site, guest: string): Promise<(GuestPlace & { status: string | undefined }) | undefined> {
  const { kind, vmid } = parseGuestId(guest);
  const type = typeOf(kind);
  const found = (await new RestoreClient(site.pve()).guests()).find((one) => one.vmid === vmid && one.type === type);
  return found && { node: found.node, type, vmid, status: found.status };
}
