import { startBackup } from "../backup/backup-run";
import { selectedGuests } from "../backup-job";
import { type Call, type Operation } from "../operation";
import { EXTRACT_CONFIG, VZDUMP } from "../parameters/backup-job";
import { backupConfig } from "../backup/restore-run";
import { forbidden, invalid } from "../refusal";

/** Backups now. Texts: pve-manager, PVE/API2/VZDump.pm. */
export const VZDUMPS: readonly Operation[] = [
  { name: "POST /nodes/{node}/vzdump", parameters: VZDUMP, permissions: { user: "all" }, handle: vzdump },
  {
    name: "GET /nodes/{node}/vzdump/extractconfig",
    parameters: EXTRACT_CONFIG,
    permissions: { user: "all" },
    handle: extractConfig,
  },
];

/** The configuration of the guest in a backup. */
function extractConfig(call: Call): Promise<string> {
  const volume = call.required("volume");
  const storage = volume.slice(0, volume.indexOf(":"));
  call.cluster.require(call.authId, `/storage/${storage}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true);
  return backupConfig(call.node, volume);
}

const ROOT_ONLY = ["tmpdir", "dumpdir", "script", "job-id"];

function vzdump(call: Call): string {
  const options = call.except("node");
  const rootOnly = ROOT_ONLY.find((name) => name in options);
  if (rootOnly !== undefined && call.authId !== "root@pam") {
    throw invalid({ [rootOnly]: "Only root may set this option." });
  }
  if (options["all"] === "1" && options["vmid"] !== undefined) {
    throw invalid({ all: "option conflicts with option 'vmid'" });
  }
  if (options["all"] !== "1" && options["vmid"] === undefined) throw invalid({ vmid: "property is missing" });
  const ids = selectedGuests(
    options,
    call.node.allGuests().map(({ vmid }) => vmid),
  );
  const { cluster, authId } = call;
  const refused = ids.find((vmid) => !cluster.allows(authId, `/vms/${vmid}`, ["VM.Backup"]));
  if (refused !== undefined) throw forbidden(`/vms/${refused}`, ["VM.Backup"]);
  const { storage } = options;
  if (storage !== undefined) cluster.require(authId, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  // Source: the same file; guests that are on other nodes are passed over without a word.
  if (ids.length === 0) return "OK";
  return startBackup(call.node, options, authId);
}
