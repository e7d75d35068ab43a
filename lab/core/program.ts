/** What a command printed and how it ended. */
export interface CommandResult {
  /** Exit status: 0 success. */
  readonly status: number;
  /** Text for standard output. */
  readonly stdout: string;
  /** Text for standard error. */
  readonly stderr: string;
}

/** What a program reads from its environment: those variables alone that the lab hands on. */
export type Variables = Readonly<Record<string, string>>;

/** A program on a machine's PATH, called with its arguments. */
export type Program = (argv: readonly string[], variables?: Variables) => CommandResult | Promise<CommandResult>;

/** Success, with what it prints. */
export function printed(stdout: string): CommandResult {
  return { status: 0, stdout, stderr: "" };
}

/** A failure: its status, the sentence on standard error, and what had been printed before. */
export function failed(status: number, sentence: string, stdout = ""): CommandResult {
  return { status, stdout, stderr: `${sentence.trimEnd()}\n` };
}
