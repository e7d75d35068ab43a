/** Why a request is refused: the status and the text that a real server sends. */
export class Refusal extends Error {
  /** HTTP status. PBS answers 400 to nearly everything that its handlers refuse. */
  readonly status: number;
  /** What is wrong by parameter; empty when no parameter is to blame. */
  readonly errors: Readonly<Record<string, string>>;

  constructor(message: string, status = 400, errors: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** Refuses parameters in PBS's words: one on the line, several below it. */
export function parameterRefusal(errors: Readonly<Record<string, string>>): Refusal {
  const entries = Object.entries(errors);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) {
    return new Refusal(`parameter verification failed - '${first[0]}': ${first[1]}`, 400, errors);
  }
  const lines = entries.map(([name, fault]) => `- '${name}': ${fault}\n`);
  return new Refusal(`parameter verification failed:\n${lines.join("")}`, 400, errors);
}

/** Text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
