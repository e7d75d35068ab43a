import * as z from "zod";

import { isGuestId, parseGuestId } from "../../estate/units/guest-id";
import { HaClient, type PlacedGuest } from "../clients/ha-client";
import { given, orElse, plain, text, trimmed, withoutUnsaid, type Fields } from "./fields";
import { comment } from "./input-text";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  guest: z
    .string()
    .refine(isGuestId, { error: 'expected a guest such as "vm:101"' })
    .describe("The guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.**"),
  maxRestart: z.number().int().min(0).optional().describe("Starts on the same node after one that failed; PVE says 1."),
  maxRelocate: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Moves to another node after starts that failed; PVE says 1."),
  failback: z.boolean().optional().describe("Whether it goes back to the node that its rule prefers; PVE says true."),
  comment: comment(4096).optional().describe("One line for people."),
});

/**
 * A guest that PVE's HA keeps running. Whether it is to run is not among its fields: a person who stops a guest has decided that,
 * and no run of the program starts it. What the program does not say of it stays as it is.
 */
export const haResource: SiteObject = {
  token: "resilience:pve:HaResource",
  description: "A guest that PVE's high availability keeps running.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["guest"],
  fixed: { guest: "Another guest is another resource: declare a second one" },
  meanings: {
    guest: plain,
    maxRestart: orElse(1),
    maxRelocate: orElse(1),
    failback: orElse(true),
    comment: trimmed,
  },
  idOf: ({ guest }) => String(guest),
  identityOf: (id) => ({ guest: id }),
  look,
  weakenings: () => Promise.resolve([]),
  create,
  async update(site, wanted) {
    await clientOf(site).updateResource(text(wanted, "guest"), given(parameters(wanted)));
    return {};
  },
  async remove(site, living) {
    await clientOf(site).removeResource(text(living, "guest"));
  },
};

/** What the program is silent about stays as PVE, or its owner, has it. */
const UNSAID = ["maxRestart", "maxRelocate", "failback", "comment"];

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const found = (await clientOf(site).resources()).find(({ sid }) => sid === identity["guest"]);
  if (found === undefined) {
    await demandSight(site.pve(), "/", "Sys.Audit");
    return undefined;
  }
  const { sid: guest, max_restart: maxRestart, max_relocate: maxRelocate, failback, comment: words } = found;
  return withoutUnsaid({ guest, maxRestart, maxRelocate, failback, comment: words }, identity, UNSAID);
}

/** HA starts what it is told to keep started, so a guest that is off is taken up as one that stays off. */
async function create(site: Site, wanted: Fields): Promise<Fields> {
  const sid = text(wanted, "guest");
  const guest = await guestOf(site, sid);
  const state = guest.status === "running" ? "started" : "stopped";
  if (state === "stopped") {
    site.tell(`pve:HaResource/${sid}: it is not running, so HA keeps it stopped until a person starts it in PVE`);
  }
  await clientOf(site).createResource(sid, { state, ...given(parameters(wanted)) });
  return {};
}

async function guestOf(site: Site, sid: string): Promise<PlacedGuest> {
  const { vmid } = parseGuestId(sid);
  const found = (await clientOf(site).guests()).find((guest) => guest.vmid === vmid);
  if (found !== undefined) return found;
  throw new Refusal(
    `pve:HaResource/${sid}: expected a guest ${vmid} on the site, and this login sees none. ` +
      "Install or restore it first; if it is there, give the login VM.Audit on it",
  );
}

function parameters(wanted: Fields) {
  const { maxRestart, maxRelocate, failback, comment: words } = INPUTS.parse(wanted);
  return { max_restart: maxRestart, max_relocate: maxRelocate, failback, comment: words };
}

function clientOf(site: Site): HaClient {
  return new HaClient(site.pve());
}
