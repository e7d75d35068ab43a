import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { trustedBundle } from "../../commands/trust";

const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const [OWN, SITE] = [pem("T1dO"), pem("U0lURQ")];

describe("what plugins trust", () => {
  let folder: string;
  let out: string;
  let own: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "trust-"));
    [out, own] = [join(folder, "home.pem"), join(folder, "own.pem")];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is what this machine trusts, and the site's authority", () => {
    assert.equal(trustedBundle(SITE, undefined, out), out);
    assert.ok(readFileSync(out, "utf8").includes(SITE));
  });

  it("is a bundle of its owner's and the site's authority, and the owner's is not written to", () => {
    writeFileSync(own, OWN);
    assert.equal(trustedBundle(SITE, own, out), out);
    const text = readFileSync(out, "utf8");
    assert.ok(text.includes(OWN) && text.includes(SITE));
    assert.equal(readFileSync(own, "utf8"), OWN);
  });

  it("is a bundle of its owner's as it is when that holds the site's authority", () => {
    writeFileSync(own, `${OWN}${SITE}`.replaceAll("\n", "\r\n"));
    assert.equal(trustedBundle(SITE, own, out), own);
    assert.equal(existsSync(out), false);
  });
});
