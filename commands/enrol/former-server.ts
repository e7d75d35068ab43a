import * as z from "zod";

import { type SettingsFile } from "../settings-file";
import { PBS_SECRETS } from "./names";
import { type NodeFacts } from "./node";
import { type Enrolling, type Step } from "./step";

const SETTING = z.looseObject({
  fingerprint: z.string().optional(),
  onNode: z.string().optional(),
  machine: z.looseObject({ node: z.string() }).optional(),
});

/**
 * What is known of a backup server that went with its node: the program makes another one there, with a certificate and a login of its
 * own, and would be refused by what the settings and the secrets still hold of the former one.
 * @param setUpAnew Whether a person says so of the node that is enrolled.
 */
export async function formerServerSteps(
  { secrets }: Pick<Enrolling, "secrets">,
  settings: SettingsFile,
  { node }: Pick<NodeFacts, "node">,
  setUpAnew: boolean,
): Promise<Step[]> {
  const { data: server } = SETTING.safeParse(settings.get("backupServer"));
  if (!setUpAnew || server === undefined || (server.onNode ?? server.machine?.node) !== node) return [];
  const held: string[] = [];
  for (const name of Object.values(PBS_SECRETS)) if ((await secrets.get(name)) !== undefined) held.push(name);
  return [
    {
      thing: `certificate of the backup server that was on ${node}, in ${settings.path}`,
      change: server.fingerprint === undefined ? undefined : "taken out: the one that is made there has another",
      apply: () => {
        settings.remove("backupServer", "fingerprint");
        settings.save();
        return Promise.resolve();
      },
    },
    ...held.map((name) => ({
      thing: `secret ${name} of the settings`,
      change: "taken out: it opened the former server",
      apply: () => secrets.remove(name),
    })),
  ];
}
