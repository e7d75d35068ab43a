import { drillMark, type DrilledGuest, type DrillPlan } from "../../estate/drill-plan";
import { parseGuestId } from "../../estate/units/guest-id";
import { TaskFailed } from "../../provider/clients/task";
import { MOST_TASKS, RestoreClient, type GuestTask } from "../../provider/clients/restore-client";
import { type PveClient } from "../../provider/clients/pve-client";
import { type RestoreTrace } from "../../provider/objects/restore-trace";
import { disksOn } from "../rebuild/survey";
import { drillTraceOf, placeOf } from "./trace";

/** What is to be taken away, and how a person is told. */
export interface Cleaning {
  /** The nodes' API, with the login that drills. */
  readonly pve: PveClient;
  /** What the drill wrote down. */
  readonly plan: DrillPlan;
  /** Tells a person. */
  readonly say: (line: string) => void;
  /** Milliseconds between two looks at a task. @default 1000 */
  readonly pause?: number | undefined;
}

/**
 * Takes one drilled guest away again, if it is the drill's own; a restore of the drill that still runs is waited for.
 * @returns Why it was left, and undefined when nothing of it is there.
 */
export async function cleanGuest(cleaning: Cleaning, note: DrilledGuest): Promise<string | undefined> {
  const { pve, say, pause } = cleaning;
  const client = new RestoreClient(pve);
  const place = placeOf(note);
  const trace = await traced(cleaning, note);
  if (trace.is === "free") return undefined;
  if (trace.is === "foreign") return `${place.vmid} on ${note.node}: ${trace.reason}. It was not touched`;
  if (trace.is === "running") {
    say(`${note.name} as ${place.vmid}: its restore still runs and is waited for`);
    try {
      await client.end(note.node, trace.upid, pause === undefined ? {} : { interval: pause });
    } catch (error) {
      if (!(error instanceof TaskFailed)) throw error;
    }
    return cleanGuest(cleaning, note);
  }
  try {
    return await takenAway(cleaning, note, trace.is);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `${place.vmid} on ${note.node} could not be taken away: ${why}`;
  }
}

/** Looks once more right before the end: what changed meanwhile is left. */
async function takenAway(cleaning: Cleaning, note: DrilledGuest, was: RestoreTrace["is"]): Promise<string | undefined> {
  const client = new RestoreClient(cleaning.pve);
  const place = placeOf(note);
  const there = (await client.guests()).find(({ vmid }) => vmid === place.vmid);
  if (there?.status === "running") await client.stop(place);
  const now = await traced(cleaning, note);
  if (now.is === "free") return undefined;
  if (now.is !== was) return `${place.vmid} on ${note.node} changed while it was looked at. It was not touched`;
  await client.destroy(place);
  return undefined;
}

/** What of a drill is still there, after all of it was cleaned: guests, volumes, running tasks. Nothing, if all is well. */
export async function remainsOf({ pve, plan }: Pick<Cleaning, "pve" | "plan">): Promise<string[]> {
  const client = new RestoreClient(pve);
  const vmids = new Set(plan.guests.map(({ guest }) => parseGuestId(guest).vmid));
  const nodes = (await client.nodes()).filter(({ online }) => online).map(({ name }) => name);
  const guests = (await client.guests()).filter(({ vmid }) => vmids.has(vmid));
  const disks = [...(await disksOn(pve.ask, nodes))].filter(([vmid]) => vmids.has(vmid));
  const tasks = await tasksOf(client, plan);
  const running = tasks.filter(({ end, id }) => end === undefined && vmids.has(Number(id)));
  return [
    ...guests.map(({ vmid, node }) => `guest ${vmid} on ${node}`),
    ...disks.flatMap(([, volumes]) => volumes.map((volume) => `volume ${volume}`)),
    ...running.map(({ upid }) => `task ${upid}`),
  ];
}

/** What stands at its number now. On a node that does not answer something may have been done. */
async function traced({ pve, plan }: Cleaning, note: DrilledGuest): Promise<RestoreTrace> {
  const client = new RestoreClient(pve);
  const { vmid } = placeOf(note);
  const nodes = await client.nodes();
  const away = nodes.filter(({ online }) => !online).map(({ name }) => name);
  const guest = (await client.guests()).find((one) => one.vmid === vmid);
  if (guest !== undefined && away.length > 0)
    return { is: "foreign", reason: `${away.join(", ")} cannot say what was done to it` };
  const tasks = await tasksOf(client, plan);
  const here = guest?.node === note.node && guest.type === placeOf(note).type;
  const notes = here ? (await client.config(placeOf(note))).description : undefined;
  const mark = drillMark(plan, note);
  return drillTraceOf(plan, { ...note, mark }, { guest, notes, tasks });
}

async function tasksOf(client: RestoreClient, { freeSince }: DrillPlan): Promise<GuestTask[]> {
  const lists = await client.tasksEverywhere(freeSince);
  if (lists.some((tasks) => tasks.length >= MOST_TASKS))
    throw new Error(
      `A node had too many tasks since ${freeSince} to say whose the drilled guests are; nothing was touched.\n` +
        "Cure: look at the guests of drill.json, destroy them by hand, and remove that file.",
    );
  return lists.flat().sort((a, b) => a.starttime - b.starttime);
}
