import * as z from "zod";

import { quoted } from "../ssh/quoted";
import { type LocalApi } from "./local-api";
import { type Enrolment } from "./record";
import { type Undoing } from "./undoing";

const USERS = z.array(z.looseObject({ userid: z.string() }));
const TOKENS = z.array(z.looseObject({ "token-name": z.string().optional(), tokenid: z.string().optional() }));

/** What `make enrol PBS=…` made on the backup server, last first. Datastores, jobs and backups are not among it. */
export function backupServerUndoings(record: Enrolment, api: LocalApi): Undoing[] {
  const { rights, tokens, users } = record.made.backupServer;
  return [
    ...[...rights].reverse().map((right) => rightUndoing(record, api, right)),
    ...tokens.map((tokenId) => tokenUndoing(record, api, tokenId)),
    ...users.map((userid) => userUndoing(record, api, userid)),
  ];
}

type Right = Enrolment["made"]["backupServer"]["rights"][number];

/** Takes a right away. */
export function rightUndoing({ made }: Enrolment, api: LocalApi, right: Right): Undoing {
  const { path, role, holder } = right;
  return {
    thing: `right of ${holder} on ${path}`,
    byHand: `proxmox-backup-manager acl update ${path} ${role} --auth-id ${quoted(holder)} --delete`,
    apply: async () => {
      const [user = "", token] = holder.split("!");
      const names = await tokensOf(api, user);
      if (names !== undefined && (token === undefined || names.includes(token))) {
        await api.set("/access/acl", { path, role, "auth-id": holder, delete: 1 });
      }
      made.backupServer.rights = made.backupServer.rights.filter((one) => one !== right);
    },
  };
}

/** Takes a token away. */
export function tokenUndoing({ made }: Enrolment, api: LocalApi, tokenId: string): Undoing {
  const [user = "", name = ""] = tokenId.split("!");
  return {
    thing: `token ${tokenId}`,
    byHand: `proxmox-backup-manager user delete-token ${user} ${name}`,
    apply: async () => {
      if ((await tokensOf(api, user))?.includes(name) === true) await api.remove(`/access/users/${user}/token/${name}`);
      made.backupServer.tokens = made.backupServer.tokens.filter((one) => one !== tokenId);
    },
  };
}

function userUndoing({ made }: Enrolment, api: LocalApi, userid: string): Undoing {
  return {
    thing: `user ${userid}`,
    byHand: `proxmox-backup-manager user remove ${userid}`,
    apply: async () => {
      const names = await tokensOf(api, userid);
      if (names !== undefined && names.length > 0) {
        throw new Error(
          `${userid} has tokens that \`make enrol\` did not make (${names.join(", ")}), so it stays.\n` +
            "Cure: remove them if nothing uses them, and say --undo again.",
        );
      }
      if (names !== undefined) await api.remove(`/access/users/${userid}`);
      made.backupServer.users = made.backupServer.users.filter((one) => one !== userid);
    },
  };
}

/** Names of a user's tokens; undefined when there is no such user. */
async function tokensOf(api: LocalApi, userid: string): Promise<string[] | undefined> {
  const users = await api.get(USERS, "/access/users");
  if (!users.some((user) => user.userid === userid)) return undefined;
  const tokens = await api.get(TOKENS, `/access/users/${userid}/token`);
  return tokens.flatMap((token) => token["token-name"] ?? token.tokenid?.split("!").at(-1) ?? []);
}
