/** Values that may appear in no message, whoever wrote it. */
export class Secrets {
  readonly #values = new Set<string>();

  /** Remembers a value; lists and anything but text are looked through or passed by. */
  add(value: unknown): void {
    if (Array.isArray(value))
      value.forEach((one) => {
        this.add(one);
      });
    // Shorter ones would blot out half of every message, and are no secrets worth the name.
    else if (typeof value === "string" && value.length >= 6) this.#values.add(value);
  }

  /** Remembers an API token written as one line, `user@realm!name=secret` or with a colon: whole, and its secret alone. */
  addToken(line: unknown): void {
    this.add(line);
    if (typeof line === "string") this.add(/^[^!]*![^:=]*[:=](.+)$/.exec(line)?.[1]);
  }

  /** `text` with every remembered value blotted out, also where it stands encoded for a URL or JSON. */
  blotted(text: string): string {
    let blotted = text;
    // The longest first: one may contain another.
    for (const value of [...this.#values].sort((a, b) => b.length - a.length)) {
      for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
        blotted = blotted.replaceAll(form, "[secret]");
      }
    }
    return blotted;
  }
}
