import { type Secrets } from "../secrets";
import { openShell, type SshLogin } from "../ssh/node-shell";
import { backupServerUndoings } from "./backup-server-undo";
import { pbsApi, pvesh } from "./local-api";
import { LOGIN_SECRETS, PBS_SECRETS, SSH_SECRET } from "./names";
import { nodeUndoings } from "./node-undo";
import { readEnrolment, writeEnrolment, type Enrolment } from "./record";
import { trustedHostKey, type HostKeyTrust } from "./trusted-host-key";
import { type Undoing } from "./undoing";

/** Which machine's enrolment is undone, and how. */
export interface UndoOrder extends HostKeyTrust {
  /** How we get in, this once. */
  readonly login: SshLogin;
  /** Whether it is a backup server and no node. */
  readonly backupServer: boolean;
  /** The stack's secrets. */
  readonly secrets: Secrets;
  /** Shows what would be taken away, and takes nothing. */
  readonly dryRun: boolean;
  /** Asked once, after everything that will go was said. */
  readonly goOn: () => Promise<boolean>;
  /** Called with each line that a person may want to see. */
  readonly say: (line: string) => void;
}

/** What came of it. */
export interface UndoReport {
  /** Everything that enrolling had made and that was still there. */
  readonly made: readonly string[];
  /** What was taken away, the secrets of the settings included. */
  readonly undone: readonly string[];
}

/**
 * Takes away what `make enrol` made on a machine, last first, and then the secrets that opened it. Nothing else is touched: what
 * stood there before, and what others made since, stays. A run that broke off goes on.
 */
export async function undo(order: UndoOrder): Promise<UndoReport> {
  const { address, siteFolder, say, secrets } = order;
  await secrets.open();
  const record = readEnrolment(siteFolder);
  const shell = await openShell(address, order.login, await trustedHostKey(order));
  try {
    const list = order.backupServer
      ? backupServerUndoings(record, pbsApi(shell))
      : nodeUndoings(record, pvesh(shell), shell);
    const made = list.map(({ thing }) => thing);
    for (const { thing, byHand } of list) say(`  - ${thing}\n      by hand: ${byHand}`);
    if (order.dryRun || list.length === 0 || !(await order.goOn())) return { made, undone: [] };
    await takeAway(list, record, order);
    const forgotten = await forget(secrets, order.backupServer ? Object.values(PBS_SECRETS) : NODE_SECRETS);
    return { made, undone: [...made, ...forgotten.map((key) => `secret ${key} of the settings`)] };
  } finally {
    shell.close();
  }
}

async function takeAway(list: readonly Undoing[], record: Enrolment, order: UndoOrder): Promise<void> {
  const { address, siteFolder, say } = order;
  for (const [index, { thing, apply }] of list.entries()) {
    say(`[${index + 1}/${list.length}] ${thing}`);
    await apply();
    writeEnrolment(siteFolder, record);
  }
  const isOther = (entry: Enrolment["nodes"][string]) => entry.host !== address.host || entry.port !== address.port;
  record.nodes = Object.fromEntries(Object.entries(record.nodes).filter(([, entry]) => isOther(entry)));
  writeEnrolment(siteFolder, record);
}

const NODE_SECRETS = [...Object.values(LOGIN_SECRETS), SSH_SECRET];

async function forget(secrets: Secrets, keys: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const key of keys) {
    if ((await secrets.get(key)) === undefined) continue;
    await secrets.remove(key);
    gone.push(key);
  }
  return gone;
}
