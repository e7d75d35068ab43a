import { existsSync, readFileSync } from "node:fs";

import { type SettingsFile } from "../settings-file";
import { type HostKey } from "../ssh/host-key";
import { lookUp, pinIn, rejectOther } from "../ssh/known-hosts";
import { type SshAddress } from "../ssh/node-shell";
import { type Step } from "./step";

/** Node as the settings name it. */
export interface NodeAddress {
  /** Its name in the cluster. */
  readonly node: string;
  /** Its API. */
  readonly endpoint: string;
  /** Its SSH. */
  readonly address: SshAddress;
  /** Account there. */
  readonly user: string;
  /** Its host key. */
  readonly hostKey: HostKey;
}

/** The node's addresses and host key in the settings: for our own clients and for the command provider. */
export function settingsStep(settings: SettingsFile, named: NodeAddress): Step {
  const { node, endpoint: api, address, user, hostKey } = named;
  const { host, port } = address;
  const ssh = { host, ...(port !== 22 && { port }), ...(user !== "root" && { user }), hostKey: hostKey.line };
  const had = settings.get("nodes", node);
  return {
    thing: `node ${node} in ${settings.path}`,
    change: same(had, { api, ssh }) ? undefined : `${api}, SSH ${host}, host key ${hostKey.fingerprint}`,
    apply: () => {
      if (settings.get("nodes", node, "api") !== api) settings.set(["nodes", node, "api"], api);
      settings.set(["nodes", node, "ssh"], ssh);
      settings.save();
      return Promise.resolve();
    },
  };
}

/**
 * The cluster's certificate authority in the settings; of machines that were set up anew in the place of the former one.
 * @throws {Error} When another stands there.
 */
export function authorityStep(settings: SettingsFile, authority: string, setUpAnew: boolean): Step {
  const had = settings.get("caCertificate");
  const named = typeof had === "string" && had.trim() !== "";
  const other = named && had.trim() !== authority.trim();
  if (other && !setUpAnew) {
    throw new Error(
      `${settings.path} names another certificate authority than this node has; nothing was changed.\n` +
        "Cure: a settings file is for one cluster. If all of it was set up anew, say it again with --set-up-anew.",
    );
  }
  return {
    thing: `certificate authority in ${settings.path}`,
    change:
      named && !other
        ? undefined
        : `the node's /etc/pve/pve-root-ca.pem${other ? ", in the place of the former one" : ""}`,
    apply: () => {
      settings.set(["caCertificate"], authority);
      settings.save();
      return Promise.resolve();
    },
  };
}

/**
 * The host key in known_hosts, which the proxmoxve plugin's own SSH reads: it takes any key of a machine that it does not know.
 * @throws {Error} When the file knows another key: it is never replaced by ourselves.
 */
export function knownHostsStep(file: string, { host, port }: SshAddress, hostKey: HostKey): Step {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  rejectOther(file, text, host, port, hostKey);
  return {
    thing: `host key in ${file}`,
    change: lookUp(text, host, port, hostKey).is === "same" ? undefined : hostKey.fingerprint,
    apply: () => {
      pinIn(file, host, port, hostKey);
      return Promise.resolve();
    },
  };
}

function same(left: unknown, right: object): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
