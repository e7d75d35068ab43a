import * as z from "zod";

import { userOf } from "../clients/login";
import { given, orElse, plain, type Difference, type Fields } from "./fields";
import { refuseInUse } from "./use";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";

const INPUTS = z.strictObject({
  path: z
    .string()
    .regex(/^(?:\/|(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+)$/, 'expected a path such as "/datastore/tappaas_backup"')
    .describe("What it is about: `/datastore/<name>[/<namespace>]`. **Cannot be changed.**"),
  role: z
    .string()
    .regex(/^[A-Z][A-Za-z]+$/, 'expected a role such as "DatastoreBackup"')
    .describe("Role that is given. **Cannot be changed.**"),
  authId: z
    .string()
    .regex(/^[^\s:/]+@[A-Za-z0-9_][A-Za-z0-9._!-]*$/, 'expected a user or token such as "tappaas@pbs!pve"')
    .describe("User or token to whom. Another token of the same user is given the role besides."),
  propagate: z.boolean().optional().describe("Whether it reaches below the path; true by default."),
});

const OTHER = "Another path or role is another entry: declare a second one, and take the first out of the program";

/** A right on a PBS. A token can do only what it and its user both may: it takes two. */
export const acl: SiteObject = {
  token: "resilience:pbs:Acl",
  description: "A role on a path of a Proxmox Backup Server, given to a user or a token.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["path", "role", "authId"],
  fixed: { path: OTHER, role: OTHER },
  meanings: { path: plain, role: plain, authId: plain, propagate: orElse(true) },
  idOf: ({ path, role, authId }) => `${String(path)}?${String(authId)}?${String(role)}`,
  identityOf,
  look,
  weakenings: () => Promise.resolve([]),
  async create(site, wanted) {
    await grant(site, wanted);
    return {};
  },
  async update(site, wanted, living) {
    refuseStranger(wanted, living);
    // The old login keeps its right: it may be the one that tonight's backup uses.
    await grant(site, wanted);
    return {};
  },
  async remove(site, living) {
    const { path, role, authId } = INPUTS.parse(living);
    await refuseInUse(site, `pbs:Acl/${path}?${authId}?${role}`, authId);
    await site.pbs().revoke(path, role, authId);
  },
};

function identityOf(id: string): Fields {
  const [path, authId, role, ...rest] = id.split("?");
  if (path !== undefined && authId !== undefined && role !== undefined && rest.length === 0)
    return { path, authId, role };
  throw new Refusal(
    `expected an entry as path?login?role, such as /datastore/main?tappaas@pbs?DatastoreBackup, got "${id}"`,
  );
}

async function look(site: Site, { path, role, authId }: Fields): Promise<Fields | undefined> {
  const entries = await site.pbs().acl();
  const found = entries.find((entry) => entry.path === path && entry.roleid === role && entry.ugid === authId);
  if (found !== undefined) return given({ path, role, authId, propagate: found.propagate });
  await demandSight(site.pbs(), "/access/acl", "Sys.Audit");
  return undefined;
}

async function grant(site: Site, wanted: Fields): Promise<void> {
  const { path, role, authId, propagate = true } = INPUTS.parse(wanted);
  await site.pbs().grant(path, role, authId, propagate);
}

function refuseStranger(wanted: Fields, living: Fields): void {
  const difference: Difference = { field: "authId", living: living["authId"], wanted: wanted["authId"] };
  if (userOf(String(difference.living)) === userOf(String(difference.wanted))) return;
  throw new Refusal(
    `expected another login of ${userOf(String(difference.living))}, got ${String(difference.wanted)}. ${OTHER}`,
  );
}
