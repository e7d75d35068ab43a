import { type PveClient } from "../../provider/clients/pve-client";
import { type Escrow } from "../../provider/keys/escrow";
import { type BackupServerLogin } from "../restore/source";
import { type DrillSource } from "./order";

/** Backups through the entry that the nodes have, with the key that they carry: what a drill by a timer uses. */
export function nodesSource(storage: string, fingerprint: string): DrillSource {
  return { storage, made: false, open: () => Promise.resolve(), key: { from: "nodes", fingerprint } };
}

/**
 * Backups through an entry of the drill's own, with the key of an escrow sheet: it proves the sheet, and goes away again. One of that name
 * that is there already is somebody's, and is left alone.
 */
export function sheetSource(pve: PveClient, escrow: Escrow, login: BackupServerLogin): DrillSource {
  const { address, port, datastore, namespace, key, tlsFingerprint: fingerprint } = escrow;
  const storage = `drill-${datastore}`.replaceAll(".", "-");
  const where = { server: address, port, datastore, ...(namespace !== "" && { namespace }), fingerprint };
  const secrets = { username: login.username, password: login.password, "encryption-key": key.json };
  return {
    ...{ storage, made: true, key: { from: "escrow sheet", fingerprint: key.fingerprint } },
    open: async () => {
      await pve.createStorage({ storage, type: "pbs", content: "backup", ...where, ...secrets });
    },
  };
}
