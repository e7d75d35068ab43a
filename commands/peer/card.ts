import { isWireGuardKey } from "../../estate/units/wireguard";
import { InvitationError } from "./invitation";

/** What one side tells the other before it is invited: to whom the text is encrypted, and how a link reaches it. */
export interface Card {
  /** Public key to which the invitation is encrypted, `age1…`. */
  readonly recipient: string;
  /** Its end of a link; undefined where none is wanted. */
  readonly link: CardLink | undefined;
}

/** One end of a link, before the other end is known. */
export interface CardLink {
  /** Its public key. */
  readonly publicKey: string;
  /** `host:port` at which it can be dialled; undefined behind NAT. */
  readonly endpoint: string | undefined;
}

/** The card as one word without blanks. Nothing in it is secret. */
export function cardText({ recipient, link }: Card): string {
  if (link === undefined) return recipient;
  return [recipient, link.publicKey, ...(link.endpoint === undefined ? [] : [link.endpoint])].join(",");
}

/** The card in a word. @throws {InvitationError} When a part of it is none. */
export function cardOf(text: string): Card {
  const [recipient = "", publicKey, endpoint, ...more] = text.trim().split(",");
  if (publicKey === undefined) return { recipient, link: undefined };
  const isEndpoint = endpoint === undefined || ENDPOINT.test(endpoint);
  if (isWireGuardKey(publicKey) && isEndpoint && more.length === 0) return { recipient, link: { publicKey, endpoint } };
  throw new InvitationError(
    "This is no card of another side.\nCure: copy the whole line that make peer-key prints there, from age1 to its end.",
  );
}

const ENDPOINT = /^[A-Za-z0-9.-]+:\d{1,5}$/;
