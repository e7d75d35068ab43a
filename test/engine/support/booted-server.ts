import { readFileSync } from "node:fs";
import { join } from "node:path";

import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { readSheet, type LabBackupServer } from "../../../tools/lab-site/lab";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { changeSettings, run, setSecret } from "./commands";

/** Waits until a vault's machine at AWS has become a backup server. */
export async function bootedServer({ places }: LabSite): Promise<LabBackupServer> {
  for (let tries = 0; tries < 60; tries += 1) {
    const server = readSheet(places).pbs["vault"];
    if (server?.ssh !== undefined) return server;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`The machine did not start:\n${readFileSync(join(places.root, "lab.log"), "utf8").slice(-3000)}`);
}

/** Enrols that server in the vault's stack, as docs/how-to/vault-machine.md says it. @throws {Error} With what the command said. */
export async function enrolServer(vault: LabSite, server: LabBackupServer): Promise<void> {
  const { host, port, user, hostKey, privateKeyFile } = server.ssh;
  const key = ["--accept-host-key", hostKeyOfLine(hostKey).fingerprint, "--key", privateKeyFile];
  const where = ["--host", host, "--port", String(port), "--user", user, "--backup-server", ...key];
  const { code, stdout, stderr } = await run(vault, "enrol", ...where, "--yes");
  if (code !== 0) throw new Error(stdout + stderr);
  // The lab's SSH is at another port than an owner's would be.
  await setSecret(vault, "sshPrivateKey", readFileSync(privateKeyFile, "utf8"));
  changeSettings(vault, (settings) => {
    const { backupServer, ...rest } = settings as unknown as { backupServer: object };
    return { ...rest, backupServer: { ...backupServer, ssh: { host, port, user, hostKey } } } as never;
  });
}
