import { bucketsCleanedOutside } from "../../estate/buckets";
import { copySourcesOf } from "../../estate/copy-source-settings";
import { type VaultSettings } from "../../estate/vault-settings";
import { parseToken } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { type Stack } from "../engine/stack";
import { readPbsObserveToken } from "../secrets";
import { bucketAlarms } from "./buckets";
import { seenBuckets } from "./buckets-look";
import { certificateAlarms, fillAlarms, type Alarm } from "./checks";
import { copyAlarms } from "./copies";
import { seenBackups, seenCopies } from "./copies-look";
import { brokenAlarms, futureAlarms } from "./harm";
import { fillsOf, shownBy } from "./server";

/** Looks for everything that a vault does not report by itself: whether copies come in, above all. It changes nothing. */
export async function watchVault(
  { settings, settingsFile }: Stack<VaultSettings>,
  now = new Date(),
): Promise<readonly Alarm[]> {
  const { backupServer: server } = settings;
  // As long as the machine is to be enrolled there is nothing to look at.
  if (server === undefined) return [];
  const { address, port, fingerprint: pinned } = server;
  const token = await readPbsObserveToken(settingsFile);
  const pbs = token === undefined ? undefined : PbsClient.at(server, parseToken(token, "PBS"));
  try {
    const backups = await seenBackups(pbs);
    const sources = copySourcesOf(settings.sources);
    const buckets = bucketsCleanedOutside(settings);
    return [
      ...certificateAlarms([{ ...(await shownBy(address, port)), pinned }], now),
      ...fillAlarms(pbs === undefined ? [] : await fillsOf(pbs)),
      ...copyAlarms(sources, await seenCopies(pbs, sources, now), now),
      ...bucketAlarms(buckets, await seenBuckets(settingsFile, buckets), now),
      ...futureAlarms(backups, now),
      ...brokenAlarms(backups),
    ];
  } finally {
    await pbs?.close();
  }
}
