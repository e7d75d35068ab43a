import * as z from "zod";

import { fingerprint } from "../../estate/units/fingerprint";
import { type NodeShell } from "../ssh/node-shell";
import { type BackupServerContext as Context } from "./backup-server-context";
import { backupServerLoginSteps, proveBackupServerLogin } from "./backup-server-login";
import { pbsApi } from "./local-api";
import { type Step } from "./step";

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
  return { version, steps, prove };
}

function rejectVersion(version: string, host: string): void {
  if (Number(version.split(".")[0]) >= 4) return;
  throw new Error(
    `${host} runs Proxmox Backup Server ${version}; 4.0 or newer is needed. Nothing was changed.\n` +
      "Cure: upgrade it, https://pbs.proxmox.com/wiki/index.php/Upgrade_from_3_to_4",
  );
}

/** Address and certificate in the settings; over SSH whose host key was compared, the fingerprint needs no second look. */
function placeStep({ settings, host, port, certificate }: Context): Step {
  const address = settings.get("backupServer", "address");
  const named = typeof address === "string" && address !== "" ? address : undefined;
  if (named !== undefined && named !== host) {
    throw new Error(
      `${settings.path} names the backup server ${named}, not ${host}; nothing was changed.\n` +
        "Cure: say PBS= as the settings do, or correct backupServer.address.",
    );
  }
  const pinned = settings.get("backupServer", "fingerprint");
  const same = named === host && typeof pinned === "string" && sameFingerprint(pinned, certificate);
  return {
    thing: `backup server in ${settings.path}`,
    change: same ? undefined : `${host}, certificate ${certificate}`,
    apply: () => {
      settings.set(["backupServer", "address"], host);
      settings.set(["backupServer", "fingerprint"], certificate);
      if (port !== USUAL_PORT) settings.set(["backupServer", "port"], port);
      settings.save();
      return Promise.resolve();
    },
  };
}

const USUAL_PORT = 8007;

function sameFingerprint(written: string, certificate: string): boolean {
  try {
    return fingerprint(written) === certificate;
  } catch {
    return false;
  }
}
