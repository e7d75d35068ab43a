import { type StateResource } from "../engine/state";
import { type Stack } from "../engine/stack";
import { preview, sayPreview, type Previewed } from "./preview";
import { type Talk } from "./talk";

/** How that went: the run goes on, with the server that was there or the one that was made, or it ends here. */
export type ServerFirst =
  | { readonly goesOn: true }
  | { readonly goesOn: false; readonly end: "declined" | "stopped" | "failed"; readonly previewed: Previewed };

const BOOTSTRAP = "resilience:pbs:ServerBootstrap";

/** What makes the server, and the provider that knows the way to it. */
const OF_SERVER = ["**BackupServer**", "**pulumi:providers:resilience::site"].flatMap((urn) => ["--target", urn]);

/**
 * Makes the backup server before anything that lives on it is looked at, when the settings name another machine than the state. The
 * old one may be dead, which is why there is a new one: what does not answer cannot be looked at, and with the look first nobody
 * would get further.
 */
export async function makeServerFirst(
  stack: Stack,
  resources: readonly StateResource[],
  talk: Talk,
): Promise<ServerFirst> {
  const machine = stack.settings.backupServer.machine;
  const known = resources.filter(({ type }) => type === BOOTSTRAP).map(({ inputs }) => inputs["vmid"]);
  if (machine === undefined || resources.length === 0 || known.includes(machine.vmid)) return { goesOn: true };
  talk.say(
    `The backup server is to be machine ${machine.vmid}, which is not there yet. It is made before the site is looked at.`,
  );
  const previewed = await preview(stack, undefined, OF_SERVER);
  sayPreview(previewed, talk);
  if (previewed.harm.length > 0 || !previewed.plan.complete) return { goesOn: false, end: "stopped", previewed };
  if (!(await talk.confirm(`Make the backup server of ${stack.name}?`))) {
    talk.say("Nothing was changed.");
    return { goesOn: false, end: "declined", previewed };
  }
  const { code } = await stack.run(["up", "--yes", "--skip-preview", ...OF_SERVER], { shown: true });
  if (code === 0) return { goesOn: true };
  talk.say("The run ended early. What was done stays done; run `make up` again when the reason above is gone.");
  return { goesOn: false, end: "failed", previewed };
}
