import { createPrivateKey } from "node:crypto";

import { fingerprintOf, issue } from "../../../lab/core/certificate";

/** A certificate for loopback: PEM texts and the SHA-256 fingerprint. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly fingerprint: string;
  /** PEM of the authority that signed it. */
  readonly authority: string;
}

let made: TestCertificate | undefined;

/** One for all tests: making keys takes time. */
export function testCertificate(): TestCertificate {
  return (made ??= freshCertificate());
}

/** Another one, as a stranger would show. */
export function freshCertificate(): TestCertificate {
  const name = "An authority of tests";
  const root = issue({ name });
  const { certificate, key } = issue({
    name: "fake",
    address: "127.0.0.1",
    issuer: { name, key: createPrivateKey(root.key) },
  });
  return { certificate, key, fingerprint: fingerprintOf(certificate), authority: root.certificate };
}
