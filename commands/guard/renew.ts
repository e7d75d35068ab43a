import { AT_HOME } from "../../estate/units/return-record";
import { type Stack } from "../engine/stack";
import { type Talk } from "../site/talk";
import { guardsOf } from "./nodes";
import { isDue, SiteRecord, validForOf } from "./record";

/** Writes a new record that home serves, where the one that is there is over by a third of its time. It fails nothing. */
export async function renewRecord(stack: Stack, talk: Pick<Talk, "say">, now = new Date()): Promise<void> {
  const record = await SiteRecord.of(stack).catch((error: unknown) => {
    talk.say(`finding: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  if (record === undefined) return;
  try {
    const { newest } = await record.seen();
    if (!isDue(newest, validForOf(stack), now)) return;
    const { places } = await record.publish(AT_HOME, [], now);
    const failed = places.filter(({ problem }) => problem !== undefined);
    talk.say(`Recorded for the nodes: home serves (${places.length - failed.length} of ${places.length} places).`);
    for (const { name, problem = "" } of failed) talk.say(`finding: place of record ${name}: ${problem}`);
  } catch (error) {
    talk.say(`finding: the record could not be renewed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await record.close();
  }
}

/**
 * What the program declares would start guests that are kept off because they serve elsewhere.
 * @throws {Error} Naming them, before anything is changed.
 */
export async function rejectHeldGuests(stack: Stack): Promise<void> {
  if (stack.settings.returnGuard === undefined) return;
  const held = (await guardsOf(stack)).flatMap((guard) => guard.held.map((vmid) => `${vmid} on ${guard.node}`));
  if (held.length === 0) return;
  throw new Error(
    `The return guard keeps guests of ${stack.name} off, and this would give them back to HA and their nodes: ${held.join(", ")}.\n` +
      `Cure: \`make guard SITE=${stack.name}\` says why; bring them home (make failback), or \`make guard-release SITE=${stack.name}\`. Nothing was changed.`,
  );
}
