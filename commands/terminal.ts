import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Whether a person can be asked. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks a person for a line. Questions go to standard error: standard output is for results. */
export async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(text)).trim();
  } finally {
    terminal.close();
  }
}

/** Asks for a secret, which is not shown while it is typed. */
export async function hiddenQuestion(text: string): Promise<string> {
  process.stderr.write(text);
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

/**
 * Asks whether to go on.
 * @throws {Error} When nobody can be asked, with the switch that stands for a yes.
 */
export async function confirmed(text: string, option: string): Promise<boolean> {
  if (!isInteractive()) throw new Error(`Nobody is here to be asked: ${text}\nCure: say ${option}.`);
  return /^(?:y|yes)$/i.test(await question(`${text} [y/N] `));
}
