import * as age from "age-encryption";
import * as z from "zod";

import { isTunnelAddress, isWireGuardKey } from "../../estate/units/wireguard";
import { fingerprintText, identifier, parse, portNumber } from "../../estate/schema";

const invitation = z.strictObject({
  /** Form of the text. */
  version: z.literal(1),
  /** Last moment at which it counts, RFC 3339. */
  until: z.iso.datetime(),
  /** Who invites, a name for people. */
  from: z.string().min(1).max(100),
  /** Name or address of the inviting site's PBS, as the other side reaches it. */
  address: identifier("address"),
  /** TCP port. */
  port: portNumber,
  /** SHA-256 of its certificate; undefined when that is publicly trusted. */
  fingerprint: fingerprintText.optional(),
  /** Datastore over there. */
  datastore: identifier("pbsId"),
  /** Namespace that may be read. */
  namespace: identifier("namespace").optional(),
  /** Token that reads, `vault@pbs!pull`. */
  authId: z.string().regex(/^[^\s:/!]+@[^\s:/!]+![^\s:/!]+$/),
  /** Its secret. */
  secret: z.string().min(1),
  /** Link over which it is reached; undefined where there is another way. */
  link: z
    .strictObject({
      /** Public key of the inviting side's end. */
      publicKey: z.string().refine(isWireGuardKey),
      /** Its address in the tunnel. */
      address: z.string().refine(isTunnelAddress),
      /** The other side's address in it. */
      yours: z.string().refine(isTunnelAddress),
      /** `host:port` at which the inviting side is dialled; undefined where it dials. */
      endpoint: z.string().optional(),
      /** Port on which the other side is dialled; undefined where it dials. */
      listenPort: portNumber.optional(),
    })
    .optional(),
});

/** What one site tells another, so that it can fetch copies: where, what, and the login for it alone. */
export type Invitation = z.infer<typeof invitation>;

/** An invitation that cannot be made or taken, with the cure. */
export class InvitationError extends Error {
  override readonly name = "InvitationError";
}

/**
 * The invitation as one text that only the holder of a key opens.
 * @param recipient The other side's public key, `age1…`.
 * @throws {InvitationError} When that is no such key.
 */
export async function sealed(content: Invitation, recipient: string): Promise<string> {
  const encrypter = new age.Encrypter();
  try {
    encrypter.addRecipient(recipient.trim());
  } catch {
    throw new InvitationError(
      `Expected the other side's public key, age1…, got "${recipient.trim().slice(0, SHOWN)}".\n` +
        "Cure: let the other side run make peer-key, and read its last eight letters to each other.",
    );
  }
  return age.armor.encode(await encrypter.encrypt(JSON.stringify(invitation.parse(content))));
}

/**
 * The invitation in a text. Nothing of it is believed before the whole text has proved unchanged.
 * @param identity Secret key of this side.
 * @param now When it is opened.
 * @throws {InvitationError} When it is none, was changed on the way, is for somebody else, or its time is over.
 */
export async function opened(text: string, identity: string, now: Date): Promise<Invitation> {
  const parsed = parse(invitation, await contentOf(text, identity));
  if (!parsed.ok) {
    const fields = parsed.problems.map(({ path }) => path).join(", ");
    throw new InvitationError(
      `This invitation says what this program does not know: ${fields}.\nCure: use the same release on both sides.`,
    );
  }
  const { until } = parsed.value;
  if (Date.parse(until) >= now.getTime()) return parsed.value;
  throw new InvitationError(`This invitation was good until ${until}.\nCure: ask the other side for a new one.`);
}

async function contentOf(text: string, identity: string): Promise<unknown> {
  const file = armored(text);
  const decrypter = new age.Decrypter();
  decrypter.addIdentity(identity);
  try {
    return JSON.parse(await decrypter.decrypt(file, "text")) as unknown;
  } catch (error) {
    // The library's own words; nothing of the content is in them.
    const isForOther = error instanceof Error && error.message.includes("no identity matched");
    throw new InvitationError(
      isForOther
        ? "This invitation is for another key than this side's.\nCure: send the other side what make peer-key prints, and ask anew."
        : "This invitation was changed on its way, or is cut off.\nCure: copy the whole text once more, from BEGIN to END, or ask anew.",
    );
  }
}

function armored(text: string): Uint8Array {
  const block = /-----BEGIN AGE ENCRYPTED FILE-----[\s\S]+-----END AGE ENCRYPTED FILE-----/.exec(text)?.[0];
  try {
    if (block !== undefined) return age.armor.decode(block.replaceAll("\r", ""));
  } catch {
    // Said below.
  }
  throw new InvitationError(
    "This is no invitation.\nCure: copy the whole text, from -----BEGIN AGE ENCRYPTED FILE----- to its END line.",
  );
}

/** Enough of a wrong key to recognise it. */
const SHOWN = 12;
