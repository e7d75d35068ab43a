import { createHmac, timingSafeEqual } from "node:crypto";

/** Seconds for which a ticket holds. PBS 4.2: proxmox-auth-api. */
const LIFETIME = 2 * 3600;

/** Session tickets: signed, and kept nowhere. A ticket outlives a change of the password. */
export class Tickets {
  constructor(
    private readonly secret: string,
    private readonly now: () => number,
  ) {}

  /** A ticket for a user. */
  issue(user: string): string {
    const text = `PBS:${user}:${this.#stamp()}`;
    return `${text}::${this.#sign(text)}`;
  }

  /** User of a ticket that is ours and not too old; undefined for any other text. */
  userOf(ticket: string): string | undefined {
    const [text = "", signature = ""] = ticket.split("::");
    const [product, user, stamp = ""] = text.split(":");
    const fresh = this.#isFresh(stamp);
    return product === "PBS" && fresh && same(signature, this.#sign(text)) ? user : undefined;
  }

  /** Token that a browser session must send with every write. */
  preventionToken(user: string): string {
    const stamp = this.#stamp();
    return `${stamp}:${this.#sign(`CSRF:${stamp}:${user}`)}`;
  }

  /** Whether a prevention token was made for this user and is not too old. */
  prevents(user: string, token: string): boolean {
    const [stamp = "", signature = ""] = token.split(":");
    return this.#isFresh(stamp) && same(signature, this.#sign(`CSRF:${stamp}:${user}`));
  }

  #stamp(): string {
    return this.now().toString(16).toUpperCase().padStart(8, "0");
  }

  #isFresh(stamp: string): boolean {
    const age = this.now() - Number.parseInt(stamp, 16);
    return age > -300 && age < LIFETIME;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.secret).update(text).digest("base64url");
  }
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
