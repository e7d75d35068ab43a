import { type Settings } from "../estate/settings";
import { parseToken } from "../provider/clients/login";
import { PbsClient } from "../provider/clients/pbs-client";
import { PveClient } from "../provider/clients/pve-client";
import { answeringNode } from "./answering-node";
import { readObserveToken, readPbsObserveToken } from "./secrets";
import { readStackFile } from "./stack-file";

/** The two servers of a site, for a command that only looks. */
export interface Servers {
  /** PVE, by the first node that answers. */
  readonly pve: PveClient;
  /** The backup server; undefined where the stack has no login to it. */
  readonly pbs: PbsClient | undefined;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

/**
 * Connects to a stack's servers: with the logins that can only read where the stack has them, else with those that apply.
 * @param except Node that is not asked, because it is about to go away.
 * @throws {Error} When the stack names no node, or has no login to it.
 */
export async function openServers(settingsFile: string, except?: string): Promise<Servers> {
  const { nodes: all, caCertificate, backupServer } = readStackFile(settingsFile);
  const nodes = Object.fromEntries(Object.entries(all).filter(([name]) => name !== except));
  const [first] = Object.keys(nodes);
  const node = nodes[(await answeringNode(nodes)) ?? first ?? ""];
  if (node === undefined) throw new Error(`${settingsFile} names no node.\nCure: make enrol HOST=…`);
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  const login = parseToken(await readObserveToken(settingsFile), "PVE");
  const pve = new PveClient({ endpoint: node.api, trust, login });
  const token = await readPbsObserveToken(settingsFile);
  const pbs = token === undefined ? undefined : backupServerClient(backupServer, token);
  return {
    pve,
    pbs,
    close: async () => {
      await Promise.all([pve.close(), pbs?.close()]);
    },
  };
}

function backupServerClient({ address, port, fingerprint }: Settings["backupServer"], token: string) {
  if (address === undefined) return undefined;
  return PbsClient.at({ address, port, fingerprint }, parseToken(token, "PBS"));
}
