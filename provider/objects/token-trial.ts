import { setTimeout as sleep } from "node:timers/promises";

import { NotPermitted } from "../clients/api-error";
import { type Fields } from "./fields";
import { Unfinished } from "./refusal";
import { type Site } from "./site";

/** A new token may take some seconds to count, as ACL changes do (observed on PBS 4.2.3). */
const LOGIN_TRIES = 6;

/**
 * Logs in once with a new secret; whatever it may do, it must be let in.
 * @param outputs What goes into the state when it is not, for the secret is shown once.
 * @throws {Unfinished} When the PBS turns it away.
 */
export async function tryToken(site: Site, tokenId: string, secret: string, outputs: Fields): Promise<void> {
  const pbs = site.pbs().as({ tokenId, secret });
  try {
    for (let tries = 1; ; tries++) {
      try {
        await pbs.privileges("/");
        return;
      } catch (error) {
        if (error instanceof NotPermitted && tries < LOGIN_TRIES) await sleep(site.pause);
        else throw new Unfinished(`${tokenId} was made and cannot log in: ${(error as Error).message}`, outputs);
      }
    }
  } finally {
    await pbs.close();
  }
}
