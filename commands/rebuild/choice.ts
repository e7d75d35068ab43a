import { type Guest } from "../../estate/guest";
import { type RebuildPlan } from "../../estate/rebuild-plan";
import { type Model } from "../../planning/model";
import { authIdOf } from "../../provider/clients/login";
import { type PveClient } from "../../provider/clients/pve-client";
import { RestoreClient } from "../../provider/clients/restore-client";
import { chosenFor, planFor, type Chosen, type LeftOut, type RebuildChoices } from "./plan";
import { readEach } from "./readable";
import { surveyFor } from "./survey";

/** What a rebuild would do. */
export interface Choice {
  /** What comes back; undefined when nothing does. */
  readonly plan: RebuildPlan | undefined;
  /** What does not, and why. */
  readonly left: readonly LeftOut[];
  /** What a person has to know besides, before anything is done. */
  readonly said: readonly string[];
}

/** From what guests are chosen that come back to their own site. */
export interface HomeOrder {
  /** The nodes' API. */
  readonly pve: PveClient;
  /** Guests of the inventory. */
  readonly guests: readonly Guest[];
  /** The planner's model of the site, for order and times. */
  readonly model: Model;
  /** What a person decides. */
  readonly choices: RebuildChoices;
}

/** What would come back to its own site, and what would not. */
export async function homeChoice(
  { pve, guests, model, choices }: HomeOrder,
  source: RebuildPlan["source"],
): Promise<Choice> {
  const survey = await surveyFor(pve, source.storage);
  const client = new RestoreClient(pve);
  const read = ({ node, snapshot }: Chosen) => client.startingIn(node, snapshot.volume);
  const { readable, left } = await readEach(chosenFor(guests, survey, choices), read);
  if (readable.length === 0) return { plan: undefined, left, said: [] };
  const chosen = readable.map(({ one }) => one);
  const starting = new Map(readable.map(({ one, said }) => [one.snapshot.volume, said]));
  const freeSince = survey.at.toISOString();
  const about = { freeSince, login: authIdOf(pve.server.login), source };
  return { plan: planFor(chosen, model, starting, about, choices), left, said: [] };
}
