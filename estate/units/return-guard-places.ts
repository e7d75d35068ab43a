/** Folder of the guard on a node: program, settings, public key, logins that read. */
export const RETURN_GUARD_FOLDER = "/etc/tappaas-return-guard";
/** Folder with one note a held guest, which every node of a cluster sees: what was changed, to be given back. */
export const RETURN_GUARD_NOTES = "/etc/pve/tappaas-return-guard";
/** Folder in which a node keeps what it decided last, and the newest record that it has seen. */
export const RETURN_GUARD_STATE = "/var/lib/tappaas-return-guard";
/** Unit that holds guests back before any starts. */
export const HOLD_UNIT = "tappaas-return-hold.service";
/** Unit that asks the places of record, and goes on asking while a guest is held. */
export const ASK_UNIT = "tappaas-return-guard.service";
/** Seconds after which it asks again. */
export const ASKED_AGAIN = 300;
