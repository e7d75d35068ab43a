import { parseToken } from "../../provider/clients/login";
import { type Secrets } from "../secrets";
import { type BackupServerContext } from "./backup-server-context";
import { rightUndoing, tokenUndoing as serverTokenUndoing } from "./backup-server-undo";
import { LOGIN_SECRETS, PBS_SECRETS, SSH_SECRET } from "./names";
import { keyUndoing, tokenUndoing } from "./node-undo";
import { publicLine } from "./ssh-key";
import { type Enrolling } from "./step";
import { type Undoing } from "./undoing";

/** Tokens and keys on the nodes that enrolling made and whose secret the stack no longer holds, also from a run that broke off. */
export async function formerNodeLogins({ record, pvesh, shell, secrets, site }: Enrolling): Promise<Undoing[]> {
  const tokens = await tokensIn(secrets, Object.values(LOGIN_SECRETS), "PVE");
  const key = await secrets.get(SSH_SECRET);
  const line = key === undefined ? undefined : publicLine(key, `tappaas-resilience-${site}`);
  const { made } = record;
  return [
    ...made.tokens.filter((one) => !tokens.includes(one)).map((one) => tokenUndoing(record, pvesh, one)),
    ...made.sshKeys.filter((one) => one !== line).map((one) => keyUndoing(record, shell, one)),
  ];
}

/** The same of tokens on the backup server, with their rights. */
export async function formerServerLogins({ record, api, secrets }: BackupServerContext): Promise<Undoing[]> {
  const held = await tokensIn(secrets, Object.values(PBS_SECRETS), "PBS");
  const { tokens, rights } = record.made.backupServer;
  const former = tokens.filter((one) => !held.includes(one));
  return [
    ...rights.filter(({ holder }) => former.includes(holder)).map((right) => rightUndoing(record, api, right)),
    ...former.map((one) => serverTokenUndoing(record, api, one)),
  ];
}

async function tokensIn(secrets: Secrets, names: readonly string[], server: "PVE" | "PBS"): Promise<string[]> {
  const lines = await Promise.all(names.map((name) => secrets.get(name)));
  return lines.flatMap((line) => (line === undefined || line === "" ? [] : [parseToken(line, server).tokenId]));
}
