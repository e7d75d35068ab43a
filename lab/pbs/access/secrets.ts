import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";

import { type Document } from "../../core/state";

/** Salted digests of passwords and token secrets by auth id; the secrets themselves are nowhere. */
export interface Shadow {
  /** `salt:digest` in hex. */
  digests: Record<string, string>;
}

/** Passwords and token secrets, to be checked and never read back. */
export class Secrets {
  constructor(private readonly shadow: Document<Shadow>) {}

  /** Sets the password of a user, or the secret of a token. */
  set(authId: string, secret: string): void {
    const salt = randomBytes(16).toString("hex");
    this.shadow.change(({ digests }) => (digests[authId] = `${salt}:${digest(salt, secret)}`));
  }

  /** Makes a new secret for a token; the old one ends at once. */
  mint(tokenId: string): string {
    const secret: string = randomUUID();
    this.set(tokenId, secret);
    return secret;
  }

  /** Whether `secret` is the one that was set. */
  fits(authId: string, secret: string): boolean {
    const [salt = "", expected = ""] = this.shadow.value.digests[authId]?.split(":") ?? [];
    const came = digest(salt, secret);
    return expected.length === came.length && timingSafeEqual(Buffer.from(expected), Buffer.from(came));
  }

  /** Forgets a secret. */
  forget(authId: string): void {
    this.shadow.change(({ digests }) => Reflect.deleteProperty(digests, authId));
  }
}

function digest(salt: string, secret: string): string {
  return createHmac("sha256", Buffer.from(salt, "hex")).update(secret).digest("hex");
}
