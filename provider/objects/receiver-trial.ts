import * as z from "zod";

import { ApiError, NotPermitted, Unreachable, Untrusted } from "../clients/api-error";
import { PbsClient } from "../clients/pbs-client";
import { Refusal } from "./refusal";

/** A backup server of somebody else's, and the login with which backups are sent there. */
export interface Receiver {
  /** Name or address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** SHA-256 of its certificate; undefined where the system's CAs decide. */
  readonly fingerprint: string | undefined;
  /** Token, `me@pbs!push`. */
  readonly authId: string;
  /** Its secret. */
  readonly secret: string;
  /** Datastore. */
  readonly datastore: string;
  /** Namespace; empty for the root. */
  readonly namespace: string;
}

/** Group that nobody has: it is there for this trial alone. */
export const CANARY = { "backup-type": "host", "backup-id": "tappaas-canary" } as const;

/** Rights with which backups can be deleted. */
const DELETING = ["Datastore.Prune", "Datastore.Modify", "Datastore.Allocate"];

/**
 * What is wrong with the rights of a login that sends backups; undefined when it can write and not delete. It asks for its rights, and
 * then tries to delete a group of a name that no backup has: no group that is anybody's is touched.
 * @throws {Unreachable} When the receiver does not answer. @throws {Untrusted} When it has another certificate.
 */
export async function receiverFault(receiver: Receiver): Promise<string | undefined> {
  const { host, port, fingerprint, authId, secret, datastore, namespace } = receiver;
  const client = PbsClient.at({ address: host, port, fingerprint }, { tokenId: authId, secret }, [500]);
  const path = `/datastore/${datastore}${namespace === "" ? "" : `/${namespace}`}`;
  try {
    const rights = await client.privileges(path);
    if (rights["Datastore.Backup"] === undefined) return `${authId} may write no backups to ${path} there`;
    const deleting = DELETING.filter((right) => rights[right] !== undefined);
    if (deleting.length > 0) return `${authId} may delete there: it has ${deleting.join(", ")} on ${path}`;
    return (await isDeletionRefused(client, datastore, namespace))
      ? undefined
      : `${authId} may delete there: a deletion of the group ${CANARY["backup-type"]}/${CANARY["backup-id"]}, which is nobody's, was not refused`;
  } catch (error) {
    if (error instanceof NotPermitted) return `${authId} is not let in by ${host}: ${error.answer}`;
    throw error;
  } finally {
    await client.close();
  }
}

async function isDeletionRefused(client: PbsClient, datastore: string, namespace: string): Promise<boolean> {
  const parameters = { ...CANARY, ...(namespace !== "" && { ns: namespace }) };
  const path = `/admin/datastore/${encodeURIComponent(datastore)}/groups`;
  try {
    await client.ask(z.unknown(), { method: "DELETE", path, parameters });
    return false;
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Untrusted) throw error;
    // PBS looks at rights before it looks for the group: any other answer is one of somebody who may delete.
    return error instanceof NotPermitted || (error instanceof ApiError && /permission/i.test(error.answer));
  }
}

/** What to do about a login with other rights. */
export const RECEIVER_CURE =
  "Let the receiver give user and token the role DatastoreBackup on that path, and no other; then run this again. Nothing is sent before";

/** The rights of a login cannot be tried now: the receiver does not answer, or shows another certificate. */
export class UntriedReceiver extends Refusal {}

/** @throws {Refusal} When the login may delete or may not write. @throws {UntriedReceiver} When its rights cannot be tried. */
export async function demandHarmless(what: string, receiver: Receiver): Promise<void> {
  let fault: string | undefined;
  try {
    fault = await receiverFault(receiver);
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof Untrusted)) throw error;
    throw new UntriedReceiver(`${what}: the rights of its login cannot be tried: ${error.message}`);
  }
  if (fault !== undefined) throw new Refusal(`${what}: ${fault}. ${RECEIVER_CURE}`);
}
