import { type PveClient } from "../../provider/clients/pve-client";
import { type Escrow } from "../../provider/keys/escrow";
import { type BackupServerLogin } from "../restore/source";
import { type DrillSource } from "../drill";

/** Backups through the entry that the nodes have, with the key that they carry: what a drill by a timer uses. */
export function nodesSource(storage: string, fingerprint: string): DrillSource {
  return {
    open: () => Promise.resolve({ storage, made: false }),
    key: { from: "nodes", fingerprint },
  };
}

/** Backups through an entry of the drill's own, with the key of an escrow sheet: it proves the sheet, and goes away again. */
export function sheetSource(pve: PveClient, escrow: Escrow, login: BackupServerLogin): DrillSource {
  const { address, port, datastore, namespace, key, tlsFingerprint: fingerprint } = escrow;
  const storage = `drill-${datastore}`.replaceAll(".", "-");
  return {
    key: { from: "escrow sheet", fingerprint: key.fingerprint },
    open: async () => {
      const there = (await pve.storages()).find((entry) => entry.storage === storage);
      const where = { server: address, port, datastore, ...(namespace !== "" && { namespace }), fingerprint };
      const secrets = { username: login.username, password: login.password, "encryption-key": key.json };
      if (there === undefined)
        await pve.createStorage({ storage, type: "pbs", content: "backup", ...where, ...secrets });
      else if (there.server !== address || there.datastore !== datastore || there["encryption-key"] !== key.fingerprint)
        throw new Error(
          `The storage "${storage}" is there and stands for something else; nothing was changed.\n` +
            `Cure: if nobody needs it, pvesm remove ${storage}; backups are not touched by that.`,
        );
      // One that an earlier drill left is this one's to take away.
      return { storage, made: true };
    },
  };
}
