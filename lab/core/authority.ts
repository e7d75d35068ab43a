import { createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { type Certificate, fingerprintOf, issue } from "./certificate";
import { type StateDirectory } from "./state";

const AUTHORITY = "TAPPaaS lab CA";

/** The site's own certificate authority. Made once; certificates stay the same across restarts. */
export class Authority {
  private readonly root: Certificate;

  constructor(private readonly state: StateDirectory) {
    this.root = this.keep("ca", () => issue({ name: AUTHORITY }));
  }

  /** Path of the PEM that a client must trust. */
  get caFile(): string {
    return this.state.path("certificates", "ca.pem");
  }

  /** Certificate for `name` at an IPv4 address, signed by this authority. */
  certificateFor(name: string, address: string): Promise<Certificate> {
    const issuer = { name: AUTHORITY, key: createPrivateKey(this.root.key) };
    return Promise.resolve(this.keep(name, () => issue({ name, address, issuer })));
  }

  /** The key is written first: a certificate without one would be there for good. */
  private keep(name: string, make: () => Omit<Certificate, "fingerprint">): Certificate {
    const certificateFile = this.state.path("certificates", `${name}.pem`);
    const keyFile = this.state.path("certificates", `${name}.key`);
    if (!existsSync(certificateFile)) {
      const made = make();
      writeFileSync(keyFile, made.key, { mode: 0o600 });
      writeFileSync(certificateFile, made.certificate);
    }
    const certificate = readFileSync(certificateFile, "utf8");
    return { key: readFileSync(keyFile, "utf8"), certificate, fingerprint: fingerprintOf(certificate) };
  }
}
