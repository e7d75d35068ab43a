import { type SettingsFile } from "../settings-file";
import { readEnrolment } from "./record";
import { type HostKey, hostKeyOfLine, kindOf } from "../ssh/host-key";
import { shownHostKey, type SshAddress } from "../ssh/node-shell";

/** How a person says that a host key is the right one. */
export interface HostKeyTrust {
  /** Where it is shown. */
  readonly address: SshAddress;
  /** Where it may stand already. */
  readonly settings: SettingsFile;
  /** Folder of the site, whose record may say what was compared when this machine was enrolled before. */
  readonly siteFolder: string;
  /** Fingerprint that was compared before, `SHA256:…`. */
  readonly acceptedHostKey?: string | undefined;
  /** Whether the machine was set up anew under its old name: what was known of it counts for nothing, and its key is compared. @default false */
  readonly setUpAnew?: boolean;
  /** Shows it to a person, who compares it with the console. */
  readonly isRight: (lines: readonly string[]) => Promise<boolean>;
}

/**
 * The host key of the node, once it is known to be the right one: pinned in the settings, given beforehand, or compared by a
 * person. A key that differs from what is known is never asked about; it is refused, unless the machine was set up anew.
 * @throws {Error} With a cure.
 */
export async function trustedHostKey(trust: HostKeyTrust): Promise<HostKey> {
  const { address, settings, siteFolder, acceptedHostKey: accepted, setUpAnew = false, isRight } = trust;
  const key = await shownHostKey(address);
  const where = `${address.host}, port ${address.port},`;
  const pinned = setUpAnew ? undefined : pinnedHostKey(settings, address);
  if (pinned?.type === key.type) {
    if (pinned.line === key.line) return key;
    throw refused(where, key, pinned.fingerprint, `the settings in ${settings.path} say`);
  }
  const recorded = setUpAnew ? undefined : recordedHostKey(siteFolder, address);
  if (recorded === key.fingerprint) return key;
  if (recorded !== undefined) throw refused(where, key, recorded, "the record of its last enrolment says");
  if (accepted !== undefined) {
    if (withoutPadding(accepted) === key.fingerprint) return key;
    throw refused(where, key, accepted, "--accept-host-key says");
  }
  const right = await isRight([
    `${where} shows this host key:`,
    `  ${kindOf(key)} ${key.fingerprint}`,
    `On the node's own console: ${CONSOLE}`,
  ]);
  if (right) return key;
  throw new Error(`The host key of ${address.host} was not confirmed; no login was sent and nothing was changed.`);
}

const CONSOLE = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";

function pinnedHostKey(settings: SettingsFile, { host, port }: SshAddress): HostKey | undefined {
  const nodes = settings.get("nodes") as Record<string, { ssh?: { host?: string; port?: number; hostKey?: string } }>;
  const entries = Object.values((nodes as typeof nodes | undefined) ?? {});
  const line = entries.find(({ ssh }) => ssh?.host === host && (ssh.port ?? 22) === port)?.ssh?.hostKey;
  return line === undefined ? undefined : hostKeyOfLine(line);
}

function recordedHostKey(siteFolder: string, { host, port }: SshAddress): string | undefined {
  const entries = Object.values(readEnrolment(siteFolder).nodes);
  return entries.find((entry) => entry.host === host && entry.port === port)?.hostKey;
}

function refused(where: string, shown: HostKey, expected: string, whoSays: string): Error {
  return new Error(
    `${where} shows the host key ${shown.fingerprint}; ${whoSays} ${expected}. Either it was set up anew, or another ` +
      `machine answers. No login was sent and nothing was changed.\nCure: compare on its console (${CONSOLE}). Only when it is the right machine and was ` +
      "set up anew: say it again with --set-up-anew.",
  );
}

function withoutPadding(fingerprint: string): string {
  return fingerprint.trim().replace(/=+$/, "");
}
