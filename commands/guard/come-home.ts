import { AT_HOME } from "../../estate/units/return-record";
import { type Stack } from "../engine/stack";
import { type Talk } from "../site/talk";
import { askAgain } from "./nodes";
import { seenLines, SiteRecord } from "./record";

/**
 * Records which guests of a site still serve elsewhere, and lets home's nodes ask again: those that came home are nobody's prisoners any more.
 * It is the last step of a way home, and fails nothing: what could not be written is said.
 * @param still VMIDs at home of those that serve elsewhere still; empty when home serves all.
 */
export async function recordHome(home: Stack, serves: string, still: readonly number[], talk: Talk): Promise<void> {
  const record = await SiteRecord.of(home);
  if (record === undefined) return;
  try {
    const { newest } = await record.seen();
    const wanted = still.length === 0 ? AT_HOME : serves;
    const is = newest?.serves === wanted && newest.guests.join() === [...still].toSorted((a, b) => a - b).join();
    if (!is) {
      const written = await record.publish(wanted, still);
      talk.say("Recorded, for home's nodes:");
      for (const line of seenLines(written, new Date())) talk.say(line);
    }
    await askAgain(home);
  } catch (error) {
    talk.say(
      `The record could not be changed: ${error instanceof Error ? error.message : String(error)}\n` +
        `Until it is, home's nodes keep these guests off at their next start. Cure: make guard-release SITE=${home.name}.`,
    );
  } finally {
    await record.close();
  }
}
