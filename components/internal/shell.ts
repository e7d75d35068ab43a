import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { type NodeShell } from "../storage/zfs-pool";

/** What keeps a command's text and output out of logs and out of the next command. */
export const QUIET = { logging: remote.Logging.None, addPreviousOutputInEnv: false } as const;

/** A node's shell as `command` connects to it; all of it is a secret. */
export function connectionOf({ host, port = 22, user = "root", hostKey, privateKey }: NodeShell) {
  return pulumi.secret({ host, port, user, hostKey, privateKey: pulumi.secret(privateKey), dialErrorLimit: 3 });
}
