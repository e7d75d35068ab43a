import { writerKey, type HostedPlan } from "../../estate/hosted-settings";
import { isUnanswered } from "../../provider/clients/api-error";
import { PbsClient } from "../../provider/clients/pbs-client";
import { receiverFault } from "../../provider/objects/receiver-trial";
import { stackSecrets } from "../secrets";
import { type SeenReceiver } from "./hosted";

/** What each server to which backups are sent shows the login that sends them; a sentence where it does not answer. */
export async function seenReceivers(
  settingsFile: string,
  receivers: readonly HostedPlan[],
): Promise<Readonly<Record<string, SeenReceiver | string>>> {
  const pairs = receivers.map(async (receiver) => [receiver.name, await seen(settingsFile, receiver)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

async function seen(settingsFile: string, receiver: HostedPlan): Promise<SeenReceiver | string> {
  const { name, address: host, port, fingerprint, authId, datastore, namespace = "" } = receiver;
  const secret = await stackSecrets(settingsFile).get(writerKey(name));
  if (secret === undefined) return `the stack has no ${writerKey(name)}`;
  const client = PbsClient.at(receiver, { tokenId: authId, secret });
  try {
    const fault = await receiverFault({ host, port, fingerprint, authId, secret, datastore, namespace });
    const times: Record<string, Date[]> = {};
    for (const one of await client.snapshots(datastore, namespace)) {
      const group = `${one["backup-type"]}/${one["backup-id"]}`;
      times[group] = [...(times[group] ?? []), new Date(one["backup-time"] * 1_000)];
    }
    return { fault, times };
  } catch (error) {
    if (isUnanswered(error)) return error.message;
    throw error;
  } finally {
    await client.close();
  }
}
