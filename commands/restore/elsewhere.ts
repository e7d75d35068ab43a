import { fingerprint, isFingerprint } from "../../estate/units/fingerprint";
import { type ServerPlace } from "../../provider/clients/pbs-client";
import { type Escrow } from "../../provider/keys/escrow";

/** Another backup server that has copies, as it is named on the command line. */
export interface CopyPlace {
  /** Name or address, and a port where it is not 8007: `10.8.0.9`, `vault.example:8443`. */
  readonly pbs?: string | undefined;
  /** Datastore there. */
  readonly datastore?: string | undefined;
  /** Namespace there. @default - the root namespace */
  readonly namespace?: string | undefined;
  /** SHA-256 of its certificate. @default - the system's CAs decide */
  readonly pbsFingerprint?: string | undefined;
}

/** Where backups lie on a server. */
export interface BackupsPlace {
  /** Its datastore. */
  readonly datastore: string;
  /** Namespace in it. @default - the root namespace */
  readonly namespace?: string | undefined;
}

const USUAL_PORT = 8007;

/**
 * The sheet with another place of the backups: the key is the same wherever copies lie. Nothing of home's place is kept, neither its
 * datastore nor its certificate.
 * @throws {Error} With a cure when the place is not whole.
 */
export function withPlace(escrow: Escrow, place: CopyPlace): Escrow {
  const { pbs, datastore, namespace = "", pbsFingerprint: shown } = place;
  if (pbs === undefined) {
    const idle = [datastore, place.namespace, shown].some((value) => value !== undefined);
    if (!idle) return escrow;
    throw new Error(
      "--datastore, --namespace and --pbs-fingerprint say where on another backup server.\nCure: say --pbs too.",
    );
  }
  const [, address, port] = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d{1,5}))?$/.exec(pbs) ?? [];
  if (address === undefined) {
    throw new Error(
      `Expected a backup server such as 10.8.0.9 or vault.example:8007, got "${pbs}".\nCure: say its name or address.`,
    );
  }
  if (datastore === undefined) {
    throw new Error(`It is not said in which datastore of ${address} the copies lie.\nCure: say --datastore.`);
  }
  if (shown !== undefined && !isFingerprint(shown)) {
    throw new Error(
      `Expected 32 bytes in hex with colons, got "${shown}".\nCure: proxmox-backup-manager cert info shows it.`,
    );
  }
  const server = { address, port: port === undefined ? USUAL_PORT : Number(port), fingerprint: shown };
  return withServer(escrow, { ...server, datastore, namespace });
}

/** The sheet with the place of other backups, as settings name it. */
export function withServer(
  escrow: Escrow,
  { address, port, fingerprint: shown, datastore, namespace = "" }: ServerPlace & BackupsPlace,
): Escrow {
  const tlsFingerprint = shown === undefined ? undefined : fingerprint(shown);
  return { ...escrow, address, port, tlsFingerprint, datastore, namespace };
}
