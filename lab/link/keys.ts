import { createHmac, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";

/** A new private key as `wg genkey` prints it: 32 bytes in base64. */
export function newPrivateKey(): string {
  const { d = "" } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  return Buffer.from(d, "base64url").toString("base64");
}

/** The public key of a private one, as `wg pubkey` prints it. @throws {Error} When that is no key. */
export function publicKeyOf(privateKey: string): string {
  const { x = "" } = createPublicKey(secretOf(privateKey)).export({ format: "jwk" });
  return Buffer.from(x, "base64url").toString("base64");
}

/** What proves that somebody has the private key of one of two peers: nobody else comes to the same. */
export function proof(privateKey: string, peer: string, text: string): string {
  const publicKey = createPublicKey({
    key: { kty: "OKP", crv: "X25519", x: Buffer.from(peer, "base64").toString("base64url") },
    format: "jwk",
  });
  const shared = diffieHellman({ privateKey: secretOf(privateKey), publicKey });
  return createHmac("sha256", shared).update(text).digest("base64");
}

/** PKCS #8 of an X25519 key, up to its 32 bytes. Source: RFC 8410. */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

function secretOf(privateKey: string) {
  const bytes = Buffer.from(privateKey.trim(), "base64");
  if (bytes.length !== 32) throw new Error("Key is not the correct length or format");
  return createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: "der", type: "pkcs8" });
}
