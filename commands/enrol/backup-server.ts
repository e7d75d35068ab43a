import * as z from "zod";

import { fingerprint } from "../../estate/units/fingerprint";
import { type NodeShell } from "../ssh/node-shell";
import { type BackupServerContext as Context } from "./backup-server-context";
import { backupServerLoginSteps, proveBackupServerLogin } from "./backup-server-login";
import { pbsApi } from "./local-api";
import { formerServerLogins } from "./former-logins";
import { placeStep } from "./server-place";
import { type Step } from "./step";
import { type Undoing } from "./undoing";

const VERSION = z.looseObject({ version: z.string() });
const CERTIFICATES = z
  .array(z.looseObject({ fingerprint: z.string().optional(), filename: z.string().optional() }))
  .min(1);
/** A backup server that can be enrolled: what it is, and what is to be done. */
export interface BackupServerEnrolment {
  /** Its version. */
  readonly version: string;
  /** What has to be seen to, in order. */
  readonly steps: readonly Step[];
  /** Tries the logins as every later run will, and names them. */
  readonly prove: () => Promise<string[]>;
  /** Logins that enrolling made and that the new ones replace. */
  readonly former: () => Promise<readonly Undoing[]>;
}

/**
 * Looks at a backup server over root's shell.
 * @throws {Error} When it is none, or the settings name another.
 */
export async function backupServerEnrolment(
  shell: NodeShell,
  order: Omit<Context, "api" | "certificate">,
): Promise<BackupServerEnrolment> {
  const api = pbsApi(shell);
  const { version } = await api.get(VERSION, "/version");
  rejectVersion(version, order.host);
  const certificates = await api.get(CERTIFICATES, "/nodes/localhost/certificates/info");
  const proxy = certificates.find(({ filename }) => filename === "proxy.pem") ?? certificates[0];
  const context = { ...order, api, certificate: fingerprint(proxy?.fingerprint ?? "") };
  const steps = [placeStep(context), ...(await backupServerLoginSteps(context))];
  const prove = async () => [
    await proveBackupServerLogin(context, "apply"),
    await proveBackupServerLogin(context, "observe"),
  ];
  return { version, steps, prove, former: () => formerServerLogins(context) };
}

function rejectVersion(version: string, host: string): void {
  if (Number(version.split(".")[0]) >= 4) return;
  throw new Error(
    `${host} runs Proxmox Backup Server ${version}; 4.0 or newer is needed. Nothing was changed.\n` +
      "Cure: upgrade it, https://pbs.proxmox.com/wiki/index.php/Upgrade_from_3_to_4",
  );
}
