import { backupsEncrypted } from "./backups-encrypted";
import { bucketKeepsVersions } from "./bucket-keeps-versions";
import { choresApart } from "./chores-apart";
import { dataIsGuarded } from "./data-is-guarded";
import { datastoreIsPruned } from "./datastore-is-pruned";
import { everyGuestBackedUp } from "./every-guest-backed-up";
import { everyNodeEnrolled } from "./every-node-enrolled";
import { failoverBoundIsStrict } from "./failover-bound-is-strict";
import { failoverGuestMoves } from "./failover-guest-moves";
import { failoverNodeDiffers } from "./failover-node-differs";
import { failoverPlacesAreLookedAt } from "./failover-places-are-looked-at";
import { failuresAreTold } from "./failures-are-told";
import { guestKeepsDisks } from "./guest-keeps-disks";
import { guestNumbersUnique } from "./guest-numbers-unique";
import { imageReplacesNoGuest } from "./image-replaces-no-guest";
import { namedByTheOwner } from "./named-by-the-owner";
import { newBackupsVerified } from "./new-backups-verified";
import { noConnectorOnNodes } from "./no-connector-on-nodes";
import { noDataInContainerMounts } from "./no-data-in-container-mounts";
import { noDeletingRole } from "./no-deleting-role";
import { noGeneratedKey } from "./no-generated-key";
import { nothingUndoneByTrigger } from "./nothing-undone-by-trigger";
import { oldBackupsVerified } from "./old-backups-verified";
import { poolKeepsDisks } from "./pool-keeps-disks";
import { retentionFloor } from "./retention-floor";
import { shellKnowsHost } from "./shell-knows-host";
import { tunnelIsConfiguredThere } from "./tunnel-is-configured-there";
import { tunnelNamesAreGuarded } from "./tunnel-names-are-guarded";
import { vanishedStays } from "./vanished-stays";
import { type Rule } from "./rule";

/** Every rule of the pack; a test says when a file of the folder is missing here. */
export const RULES: readonly Rule[] = [
  backupsEncrypted,
  bucketKeepsVersions,
  choresApart,
  dataIsGuarded,
  datastoreIsPruned,
  everyGuestBackedUp,
  everyNodeEnrolled,
  failoverBoundIsStrict,
  failoverGuestMoves,
  failoverNodeDiffers,
  failoverPlacesAreLookedAt,
  failuresAreTold,
  guestKeepsDisks,
  guestNumbersUnique,
  imageReplacesNoGuest,
  namedByTheOwner,
  newBackupsVerified,
  noConnectorOnNodes,
  noDataInContainerMounts,
  noDeletingRole,
  noGeneratedKey,
  nothingUndoneByTrigger,
  oldBackupsVerified,
  poolKeepsDisks,
  retentionFloor,
  shellKnowsHost,
  tunnelIsConfiguredThere,
  tunnelNamesAreGuarded,
  vanishedStays,
];
