import { isDrillMark, type DrilledGuest, type DrillPlan } from "../../estate/drill-plan";
import { placeOn, type GuestPlace, type GuestTask, type ListedGuest } from "../../provider/clients/restore-client";
import { traceOf, type RestoreTrace } from "../../provider/objects/restore-trace";

/** Where a drilled guest is, as paths name it. */
export function placeOf({ guest, node }: Pick<DrilledGuest, "guest" | "node">): GuestPlace {
  return placeOn(node, guest);
}

/**
 * What stands at the number of a drilled guest. It is ours only when a restore of ours made it last, no task of anybody else touched it
 * since, and, once the drill had marked it, the mark is still there.
 * @param notes Notes of the guest that is there; undefined when they could not be read.
 * @param tasks Tasks of all nodes since the number was proved free, oldest first.
 */
export function drillTraceOf(
  plan: Pick<DrillPlan, "login">,
  note: DrilledGuest & { readonly mark: string },
  seen: {
    readonly guest: ListedGuest | undefined;
    readonly notes: string | undefined;
    readonly tasks: readonly GuestTask[];
  },
): RestoreTrace {
  const { guest, notes, tasks } = seen;
  const trace = traceOf({ ...placeOf(note), login: plan.login }, guest, tasks);
  if (trace.is !== "done" && trace.is !== "remains") return trace;
  const { vmid } = placeOf(note);
  const other = tasks.find(({ id, authId }) => id === String(vmid) && authId !== plan.login);
  if (other !== undefined)
    return { is: "foreign", reason: `${other.type} by ${other.authId} touched ${vmid} since the drill made it` };
  if (note.upid !== undefined && note.upid !== trace.upid)
    return { is: "foreign", reason: `${trace.upid} made ${vmid}, and not the task that the drill wrote down` };
  const isAnothers = notes !== undefined && isDrillMark(notes) && notes.trim() !== note.mark;
  if (isAnothers || (note.marked && notes?.trim() !== note.mark))
    return { is: "foreign", reason: `${vmid} does not bear the mark that the drill wrote into its notes` };
  return trace;
}
