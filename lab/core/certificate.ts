import {
  createHash,
  createPublicKey as publicOf,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";

import { bits, der, integer, objectId, octets, sequence, time, utf8 } from "./der";

/** What a machine shows at TLS. */
export interface Certificate {
  /** Private key, PEM. */
  readonly key: string;
  /** Certificate, PEM. */
  readonly certificate: string;
  /** SHA-256 of the DER, lower hex with colons, as PBS shows it. */
  readonly fingerprint: string;
}

/** Who a certificate is for. */
export interface CertificateSubject {
  /** Common name, and DNS name of a machine. */
  readonly name: string;
  /** IPv4 address of a machine; absent for an authority. */
  readonly address?: string;
  /** Who signs; absent for an authority that signs itself. */
  readonly issuer?: { readonly name: string; readonly key: KeyObject };
}

const DAY = 86_400_000;
const ECDSA_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));

/** Makes a P-256 key and an X.509 v3 certificate for it, good for ten years. */
export function issue(subject: CertificateSubject): Omit<Certificate, "fingerprint"> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = subject.issuer ?? { name: subject.name, key: privateKey };
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    distinguishedName(issuer.name),
    sequence(time(new Date(Date.now() - DAY)), time(new Date(Date.now() + 3650 * DAY))),
    distinguishedName(subject.name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions(subject, publicKey, issuer.key))),
  );
  const certificate = sequence(content, ECDSA_SHA256, bits(sign("sha256", content, issuer.key)));
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), certificate: pem(certificate) };
}

/** SHA-256 of a certificate, lower hex with colons. */
export function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256.toLowerCase();
}

function distinguishedName(name: string): Buffer {
  const part = (id: string, value: string): Buffer => der(0x31, sequence(objectId(id), utf8(value)));
  return sequence(part("2.5.4.10", "TAPPaaS lab"), part("2.5.4.3", name));
}

function extensions({ name, address }: CertificateSubject, key: KeyObject, issuer: KeyObject): Buffer[] {
  const identified = [
    extension("2.5.29.14", octets(keyId(key))),
    extension("2.5.29.35", sequence(der(0x80, keyId(issuer)))),
  ];
  if (address === undefined) {
    // An authority: may sign certificates, and revocation lists.
    const usage = der(0x03, Buffer.from([1, 0x06]));
    return [critical("2.5.29.19", sequence(TRUE)), critical("2.5.29.15", usage), ...identified];
  }
  const names = sequence(der(0x87, Buffer.from(address.split(".").map(Number))), der(0x82, Buffer.from(name)));
  const serverLogin = sequence(objectId("1.3.6.1.5.5.7.3.1"));
  return [
    critical("2.5.29.19", sequence()),
    extension("2.5.29.17", names),
    extension("2.5.29.37", serverLogin),
    ...identified,
  ];
}

const TRUE = der(0x01, Buffer.from([0xff]));

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), octets(value));
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), TRUE, octets(value));
}

function keyId(key: KeyObject): Buffer {
  const spki = (key.type === "private" ? publicOf(key) : key).export({ type: "spki", format: "der" });
  return createHash("sha1").update(spki).digest();
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
