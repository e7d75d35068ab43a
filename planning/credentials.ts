import { type Estate } from "../estate/estate";
import { type Credential } from "./model";
import { bucketKeys, offsiteCredentials, offsiteLoginsAtHome } from "./offsite-copies";

/** Root's shell on the nodes: in a cluster, each opens the others. */
export const NODE_ROOT = "credential:node-root";
/** The login with which the program changes the nodes: it may delete the disks of guests that do not run. */
export const NODE_ADMIN = "credential:node-admin";
/** The stack's passphrase, with which the program's logins are opened. */
export const PASSPHRASE = "credential:passphrase";
/** The login with which the program sets the backup server up. */
export const SERVER_ADMIN = "credential:server-admin";
/** Root's shell on the backup server. */
export const SERVER_ROOT = "credential:server-root";
/** The login with which nodes write backups. */
export const WRITER = "credential:writer";

/** What can be stolen of a site, and what each opens. Sources: docs/how-to/logins.md, and where PVE keeps what it is given. */
export function credentialsOf(estate: Estate): Credential[] {
  const { address, user, tokenName, node } = estate.backupServer;
  const atHome = offsiteLoginsAtHome(estate);
  const root = { id: NODE_ROOT, name: "root on the nodes", opens: [] };
  const passphrase = {
    id: PASSPHRASE,
    name: "the stack's passphrase with its settings file",
    opens: [NODE_ROOT, NODE_ADMIN],
  };
  const program = { id: NODE_ADMIN, name: "the program's login on the nodes", opens: [] };
  if (address === undefined) return [passphrase, root, program];
  const inside = node === undefined ? [] : [SERVER_ROOT];
  return [
    { ...passphrase, opens: [NODE_ROOT, NODE_ADMIN, SERVER_ADMIN, ...bucketKeys(estate), ...atHome] },
    { ...root, opens: [WRITER, ...inside] },
    program,
    { id: SERVER_ADMIN, name: "the program's login on the backup server", opens: [] },
    { id: SERVER_ROOT, name: "root on the backup server", opens: [SERVER_ADMIN, ...bucketKeys(estate)] },
    { id: WRITER, name: `the nodes' login ${user}!${tokenName}`, opens: [] },
    ...offsiteCredentials(estate),
  ];
}
