import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { type HostKey, hostKeyOf, kindOf } from "../../../commands/ssh/host-key";
import { lookUp, nameOf, pinIn } from "../../../commands/ssh/known-hosts";
import { propertyRuns } from "../../support/property-runs";

/** A host key of these bytes. */
function keyOf(bytes: Uint8Array, type = "ssh-ed25519"): HostKey {
  const field = (content: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  };
  return hostKeyOf(Buffer.concat([field(Buffer.from(type)), field(Buffer.from(bytes))]));
}

const KEY = keyOf(Buffer.alloc(32, 1));
const OTHER = keyOf(Buffer.alloc(32, 2));

describe("a host key", () => {
  it("is shown as ssh-keygen shows it on the console", () => {
    // `ssh-keygen -lf` of OpenSSH 10.0 on this line prints exactly this fingerprint and kind.
    const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const key = hostKeyOf(Buffer.from(blob, "base64"));
    assert.equal(key.fingerprint, "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk");
    assert.equal(key.line, `ssh-ed25519 ${blob}`);
    assert.equal(kindOf(key), "ED25519");
    assert.equal(kindOf(keyOf(Buffer.alloc(8), "ecdsa-sha2-nistp256")), "ECDSA");
  });
});

describe("known_hosts", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "known-"));
    file = join(folder, ".ssh", "known_hosts");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("knows a machine once its key was pinned, whatever stood there before", () => {
    const lines = fc.array(fc.stringMatching(/^[ -~]*$/), { maxLength: 4 });
    const end = fc.constantFrom("", "\n");
    fc.assert(
      fc.property(
        lines,
        end,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 1, max: 65_535 }),
        (before, last, bytes, port) => {
          const text = before.join("\n") + last;
          rmSync(join(folder, ".ssh"), { recursive: true, force: true });
          pinIn(file, "elsewhere", 22, KEY);
          writeFileSync(file, text);
          const key = keyOf(bytes);
          pinIn(file, "10.0.0.10", port, key);
          const after = readFileSync(file, "utf8");
          assert.ok(after.startsWith(text));
          assert.deepEqual(lookUp(after, "10.0.0.10", port, key), { is: "same" });
        },
      ),
      { numRuns: propertyRuns(50) },
    );
  });

  it("is not written twice, and never over another key", () => {
    pinIn(file, "10.0.0.10", 22, KEY);
    pinIn(file, "10.0.0.10", 22, KEY);
    const text = readFileSync(file, "utf8");
    assert.equal(text, `10.0.0.10 ${KEY.line}\n`);
    assert.throws(() => {
      pinIn(file, "10.0.0.10", 22, OTHER);
    }, /knows another key for 10\.0\.0\.10[\s\S]*ssh-keygen -f .* -R '10\.0\.0\.10'/);
    assert.equal(readFileSync(file, "utf8"), text);
  });

  it("tells machines and ports apart", () => {
    const text = `10.0.0.10 ${KEY.line}\n[10.0.0.10]:2222,nas ${OTHER.line}\n`;
    assert.equal(lookUp(text, "10.0.0.10", 22, KEY).is, "same");
    assert.equal(lookUp(text, "10.0.0.10", 2222, KEY).is, "other");
    assert.equal(lookUp(text, "nas", 22, OTHER).is, "same");
    assert.equal(lookUp(text, "10.0.0.1", 22, KEY).is, "unknown");
  });

  it("is understood where names are hashed, as Debian does it", () => {
    const salt = Buffer.alloc(20, 7);
    const hash = createHmac("sha1", salt).update(nameOf("10.0.0.10", 22)).digest("base64");
    const text = `|1|${salt.toString("base64")}|${hash} ${KEY.line}\n`;
    assert.equal(lookUp(text, "10.0.0.10", 22, OTHER).is, "other");
    assert.equal(lookUp(text, "10.0.0.11", 22, OTHER).is, "unknown");
  });
});
