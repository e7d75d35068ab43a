import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** One thing that happened on the site. */
export interface Event {
  /** Milliseconds since 1970 on the site's clock. */
  readonly time: number;
  /** Machine on which it happened. */
  readonly machine: string;
  /** `request`, `task`, `command`, `danger`, ... */
  readonly kind: string;
  /** What happened, readable and without secrets. */
  readonly text: string;
  /** Exact parts for tests, such as a command's argv. */
  readonly detail?: readonly string[];
}

/** Everything that happened, oldest first, kept in a file and shown to who watches. */
export class EventLog {
  constructor(
    private readonly file: string,
    private readonly now: () => number,
    private readonly show: (event: Event) => void,
  ) {}

  /** Records one event. */
  record(machine: string, kind: string, text: string, detail?: readonly string[]): void {
    const event: Event = { time: this.now(), machine, kind, text, ...(detail !== undefined && { detail }) };
    appendFileSync(this.file, `${JSON.stringify(event)}\n`, { mode: 0o600 });
    this.show(event);
  }

  /** All events, oldest first. */
  all(): Event[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Event);
  }
}
