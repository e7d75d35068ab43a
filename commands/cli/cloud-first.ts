import { type DrHostSettings } from "../../estate/dr-host-settings";
import { InvalidSite } from "../../estate/problem";
import { exposureProblems } from "../../planning/host/host-problems";
import { openAnyStack, type Stack } from "../engine/stack";
import { machineOffer, readMachine, writeMachine } from "../rebuild/cloud-machine";
import { type Rebuilt } from "../rebuild";
import { type KnownSite } from "../report/knowledge";
import { keysIn } from "../secrets";
import { type Talk } from "../site/talk";
import { up } from "../site/up";

/**
 * Of a stack of role dr-cloud: the machine that becomes the node, before anything is restored. What it needs and costs is said, then it asks.
 * @returns How the run ends here; undefined where the node is there and has given its login, and the rebuild goes on.
 * @throws {InvalidSite} While nobody accepted who can read what runs there.
 */
export async function cloudFirst(
  { settings, settingsFile, siteFolder: folder }: Stack<DrHostSettings>,
  { estate, record }: Pick<KnownSite, "estate" | "record">,
  dryRun: boolean,
  talk: Talk,
): Promise<Rebuilt | undefined> {
  if (settings.cloud === undefined) return undefined;
  const { node } = settings.host;
  const problems = exposureProblems(settings, { at: new Date(), node });
  if (problems.length > 0) throw new InvalidSite(`The move of ${settings.home} to ${node} at AWS`, problems);
  if (keysIn(settingsFile).has("pveApiToken")) return undefined;
  if (readMachine(folder) === undefined) {
    const offer = machineOffer(settings, estate.guests, record?.cloudPrices);
    for (const line of offer.said) talk.say(line);
    if (dryRun) return { end: "shown", left: [] };
    if (!(await talk.confirm(`Make ${offer.instanceType} with a disk of ${offer.disk} at AWS?`)))
      return { end: "declined", left: [] };
    writeMachine(folder, offer, new Date());
  }
  if (dryRun) return { end: "shown", left: [] };
  const { end } = await up(openAnyStack(settingsFile), { ...talk, confirm: () => Promise.resolve(true) });
  if (end !== "applied" && end !== "nothing") return { end: "failed", left: [] };
  for (const line of NEXT) talk.say(line);
  return { end: "stopped", left: [] };
}

const NEXT = [
  "The machine is made; it installs itself, and starts once more, which takes a while. Then, as docs/how-to/dr-cloud.md shows:",
  "  1. open a session to it: pulumi stack output machine says its identifier",
  "  2. make the token there, pveum user token add home@pve dr --privsep 0, and write it: pulumi config set --secret pveApiToken",
  "  3. write the node's certificate authority, /etc/pve/pve-root-ca.pem, as caCertificate",
  "  4. make rebuild again: it goes on with the guests",
];
