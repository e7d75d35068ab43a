import { acl } from "./acl";
import { backupJob } from "./backup-job";
import { clusterOptions } from "./cluster-options";
import { datastore } from "./datastore";
import { firstSync } from "./first-sync";
import { formerRight } from "./former-right";
import { guestStart } from "./guest-start";
import { haResource } from "./ha-resource";
import { haRule } from "./ha-rule";
import { notificationMatcher } from "./notification-matcher";
import { notificationTarget } from "./notification-target";
import { pbsStorage } from "./pbs-storage";
import { pruneJob } from "./prune-job";
import { pushJob } from "./push-job";
import { remote } from "./remote";
import { replication } from "./replication";
import { restoredGuest } from "./restored-guest";
import { s3Datastore } from "./s3-datastore";
import { s3Endpoint } from "./s3-endpoint";
import { serverBootstrap } from "./server-bootstrap";
import { type SiteObject } from "./site-object";
import { startupOrder } from "./startup-order";
import { syncJob } from "./sync-job";
import { token } from "./token";
import { tunnelConnector } from "./tunnel-connector";
import { user } from "./user";
import { verifyJob } from "./verify-job";

/** Every object that the provider serves. */
export const OBJECTS: readonly SiteObject[] = [
  datastore,
  pruneJob,
  verifyJob,
  remote,
  syncJob,
  s3Endpoint,
  s3Datastore,
  pushJob,
  user,
  token,
  acl,
  serverBootstrap,
  formerRight,
  pbsStorage,
  backupJob,
  clusterOptions,
  replication,
  firstSync,
  haResource,
  haRule,
  startupOrder,
  restoredGuest,
  guestStart,
  tunnelConnector,
  notificationTarget("pve"),
  notificationTarget("pbs"),
  notificationMatcher("pve"),
  notificationMatcher("pbs"),
];

/**
 * The object behind a type token.
 * @throws {RangeError} If there is none.
 */
export function objectOf(typeToken: string): SiteObject {
  const found = OBJECTS.find(({ token: own }) => own === typeToken);
  if (found !== undefined) return found;
  throw new RangeError(`expected one of ${OBJECTS.map(({ token: own }) => own).join(", ")}, got "${typeToken}"`);
}
