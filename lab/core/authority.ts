import { createHash, randomBytes, webcrypto } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import * as x509 from "@peculiar/x509";

import { type StateDirectory } from "./state";

/** What a machine shows at TLS. */
export interface Certificate {
  /** Private key, PEM. */
  readonly key: string;
  /** Certificate, PEM. */
  readonly certificate: string;
  /** SHA-256 of the DER, lower hex with colons, as PBS shows it. */
  readonly fingerprint: string;
}

/** The site's own certificate authority. Made once; certificates stay the same across restarts. */
export class Authority {
  private constructor(
    private readonly state: StateDirectory,
    private readonly root: Certificate,
  ) {}

  /** Reads the authority of this state directory, or makes it. */
  static async open(state: StateDirectory): Promise<Authority> {
    const make = (): Promise<Certificate> => issue({ name: "TAPPaaS lab CA", authority: true });
    return new Authority(state, await keep(state, "ca", make));
  }

  /** Path of the PEM that a client must trust. */
  get caFile(): string {
    return this.state.path("certificates", "ca.pem");
  }

  /** Certificate for `name` at an IP address, signed by this authority. */
  async certificateFor(name: string, address: string): Promise<Certificate> {
    return keep(this.state, name, () => issue({ name, address, issuer: this.root }));
  }
}

interface Subject {
  readonly name: string;
  readonly address?: string;
  readonly authority?: boolean;
  readonly issuer?: Certificate;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const TEN_YEARS = 10 * 365 * 86_400_000;

async function keep(state: StateDirectory, name: string, make: () => Promise<Certificate>): Promise<Certificate> {
  const certificateFile = state.path("certificates", `${name}.pem`);
  const keyFile = state.path("certificates", `${name}.key`);
  if (!existsSync(certificateFile)) {
    const made = await make();
    writeFileSync(keyFile, made.key, { mode: 0o600 });
    writeFileSync(certificateFile, made.certificate);
  }
  const certificate = readFileSync(certificateFile, "utf8");
  return { key: readFileSync(keyFile, "utf8"), certificate, fingerprint: fingerprint(certificate) };
}

async function issue({ name, address, authority = false, issuer }: Subject): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const signer = issuer === undefined ? keys.privateKey : await privateKey(issuer.key);
  const subject = `CN=${name}, O=TAPPaaS lab`;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString("hex")}`,
    subject,
    issuer: issuer === undefined ? subject : new x509.X509Certificate(issuer.certificate).subject,
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + TEN_YEARS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: signer,
    extensions: await extensions(keys.publicKey, authority, address, name),
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  const pem = certificate.toString("pem");
  return { key, certificate: pem, fingerprint: fingerprint(pem) };
}

async function extensions(
  key: webcrypto.CryptoKey,
  authority: boolean,
  address: string | undefined,
  name: string,
): Promise<x509.Extension[]> {
  const constraints = new x509.BasicConstraintsExtension(authority, undefined, true);
  const identifier = await x509.SubjectKeyIdentifierExtension.create(key);
  if (address === undefined) return [constraints, identifier];
  const names = new x509.SubjectAlternativeNameExtension([
    { type: "ip", value: address },
    { type: "dns", value: name },
  ]);
  return [constraints, identifier, names];
}

async function privateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (der === undefined) throw new Error("The lab's CA key is empty; erase the lab's state with `reset`.");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
}

function fingerprint(pem: string): string {
  const der = Buffer.from(new x509.X509Certificate(pem).rawData);
  return (createHash("sha256").update(der).digest("hex").match(/../g) ?? []).join(":");
}
