import * as z from "zod";

import { quoted } from "../ssh/quoted";
import { type LocalApi } from "./local-api";
import { type Enrolment } from "./record";
import { removalOf } from "./ssh-key";
import { type NodeShell } from "../ssh/node-shell";
import { type Undoing } from "./undoing";

const ENTRY = z.looseObject({ content: z.string().default("") });
const TOKENS = z.array(z.looseObject({ tokenid: z.string() }));
const ROLES = z.array(z.looseObject({ roleid: z.string() }));
const ACL = z.array(z.looseObject({ path: z.string(), roleid: z.string(), ugid: z.string() }));
const USERS = z.array(z.looseObject({ userid: z.string() }));

/**
 * What `make enrol` made, last first. Nothing else is touched: what stood there before it, stays. The user goes with its
 * rights, unless somebody gave it another token since.
 */
export function nodeUndoings(record: Enrolment, pvesh: LocalApi, shell: NodeShell): Undoing[] {
  const { made } = record;
  return [
    ...made.sshKeys.map((line) => keyUndoing(record, shell, line)),
    ...Object.keys(made.content).map((storage) => contentUndoing(record, pvesh, storage)),
    ...made.tokens.map((tokenId) => tokenUndoing(record, pvesh, tokenId)),
    ...made.rights.map((right) => rightUndoing(record, pvesh, right)),
    ...made.users.map((userid) => userUndoing(record, pvesh, userid)),
    ...made.roles.map((roleid) => roleUndoing(record, pvesh, roleid)),
  ];
}

/** Takes a key of the program out of root's authorized_keys. */
export function keyUndoing({ made }: Enrolment, shell: NodeShell, line: string): Undoing {
  return {
    thing: "SSH key of the program in root's authorized_keys",
    byHand: removalOf(line),
    apply: async () => {
      const { code, stderr } = await shell.run(removalOf(line));
      if (code !== 0) throw new Error(`root's authorized_keys could not be changed: ${stderr.trim()}`);
      made.sshKeys = made.sshKeys.filter((one) => one !== line);
    },
  };
}

function contentUndoing({ made }: Enrolment, pvesh: LocalApi, storage: string): Undoing {
  const added = made.content[storage] ?? [];
  return {
    thing: `storage ${storage}: ${added.join(", ")} no longer; files of that kind stay on the disk`,
    byHand: `pvesm set ${storage} --content <the others>`,
    apply: async () => {
      const { content } = await pvesh.get(ENTRY, `/storage/${storage}`);
      const left = content.split(",").filter((one) => !added.includes(one));
      await pvesh.set(`/storage/${storage}`, { content: left.length === 0 ? "none" : left.join(",") });
      Reflect.deleteProperty(made.content, storage);
    },
  };
}

/** Takes a token away, and its rights with it. */
export function tokenUndoing({ made }: Enrolment, pvesh: LocalApi, tokenId: string): Undoing {
  const [user = "", name = ""] = tokenId.split("!");
  return {
    thing: `token ${tokenId}`,
    byHand: `pveum user token remove ${user} ${name}`,
    apply: async () => {
      if (await hasToken(pvesh, user, name)) await pvesh.remove(`/access/users/${user}/token/${name}`);
      made.tokens = made.tokens.filter((one) => one !== tokenId);
      // PVE takes a token's rights away with it.
      made.rights = made.rights.filter(({ holder }) => holder !== tokenId);
    },
  };
}

function rightUndoing({ made }: Enrolment, pvesh: LocalApi, right: Enrolment["made"]["rights"][number]): Undoing {
  const { path, role, holder } = right;
  const kind = holder.includes("!") ? "tokens" : "users";
  return {
    thing: `right of ${holder} on ${path}`,
    byHand: `pveum acl delete ${path} --${kind} ${quoted(holder)} --roles ${role}`,
    apply: async () => {
      const rights = await pvesh.get(ACL, "/access/acl");
      if (rights.some((one) => one.path === path && one.roleid === role && one.ugid === holder)) {
        await pvesh.set("/access/acl", { path, roles: role, [kind]: holder, delete: 1 });
      }
      made.rights = made.rights.filter((one) => one !== right);
    },
  };
}

function userUndoing({ made }: Enrolment, pvesh: LocalApi, userid: string): Undoing {
  return {
    thing: `user ${userid}`,
    byHand: `pveum user delete ${userid}`,
    apply: async () => {
      const there = (await pvesh.get(USERS, "/access/users")).some((user) => user.userid === userid);
      const tokens = there ? await pvesh.get(TOKENS, `/access/users/${userid}/token`) : [];
      if (tokens.length > 0) {
        const names = tokens.map(({ tokenid }) => tokenid).join(", ");
        throw new Error(
          `${userid} has tokens that \`make enrol\` did not make (${names}), so it stays.\n` +
            "Cure: remove them if nothing uses them, and say --undo again.",
        );
      }
      if (there) await pvesh.remove(`/access/users/${userid}`);
      made.users = made.users.filter((one) => one !== userid);
    },
  };
}

function roleUndoing({ made }: Enrolment, pvesh: LocalApi, roleid: string): Undoing {
  return {
    thing: `role ${roleid}`,
    byHand: `pveum role delete ${roleid}`,
    apply: async () => {
      const there = (await pvesh.get(ROLES, "/access/roles")).some((role) => role.roleid === roleid);
      if (there) await pvesh.remove(`/access/roles/${roleid}`);
      made.roles = made.roles.filter((one) => one !== roleid);
    },
  };
}

async function hasToken(pvesh: LocalApi, user: string, name: string): Promise<boolean> {
  const users = await pvesh.get(USERS, "/access/users");
  if (!users.some(({ userid }) => userid === user)) return false;
  return (await pvesh.get(TOKENS, `/access/users/${user}/token`)).some(({ tokenid }) => tokenid === name);
}
