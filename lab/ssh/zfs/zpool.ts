import { type CommandResult } from "../../core/program";
import { runSubcommand, type Subcommand } from "./subcommand";
import { type ZfsContext } from "./node-zfs";
import { zpoolCreate } from "./zpool-create";
import { zpoolDestroy, zpoolExport, zpoolImport, zpoolLabelclear } from "./zpool-import";
import { zpoolList } from "./zpool-list";
import { zpoolGet, zpoolSet } from "./zpool-property";
import { zpoolStatus } from "./zpool-status";

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  create: zpoolCreate,
  destroy: zpoolDestroy,
  export: zpoolExport,
  get: zpoolGet,
  import: zpoolImport,
  labelclear: zpoolLabelclear,
  list: zpoolList,
  set: zpoolSet,
  status: zpoolStatus,
};

/** Runs `zpool ARGV` of OpenZFS 2.3 over a node's disks and pools: options, columns, exit statuses and sentences. */
export function zpool(argv: readonly string[], context: ZfsContext): CommandResult {
  return runSubcommand("zpool", SUBCOMMANDS, argv, context);
}
