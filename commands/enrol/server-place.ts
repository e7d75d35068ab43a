import { fingerprint } from "../../estate/units/fingerprint";
import { type SettingsFile } from "../settings-file";
import { type Step } from "./step";

/** Where a backup server is, and by which certificate it is known. */
export interface ServerPlace {
  /** The stack's settings. */
  readonly settings: SettingsFile;
  /** Name or address. */
  readonly host: string;
  /** TCP port of its API. */
  readonly port: number;
  /** SHA-256 of its certificate, which was compared. */
  readonly certificate: string;
}

/**
 * Address and certificate in the settings; over SSH whose host key was compared, the fingerprint needs no second look.
 * @throws {Error} When the settings name another backup server.
 */
export function placeStep({ settings, host, port, certificate }: ServerPlace): Step {
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
