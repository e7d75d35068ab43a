import * as z from "zod";

import { isGuestId, parseGuestId } from "../../estate/units/guest-id";
import { StartupClient, type StartupLine } from "../clients/startup-client";
import { PVE_ROLES, STARTUP_PRIVILEGES } from "../rights/pve-rights";
import { plain, text, withoutUnsaid, type Fields } from "./fields";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  guest: z
    .string()
    .refine(isGuestId, { error: 'expected a guest such as "vm:101"' })
    .describe("The guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.**"),
  order: z.number().int().min(1).max(999).describe("Its place when its node starts guests; the lowest starts first."),
  pauseSeconds: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Seconds that the node waits after it before it starts the next; what is there stays by default."),
});

/**
 * A guest's place when its node starts guests: one line of the guest's own configuration, of which nothing else is touched. HA heeds
 * none of it.
 */
export const startupOrder: SiteObject = {
  token: "resilience:pve:StartupOrder",
  description: "A guest's place when its node starts guests. High availability heeds no order.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["guest"],
  fixed: { guest: "Another guest has a place of its own: declare a second one" },
  meanings: { guest: plain, order: plain, pauseSeconds: plain },
  idOf: ({ guest }) => String(guest),
  identityOf: (id) => ({ guest: id }),
  look,
  weakenings: () => Promise.resolve([]),
  demand,
  async create(site, wanted) {
    await write(site, wanted);
    return {};
  },
  async update(site, wanted, living) {
    await write(site, wanted, living);
    return {};
  },
  async remove(site, living) {
    await write(site, { guest: living["guest"] }, living);
  },
};

/** Keys of PVE's line, by field. Source: pve-guest-common, src/PVE/AbstractConfig.pm, and pve-common, PVE/JSONSchema.pm. */
const KEYS = { order: "order", pauseSeconds: "up" } as const;

/** Nothing is there as long as the guest has no place, whatever else stands in its line. */
async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const guest = text(identity, "guest");
  const seen = await lineOf(site, guest);
  if (seen === undefined) {
    await demandSight(site.pve(), `/vms/${parseGuestId(guest).vmid}`, "VM.Audit");
    return undefined;
  }
  const parts = partsOf(seen.line);
  const [order, pauseSeconds] = [wholeNumber(parts.get(KEYS.order)), wholeNumber(parts.get(KEYS.pauseSeconds))];
  const said = withoutUnsaid({ guest, order, pauseSeconds }, identity, ["pauseSeconds"]);
  return Object.keys(said).length > 1 ? said : undefined;
}

/** Who applies may change no guest unless its owner gave it that: said by name before anything is written. */
async function demand(site: Site, wanted: Fields): Promise<void> {
  const guest = text(wanted, "guest");
  const path = `/vms/${parseGuestId(guest).vmid}`;
  const own = await site.pve().privileges(path);
  const missing = STARTUP_PRIVILEGES.filter((privilege) => !(privilege in own));
  if (missing.length === 0) return;
  throw new Refusal(
    `pve:StartupOrder/${guest}: expected the right ${missing.join(", ")} on ${path}, and the login does not have it. \`make enrol\` ` +
      "again gives it. By hand, on a node: " +
      `\`pveum role add ${PVE_ROLES.startup} -privs "${STARTUP_PRIVILEGES.join(" ")}"\`, then ` +
      `\`pveum acl modify /vms -user <the login's user> -role ${PVE_ROLES.apply},${PVE_ROLES.startup}\`: both roles, since those on a ` +
      "path take the place of those above it. Or take startup.ordered out of the settings",
  );
}

/** Writes what is wanted and takes back what the program no longer says; the rest of the line stays as it is. */
async function write(site: Site, wanted: Fields, living: Fields = {}): Promise<void> {
  const guest = text(wanted, "guest");
  const seen = await lineOf(site, guest);
  if (seen === undefined) {
    throw new Refusal(
      `pve:StartupOrder/${guest}: expected the guest on the site, and this login sees none. ` +
        "Install or restore it first; if it is there, give the login VM.Audit on it",
    );
  }
  const parts = partsOf(seen.line);
  for (const [field, key] of Object.entries(KEYS)) {
    const value = wanted[field];
    if (typeof value === "number") parts.set(key, String(value));
    else if (living[field] !== undefined) parts.delete(key);
  }
  await new StartupClient(site.pve()).write(seen, lineFrom(parts));
}

function lineOf(site: Site, guest: string): Promise<StartupLine | undefined> {
  return new StartupClient(site.pve()).read(parseGuestId(guest).vmid);
}

/** The parts of `order=2,up=60`; PVE takes a bare number for the order. */
function partsOf(line = ""): Map<string, string> {
  const parts = line.split(",").filter((part) => part.trim() !== "");
  return new Map(
    parts.map((part): [string, string] => {
      const [key = "", value] = part.trim().split("=");
      return value === undefined ? [KEYS.order, key] : [key, value];
    }),
  );
}

function lineFrom(parts: ReadonlyMap<string, string>): string | undefined {
  if (parts.size === 0) return undefined;
  return [...parts].map(([key, value]) => `${key}=${value}`).join(",");
}

function wholeNumber(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
