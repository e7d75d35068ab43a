import * as z from "zod";

import { serverShellOf } from "../../estate/backup-server";
import { interfaceOf } from "../../estate/link-settings";
import { roleOf } from "../../estate/roles";
import { sshSettings, type SshSettings } from "../../estate/ssh-settings";
import { isWireGuardKey } from "../../estate/units/wireguard";
import { LINK_KEY_SCRIPT } from "../../provider/shell/link-key";
import { readSecret } from "../secrets";
import { SettingsFile } from "../settings-file";
import { enterShell } from "../ssh/node-shell";
import { readStackFile } from "../stack-file";
import { InvitationError } from "./invitation";

const PRINTED = z.object({ publicKey: z.string().refine(isWireGuardKey) });

/**
 * Public key of this side's end of a link. It is made on the backup server's machine when there is none, and stays there.
 * @param settingsFile Of a site, or of a vault that need not have a source yet.
 * @param name As it stands under `links`.
 * @throws {InvitationError} When there is no way to a shell of that machine, or its own sentence when it refuses.
 */
export async function linkKey(settingsFile: string, name: string): Promise<string> {
  const file = new SettingsFile(settingsFile);
  const privateKey = await readSecret(settingsFile, "sshPrivateKey", "SSH_PRIVATE_KEY");
  const written = file.get("links", name, "interface");
  const device = typeof written === "string" ? written : interfaceOf(name);
  const shell = await enterShell(shellIn(file), privateKey);
  try {
    const { code, stdout, stderr } = await shell.run(LINK_KEY_SCRIPT, `interface=${device}\n`);
    if (code !== 0) throw new InvitationError(stderr.trim());
    return PRINTED.parse(JSON.parse(stdout)).publicKey;
  } finally {
    shell.close();
  }
}

function shellIn(file: SettingsFile): SshSettings {
  const isVault = roleOf(file.get()) === "vault";
  const written = sshSettings.safeParse(file.get("backupServer", "ssh"));
  const ssh = isVault ? written.data : serverShellOf(readStackFile(file.path));
  if (ssh !== undefined) return ssh;
  throw new InvitationError(
    "A link ends on the machine of the backup server, and the settings know no way to its shell.\n" +
      "Cure: write host and hostKey under backupServer.ssh, and put the stack's public key into /root/.ssh/authorized_keys there.",
  );
}
