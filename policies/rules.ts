import { backupsEncrypted } from "./backups-encrypted";
import { bucketKeepsVersions } from "./bucket-keeps-versions";
import { bucketsAreClosed } from "./buckets-are-closed";
import { choresApart } from "./chores-apart";
import { cloudDisksEncrypted } from "./cloud-disks-encrypted";
import { cloudDisksStay } from "./cloud-disks-stay";
import { cloudMetadataGuarded } from "./cloud-metadata-guarded";
import { copiesAreEncrypted } from "./copies-are-encrypted";
import { copiesHoldNoKey } from "./copies-hold-no-key";
import { copiesNeverMeet } from "./copies-never-meet";
import { dataIsGuarded } from "./data-is-guarded";
import { datastoreIsPruned } from "./datastore-is-pruned";
import { disksAreBackedUp } from "./disks-are-backed-up";
import { everyGuestBackedUp } from "./every-guest-backed-up";
import { everyNodeEnrolled } from "./every-node-enrolled";
import { failoverBoundIsStrict } from "./failover-bound-is-strict";
import { failoverDisksReplicate } from "./failover-disks-replicate";
import { failoverFollowsTheCable } from "./failover-follows-the-cable";
import { failoverGuestMoves } from "./failover-guest-moves";
import { failoverNodeDiffers } from "./failover-node-differs";
import { failoverNodeHasReplica } from "./failover-node-has-replica";
import { failoverPlacesAreLookedAt } from "./failover-places-are-looked-at";
import { failuresAreTold } from "./failures-are-told";
import { guestKeepsDisks } from "./guest-keeps-disks";
import { guestNumbersUnique } from "./guest-numbers-unique";
import { guestsElsewhereApart } from "./guests-elsewhere-apart";
import { imageReplacesNoGuest } from "./image-replaces-no-guest";
import { loginBeforeName } from "./login-before-name";
import { loginsTakeKeys } from "./logins-take-keys";
import { namedByTheOwner } from "./named-by-the-owner";
import { networksAreLeftAlone } from "./networks-are-left-alone";
import { newBackupsVerified } from "./new-backups-verified";
import { noConnectorOnNodes } from "./no-connector-on-nodes";
import { noDataInContainerMounts } from "./no-data-in-container-mounts";
import { noDeletingRole } from "./no-deleting-role";
import { noGeneratedKey } from "./no-generated-key";
import { noMediaOnTunnel } from "./no-media-on-tunnel";
import { noOpenPorts } from "./no-open-ports";
import { nodesPruneNothing } from "./nodes-prune-nothing";
import { nothingUndoneByTrigger } from "./nothing-undone-by-trigger";
import { oldBackupsVerified } from "./old-backups-verified";
import { poolKeepsDisks } from "./pool-keeps-disks";
import { replicaOutlivesFailover } from "./replica-outlives-failover";
import { retentionFloor } from "./retention-floor";
import { shellKnowsHost } from "./shell-knows-host";
import { shellTellsNothing } from "./shell-tells-nothing";
import { snippetOutlivesChange } from "./snippet-outlives-change";
import { storageKeepsItsKey } from "./storage-keeps-its-key";
import { tunnelConnectorsApart } from "./tunnel-connectors-apart";
import { tunnelIsConfiguredThere } from "./tunnel-is-configured-there";
import { tunnelNamesAreGuarded } from "./tunnel-names-are-guarded";
import { tunnelNamesAreProxied } from "./tunnel-names-are-proxied";
import { typesAreKeptUp } from "./types-are-kept-up";
import { unknownNamesLeadNowhere } from "./unknown-names-lead-nowhere";
import { vanishedStays } from "./vanished-stays";
import { type Rule } from "./rule";

/** Every rule of the pack; a test says when a file of the folder is missing here. */
export const RULES: readonly Rule[] = [
  backupsEncrypted,
  bucketKeepsVersions,
  bucketsAreClosed,
  choresApart,
  cloudDisksEncrypted,
  cloudDisksStay,
  cloudMetadataGuarded,
  copiesAreEncrypted,
  copiesHoldNoKey,
  copiesNeverMeet,
  dataIsGuarded,
  datastoreIsPruned,
  disksAreBackedUp,
  everyGuestBackedUp,
  everyNodeEnrolled,
  failoverBoundIsStrict,
  failoverDisksReplicate,
  failoverFollowsTheCable,
  failoverGuestMoves,
  failoverNodeDiffers,
  failoverNodeHasReplica,
  failoverPlacesAreLookedAt,
  failuresAreTold,
  guestKeepsDisks,
  guestNumbersUnique,
  guestsElsewhereApart,
  imageReplacesNoGuest,
  loginBeforeName,
  loginsTakeKeys,
  namedByTheOwner,
  networksAreLeftAlone,
  newBackupsVerified,
  noConnectorOnNodes,
  noDataInContainerMounts,
  noDeletingRole,
  noGeneratedKey,
  noMediaOnTunnel,
  noOpenPorts,
  nodesPruneNothing,
  nothingUndoneByTrigger,
  oldBackupsVerified,
  poolKeepsDisks,
  replicaOutlivesFailover,
  retentionFloor,
  shellKnowsHost,
  shellTellsNothing,
  snippetOutlivesChange,
  storageKeepsItsKey,
  tunnelConnectorsApart,
  tunnelIsConfiguredThere,
  tunnelNamesAreGuarded,
  tunnelNamesAreProxied,
  typesAreKeptUp,
  unknownNamesLeadNowhere,
  vanishedStays,
];
