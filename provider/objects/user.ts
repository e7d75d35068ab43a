import * as z from "zod";

import { type Weakening } from "./acceptance";
import { given, orElse, plain, trimmed, type Fields, text } from "./fields";
import { comment, identifier } from "./input-text";
import { refuseInUse } from "./use";
import { Refusal } from "./refusal";
import { demandSight, type Site } from "./site";
import { type SiteObject } from "./site-object";
import { written } from "./written";

const INPUTS = z.strictObject({
  userId: identifier("userId").describe("User with its realm. **Cannot be changed**: backup groups belong to it."),
  comment: comment(128).optional().describe("One line for people."),
  enable: z.boolean().optional().describe("Whether it may log in; its tokens go with it."),
});

/** A user of a PBS, made without a password: nobody logs in as it but by a token. */
export const user: SiteObject = {
  token: "resilience:pbs:User",
  description: "A user of a Proxmox Backup Server, without a password.",
  inputs: INPUTS,
  extraOutputs: {},
  secrets: [],
  unreadable: [],
  identity: ["userId"],
  fixed: {
    userId: "Backup groups belong to a user by its name: declare a second user, and hand the groups over yourself",
  },
  meanings: { userId: plain, comment: trimmed, enable: orElse(true) },
  idOf: ({ userId }) => String(userId),
  identityOf: (id) => ({ userId: id }),
  look,
  weakenings: (_site, wanted, living) => Promise.resolve(weakenings(wanted, living)),
  async create(site, wanted) {
    const { userId, comment: words, enable } = INPUTS.parse(wanted);
    await site.pbs().createUser({ userid: userId, comment: words, enable });
    return {};
  },
  async update(site, wanted) {
    const { userId, comment: words, enable = true } = INPUTS.parse(wanted);
    const { set, unset } = written({ comment: words, enable });
    await site.pbs().updateUser(userId, set, unset);
    return {};
  },
  remove,
};

async function look(site: Site, identity: Fields): Promise<Fields | undefined> {
  const found = (await site.pbs().users()).find(({ userid }) => userid === identity["userId"]);
  if (found !== undefined) return given({ userId: found.userid, comment: found.comment, enable: found.enable });
  await demandSight(site.pbs(), "/access/users", "Sys.Audit");
  return undefined;
}

function weakenings(wanted: Fields, living: Fields | undefined): Weakening[] {
  if (living === undefined || wanted["enable"] !== false || living["enable"] === false) return [];
  return [{ change: "disable-login", what: `${text(wanted, "userId")} and all its tokens can no longer log in` }];
}

/** Removing a user removes its tokens, also those that others made. */
async function remove(site: Site, living: Fields): Promise<void> {
  const userId = text(living, "userId");
  const tokens = (await site.pbs().tokens(userId)).map(({ tokenid }) => tokenid);
  if (tokens.length > 0) {
    const cure = "Remove them on the PBS when nothing uses them any more, then try again";
    throw new Refusal(`pbs:User/${userId} still has tokens, which would go with it: ${tokens.join(", ")}. ${cure}`);
  }
  await refuseInUse(site, `pbs:User/${userId}`, userId);
  await site.pbs().removeUser(userId);
}
