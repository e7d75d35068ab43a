import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { MACHINE_FILE } from "../../estate/cloud-machine-record";
import { type DrHostSettings } from "../../estate/dr-host-settings";
import { type Stack } from "../engine/stack";
import { type Talk } from "./talk";
import { makeReady } from "./up";

/** Says what of AWS goes. */
export function cloudLines({ cloud, host }: DrHostSettings): string[] {
  if (cloud === undefined) return [];
  return [
    `goes:  ${host.node} itself, the machine at AWS with its disk, its network and its budget; it costs nothing from then on`,
  ];
}

/** The agreement to the machine ends with it. */
export function endAgreement(folder: string): void {
  const file = join(folder, MACHINE_FILE);
  if (existsSync(file)) rmSync(file);
}

/**
 * Takes a machine away on which nothing of ours ever was: nobody had a login to it.
 * @returns Whether it was done.
 */
export async function cloudDown(stack: Stack<DrHostSettings>, talk: Talk): Promise<boolean> {
  await makeReady(stack, talk);
  for (const line of cloudLines(stack.settings)) talk.say(line);
  const typed = await talk.ask(`Type the name of the stack, ${stack.name}, to take it away: `);
  if (typed !== stack.name) {
    talk.say("That is another name; nothing was changed.");
    return false;
  }
  for (const args of [
    ["state", "unprotect", "--all", "--yes"],
    ["destroy", "--yes", "--skip-preview"],
  ]) {
    const { code } = await stack.run(args, { shown: true });
    if (code !== 0) throw new Error("The run ended early; run `make down` again when the reason above is gone.");
  }
  endAgreement(stack.siteFolder);
  return true;
}
