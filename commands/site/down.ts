import { type AnyStack } from "../engine/stack";
import { exportState, nameIn, protectedIn, type StateResource } from "../engine/state";
import { type Talk } from "./talk";
import { makeReady } from "./up";

/** What `down` would do, from the state. */
export interface Leaving {
  /** VMIDs that lose their nightly backup. */
  readonly unprotected: readonly number[];
  /** What goes from the site: made by the program, and no data rests on it. */
  readonly removed: readonly string[];
  /** What stays on the site, with the reason. */
  readonly kept: readonly string[];
}

/** What taking the program off would leave. */
export function leavingOf(resources: readonly StateResource[]): Leaving {
  const own = resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  const jobs = own.filter(({ type }) => type === "resilience:pve:BackupJob");
  const vmids = protectedIn(jobs);
  return {
    unprotected: jobs.every((job) => staysOnSite(job)) ? [] : [...new Set(vmids)].sort((a, b) => a - b),
    removed: own.filter((one) => !staysOnSite(one)).map(label),
    kept: own.filter(staysOnSite).map((one) => `${label(one)}: ${reason(one)}`),
  };
}

function staysOnSite({ protect, retained, outputs }: StateResource): boolean {
  return protect || retained || outputs["adopted"] === true;
}

function reason({ outputs }: StateResource): string {
  return outputs["adopted"] === true ? "it was there before the program" : "data, or the way to data, rests on it";
}

function label({ urn, type }: StateResource): string {
  return `${nameIn(urn)} (${type})`;
}

/**
 * Takes the program off a site: what it made and no data rests on goes, everything else stays as it is. `make up` goes on later.
 * @returns Whether it was done.
 */
export async function down(stack: AnyStack, talk: Talk): Promise<boolean> {
  await makeReady(stack, talk);
  const { resources } = await exportState(stack);
  const { unprotected, removed, kept } = leavingOf(resources);
  for (const line of removed) talk.say(`goes:  ${line}`);
  for (const line of kept) talk.say(`stays: ${line}`);
  if (unprotected.length > 0) {
    talk.say(`These guests lose their nightly backup: ${unprotected.join(", ")}. Backups that exist stay.`);
  }
  const typed = await talk.ask(`Type the name of the stack, ${stack.name}, to take the program off its site: `);
  if (typed !== stack.name) {
    talk.say("That is another name; nothing was changed.");
    return false;
  }
  const args = ["destroy", "--yes", "--skip-preview", "--exclude-protected"];
  const { code } = await stack.run(args, { shown: true });
  if (code !== 0) throw new Error("The run ended early; run `make down` again when the reason above is gone.");
  return true;
}
