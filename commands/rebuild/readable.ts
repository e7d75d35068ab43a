import { ApiError, NotPermitted } from "../../provider/clients/api-error";
import { type Chosen, type LeftOut } from "./plan";

/** Backups that can be read, each with what was read of it, and guests whose backup cannot. */
export interface Readable<T> {
  /** In the order in which they were chosen. */
  readonly readable: readonly { readonly one: Chosen; readonly said: T }[];
  /** The others, and those that were left out before, each with the reason and what would help. */
  readonly left: readonly LeftOut[];
}

/**
 * Reads something of each chosen backup. One that is damaged keeps none of the others waiting: its guest is left out, by name; which
 * older night is taken in its place, and so what work is lost, a person says.
 * @throws {Error} What the first one said, when none can be read: then it is not the backups.
 */
export async function readEach<T>(
  { chosen, left }: { readonly chosen: readonly Chosen[]; readonly left: readonly LeftOut[] },
  read: (one: Chosen) => Promise<T>,
): Promise<Readable<T>> {
  const rows = await Promise.all(chosen.map((one) => readOne(one, read)));
  const failures = rows.filter((row): row is Failure => "error" in row);
  const readable = rows.filter((row): row is Read<T> => "said" in row);
  const [first] = failures;
  if (readable.length === 0 && first !== undefined) throw first.error;
  const unreadable = failures.map(({ one, error }) => ({
    ...{ guest: `${one.guest.name} (${one.guest.vmid})`, why: whyOf(one, error), lives: false },
  }));
  return { readable, left: [...left, ...unreadable] };
}

interface Read<T> {
  readonly one: Chosen;
  readonly said: T;
}
interface Failure {
  readonly one: Chosen;
  readonly error: ApiError;
}

async function readOne<T>(one: Chosen, read: (one: Chosen) => Promise<T>): Promise<Read<T> | Failure> {
  try {
    return { one, said: await read(one) };
  } catch (error) {
    if (error instanceof ApiError && !(error instanceof NotPermitted)) return { one, error };
    throw error;
  }
}

function whyOf({ snapshot: { time } }: Chosen, { answer }: ApiError): string {
  // What was made at that moment is what cannot be read: `--before` takes what is not later than it says.
  const earlier = new Date(time.getTime() - 1_000).toISOString();
  return `its backup of ${time.toISOString()} cannot be read: ${answer.trim()}. When the others are back, take an older one: --before ${earlier}`;
}
