import { type GuestTask, type ListedGuest } from "../clients/restore-client";

/** A restore that was written down before it was asked for. */
export interface RestoreNote {
  /** Number of the restored guest, which was proved free. */
  readonly vmid: number;
  /** Virtual machine or container. */
  readonly type: "qemu" | "lxc";
  /** Node that reads it back. */
  readonly node: string;
  /** Who asks for it. */
  readonly login: string;
}

/** What a restore that was written down has come to, by what the site shows. */
export type RestoreTrace =
  /** Nothing is there, and nothing of ours runs: it can begin. */
  | { readonly is: "free" }
  /** Our own restore runs. */
  | { readonly is: "running"; readonly upid: string }
  /** Our own restore ended well, and the guest is there. */
  | { readonly is: "done"; readonly upid: string }
  /** Our own restore failed, and what it began is there, never started and touched by nobody. */
  | { readonly is: "remains"; readonly upid: string }
  /** Something is there of which that cannot be said. */
  | { readonly is: "foreign"; readonly reason: string };

const RESTORE = { qemu: "qmrestore", lxc: "vzrestore" } as const;
/** A clone is named by the guest that it is made of, and not by the one that it makes. */
const CLONES: readonly string[] = ["qmclone", "vzclone"];
const MAKING: readonly string[] = ["qmrestore", "vzrestore", "qmcreate", "vzcreate", "qmigrate", "vzmigrate"];
const DESTROYING: readonly string[] = ["qmdestroy", "vzdestroy"];

/**
 * What became of a restore.
 * @param guest The guest with its number, on any node; undefined only when it is certain that there is none.
 * @param tasks Tasks of all nodes since the number was proved free, oldest first.
 */
export function traceOf(note: RestoreNote, guest: ListedGuest | undefined, tasks: readonly GuestTask[]): RestoreTrace {
  const about = tasks.filter(({ id, type }) => id === String(note.vmid) || CLONES.includes(type));
  const making = about.filter(({ type }) => MAKING.includes(type) || CLONES.includes(type));
  const last = making.at(-1);
  const running = making.find((task) => task.end === undefined && !CLONES.includes(task.type));
  if (running !== undefined)
    return isOurs(note, running) ? { is: "running", upid: running.upid } : foreign(`${said(running)} runs there`);
  if (guest === undefined) return { is: "free" };
  if (guest.node !== note.node || guest.type !== note.type)
    return foreign(`${nameOf(guest)} is there, on ${guest.node}, and not where it was to be restored`);
  if (last === undefined) return foreign(`${nameOf(guest)} is there, and no restore of ours made it`);
  if (!isOurs(note, last)) return foreign(`${nameOf(guest)} is there, and ${said(last)} may have made it`);
  if (endedWell(last)) return { is: "done", upid: last.upid };
  return untouched(note, guest, about) ?? { is: "remains", upid: last.upid };
}

/** Why remains may not be taken away; undefined when they may. */
function untouched(note: RestoreNote, guest: ListedGuest, about: readonly GuestTask[]): RestoreTrace | undefined {
  if (guest.status !== "stopped") return foreign(`${nameOf(guest)} is ${guest.status ?? "in an unknown state"}`);
  const touched = about.find((task) => !isOurs(note, task) && !isOurClearing(note, task));
  return touched && foreign(`${nameOf(guest)} is what a restore of ours left, and ${said(touched)} touched it since`);
}

function isOurs({ type, login, node }: RestoreNote, task: GuestTask): boolean {
  return task.type === RESTORE[type] && task.authId === login && task.node === node;
}

function isOurClearing({ login }: RestoreNote, task: GuestTask): boolean {
  return DESTROYING.includes(task.type) && task.authId === login;
}

function endedWell({ end = "" }: GuestTask): boolean {
  return end === "OK" || end.startsWith("WARNINGS");
}

function foreign(reason: string): RestoreTrace {
  return { is: "foreign", reason };
}

function nameOf({ name, vmid }: ListedGuest): string {
  return name === undefined ? `a guest ${vmid}` : `${name} (${vmid})`;
}

function said({ type, authId, starttime }: GuestTask): string {
  return `${type} by ${authId} at ${new Date(starttime * 1000).toISOString()}`;
}
