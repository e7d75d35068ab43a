/** How a command talks with the person who runs it. */
export interface Talk {
  /** Shows a line of progress or of a finding. */
  readonly say: (line: string) => void;
  /** Asks whether to go on; false unless a person says yes. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Asks for a text and gives back what was typed. */
  readonly ask: (question: string) => Promise<string>;
}
