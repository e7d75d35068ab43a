/** A backup job as jobs.cfg holds it, all values text. */
export type BackupJob = Readonly<Record<string, string>>;

/** Backup jobs by id. */
export interface JobsState {
  /** Jobs by id. */
  readonly jobs: Record<string, BackupJob>;
}

/** Parts of a property string by name; a part without a name belongs to `defaultKey`. */
export function propertyString(text: string, defaultKey = ""): Record<string, string> {
  const parts = text.split(",").filter((part) => part !== "");
  return Object.fromEntries(
    parts.map((part) => {
      const mark = part.indexOf("=");
      return mark < 0 ? [defaultKey, part] : [part.slice(0, mark), part.slice(mark + 1)];
    }),
  );
}

/** Ids of guests that a job names, excluding those it leaves out. */
export function selectedGuests({ all, vmid, exclude }: BackupJob, guests: readonly number[]): number[] {
  const named = numbers(vmid);
  const left = numbers(exclude);
  return all === "1" ? guests.filter((id) => !left.includes(id)) : guests.filter((id) => named.includes(id));
}

function numbers(list: string | undefined): number[] {
  return (list ?? "")
    .split(/[,;\s]+/)
    .filter((part) => part !== "")
    .map(Number);
}
