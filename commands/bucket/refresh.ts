import * as z from "zod";

import { type BucketCopySettings } from "../../estate/offsite-settings";
import { type PbsClient } from "../../provider/clients/pbs-client";
import { type Talk } from "../site/talk";
import { type NodeShell } from "../ssh/node-shell";
import { emptyLines } from "./text";

/** How it ended: `by hand` where nobody emptied the cache yet, and no login here can. */
export type Refreshed = "done" | "by hand";

/** What is at hand for it. */
export interface RefreshWays {
  /** The backup server, with the login that applies. */
  readonly pbs: PbsClient;
  /** Root's shell on its machine; undefined where the stack has none. */
  readonly shell: NodeShell | undefined;
  /** Whether somebody says that the cache was emptied by hand. */
  readonly emptied: boolean;
}

/**
 * Gives home's backup server what its bucket has, after the bucket was taken back: empties the cache of chunks, which the server would
 * else believe and leave out of its next run, and has it read the metadata again. No backup comes in meanwhile. It can be said again.
 * @throws {Error} When the cache could not be emptied, with nothing changed; or when the refresh failed, with the datastore closed to backups.
 */
export async function refreshCache(
  { into: { datastore, path } }: Pick<BucketCopySettings, "into">,
  { pbs, shell, emptied }: RefreshWays,
  talk: Pick<Talk, "say">,
): Promise<Refreshed> {
  if (shell === undefined && !emptied) {
    for (const line of emptyLines({ datastore, path })) talk.say(line);
    return "by hand";
  }
  const config = { method: "PUT" as const, path: `/config/datastore/${encodeURIComponent(datastore)}` };
  await pbs.ask(NOTHING, { ...config, parameters: { "maintenance-mode": "type=read-only" } });
  if (shell !== undefined) {
    const left = await emptyChunks(shell, path);
    if (left !== undefined) {
      await pbs.ask(NOTHING, { ...config, parameters: { delete: ["maintenance-mode"] } });
      throw new Error(
        `The cache below ${path} was not emptied: ${left}.\nCure: look at that directory on the server, and say it again.`,
      );
    }
    talk.say(`The cached chunks below ${path} are gone; its directories stay.`);
  }
  const refresh = { method: "PUT" as const, path: `/admin/datastore/${encodeURIComponent(datastore)}/s3-refresh` };
  try {
    await pbs.taskEnd(await pbs.ask(z.string(), { ...refresh, parameters: {} }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${datastore} could not be read again from its bucket: ${why}\nIt takes no backups until then. Cure: look whether the bucket answers, and say it again.`,
      { cause: error },
    );
  }
  // It clears the mode that was set before; where it did not, nothing would come in.
  const { "maintenance-mode": mode } = await pbs.ask(CONFIG, { ...config, method: "GET" });
  if (mode !== undefined) await pbs.ask(NOTHING, { ...config, parameters: { delete: ["maintenance-mode"] } });
  const backups = await pbs.snapshots(datastore);
  talk.say(`${datastore} has what its bucket has: ${backups.length} backups. Its next run sends what is missing.`);
  return "done";
}

const NOTHING = z.unknown();
const CONFIG = z.looseObject({ "maintenance-mode": z.string().optional() });

/** Deletes the files, and the files alone: without its directories the server can neither restore nor back up. @returns Why it failed. */
async function emptyChunks(shell: NodeShell, path: string): Promise<string | undefined> {
  const chunks = `'${path.replaceAll("'", String.raw`'\''`)}/.chunks'`;
  const { code, stdout, stderr } = await shell.run(`find ${chunks} -type f -delete && find ${chunks} -type f | wc -l`);
  if (code !== 0) return stderr.trim() || `find ended with ${code}`;
  return stdout.trim() === "0" ? undefined : `${stdout.trim()} files are still there`;
}
