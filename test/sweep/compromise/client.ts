import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { openShell } from "../../../commands/ssh/node-shell";
import { connect } from "../../../lab/pbs/client";
import { type Login } from "../../../provider/clients/login";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { PveClient } from "../../../provider/clients/pve-client";
import { type Lab } from "../support/every-copy";
import { type Door } from "./door";
import { type Machine, type Stolen, type Thief } from "./thief";

/** The node on which guests are tried. */
export const NODE = "tappaas1";

/** A backup client with somebody's login. */
export function as({ lab, server, store }: Door, { authId, secret }: Stolen) {
  const { address, fingerprint } = lab.sheet.pbs[server]!;
  return connect({ server: address, port: 8007, fingerprint, authId, secret, datastore: store, ns: "" });
}

/** Something asked of a backup server with somebody's login. */
export async function onPbs<T>(
  { lab, server }: Pick<Door, "lab" | "server">,
  login: Stolen,
  work: (pbs: PbsClient) => Promise<T>,
): Promise<T> {
  const { api, fingerprint } = lab.sheet.pbs[server]!;
  const pbs = new PbsClient({ endpoint: api, trust: { fingerprint }, login: loginOf(login) }, [1]);
  return work(pbs).finally(() => pbs.close());
}

/** Something asked of the node with somebody's login. */
export async function onPve<T>({ sheet }: Lab, login: Stolen, work: (pve: PveClient) => Promise<T>): Promise<T> {
  const trust = { authority: readFileSync(sheet.ca, "utf8") };
  const pve = new PveClient({ endpoint: sheet.nodes[NODE]!.api, trust, login: loginOf(login) }, [1]);
  return work(pve).finally(() => pve.close());
}

/** The owner of a backup server. */
export function ownerOf({ lab, server }: Pick<Door, "lab" | "server">): Stolen {
  return { authId: "root@pam", secret: lab.sheet.pbs[server]!.logins["root@pam"].password };
}

/** Whether any login gets through with an attempt. */
export async function anyOf(logins: readonly Stolen[], work: (login: Stolen) => Promise<unknown>): Promise<boolean> {
  for (const login of logins) if (await succeeds(work(login))) return true;
  return false;
}

/** Whether something goes through. What the test itself expects is no refusal. */
export async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return false;
  }
}

/** Whether somebody is root on a machine, or becomes it with a key. */
export async function hasShell(thief: Thief, machine: Machine, door: Pick<Door, "lab" | "server">): Promise<boolean> {
  if (thief.root.includes(machine)) return true;
  const ran = await Promise.all(thief.keys.map((key) => shellRan(door, machine, key, "id -u")));
  return ran.some(Boolean);
}

/** Whether a command ran with a key on a machine. */
export async function shellRan(
  { lab, server }: Pick<Door, "lab" | "server">,
  machine: Machine,
  privateKey: string,
  command: string,
): Promise<boolean> {
  const { host, port, user, hostKey } = machine === "node" ? lab.sheet.nodes[NODE]!.ssh : lab.sheet.pbs[server]!.ssh;
  try {
    const shell = await openShell({ host, port }, { user, privateKey }, hostKeyOfLine(hostKey));
    const { code } = await shell.run(command).finally(() => {
      shell.close();
    });
    return code === 0;
  } catch {
    return false;
  }
}

function loginOf({ authId, secret }: Stolen): Login {
  return authId.includes("!") ? { tokenId: authId, secret } : { username: authId, password: secret };
}
