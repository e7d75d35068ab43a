/** Something that happens at a moment. */
export interface Due<Event> {
  /** Moment in seconds. */
  readonly at: number;
  /** Events of one moment happen in the order in which they were scheduled. */
  readonly order: number;
  /** What happens. */
  readonly event: Event;
}

/** Virtual time and what is to come, as plain data: it can be stored, copied and compared. No timer runs for it. */
export interface Timeline<Event> {
  /** Present moment in seconds; never goes back. */
  now: number;
  /** Order of the next event to be scheduled. */
  nextOrder: number;
  /** Events to come, soonest first. */
  due: Due<Event>[];
}

/** A timeline on which nothing is due. */
export function newTimeline<Event>(now = 0): Timeline<Event> {
  return { now, nextOrder: 0, due: [] };
}

/** Puts an event on the timeline; one of the past happens now. */
export function schedule<Event>(timeline: Timeline<Event>, at: number, event: Event): void {
  const due = { at: Math.max(at, timeline.now), order: timeline.nextOrder, event };
  timeline.nextOrder += 1;
  let place = timeline.due.length;
  while (place > 0 && (timeline.due[place - 1]?.at ?? 0) > due.at) place -= 1;
  timeline.due.splice(place, 0, due);
}

/** Takes back the events that `isMeant` names. */
export function cancel<Event>(timeline: Timeline<Event>, isMeant: (event: Event) => boolean): void {
  timeline.due = timeline.due.filter(({ event }) => !isMeant(event));
}

/**
 * Goes forward to the next event up to and including `until` and takes it off; undefined when none is left, and `until` is
 * the present then.
 */
export function takeNext<Event>(timeline: Timeline<Event>, until: number): Event | undefined {
  const next = timeline.due[0];
  if (next === undefined || next.at > until) {
    timeline.now = Math.max(timeline.now, until);
    return undefined;
  }
  timeline.due.shift();
  timeline.now = next.at;
  return next.event;
}
