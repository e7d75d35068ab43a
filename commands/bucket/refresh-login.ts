import { serverShellOf } from "../../estate/backup-server";
import { type AnySettings } from "../../estate/any-settings";
import { parseToken } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { readSecret } from "../secrets";
import { enterShell } from "../ssh/node-shell";
import { type RefreshWays } from "./refresh";

/**
 * The backup server of a stack with what can give it its bucket back: its API, and root's shell where the settings say how it is reached.
 * @throws {Error} With a cure when there is no backup server, or no login to it.
 */
export async function openRefresh(
  settingsFile: string,
  settings: AnySettings,
  emptied: boolean,
): Promise<RefreshWays & { readonly close: () => Promise<void> }> {
  const server = settings.role === "site" || settings.role === "vault" ? settings.backupServer : undefined;
  const { address, port, fingerprint } = server ?? {};
  if (address === undefined || port === undefined)
    throw new Error(`${settingsFile} names no backup server.\nCure: set backupServer.address.`);
  const token = await readSecret(settingsFile, "pbsToken", "PBS_TOKEN");
  const pbs = PbsClient.at({ address, port, fingerprint }, parseToken(token, "PBS"));
  // Who emptied it by hand has a reason to.
  const ssh = emptied ? undefined : shellOf(settings);
  const shell = ssh === undefined ? undefined : await shellAt(settingsFile, ssh);
  return {
    ...{ pbs, shell, emptied },
    close: async () => {
      shell?.close();
      await pbs.close();
    },
  };
}

function shellOf(settings: AnySettings): Ssh | undefined {
  if (settings.role === "vault") return settings.backupServer?.ssh;
  return settings.role === "site" ? serverShellOf(settings) : undefined;
}

type Ssh = NonNullable<ReturnType<typeof serverShellOf>>;

async function shellAt(settingsFile: string, ssh: Ssh) {
  const privateKey = await readSecret(settingsFile, "sshPrivateKey", "SSH_PRIVATE_KEY");
  return enterShell(ssh, privateKey);
}
