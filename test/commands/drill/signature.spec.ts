import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { utils } from "ssh2";

import { NAMESPACE, signed } from "../../../commands/drill/signature";

/** OpenSSH's own program says whether the signature is one. */
function verified(text: string, signature: string, publicKey: string, namespace = NAMESPACE): boolean {
  const folder = mkdtempSync(join(tmpdir(), "signature-"));
  try {
    writeFileSync(join(folder, "signers"), `home ${publicKey}\n`);
    writeFileSync(join(folder, "sig"), signature);
    const args = [
      "-Y",
      "verify",
      "-f",
      join(folder, "signers"),
      "-I",
      "home",
      "-n",
      namespace,
      "-s",
      join(folder, "sig"),
    ];
    return spawnSync("ssh-keygen", args, { input: text }).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the signature of a drill's report", () => {
  const kinds = {
    ed25519: () => utils.generateKeyPairSync("ed25519"),
    rsa: () => utils.generateKeyPairSync("rsa", { bits: 2048 }),
  };
  for (const [type, make] of Object.entries(kinds)) {
    it(`verifies with OpenSSH, for a key of ${type}, and not for another text, key or purpose`, function () {
      if (spawnSync("ssh-keygen", ["-?"]).error !== undefined) this.skip();
      const other = kinds.ed25519();
      const { signature, publicKey } = signed("a report\n", make().private);
      assert.ok(verified("a report\n", signature, publicKey));
      assert.equal(verified("another\n", signature, publicKey), false);
      assert.equal(verified("a report\n", signature, publicKey, "file"), false);
      assert.equal(verified("a report\n", signature, other.public), false);
    });
  }

  it("refuses a key that it cannot read, without showing it", () => {
    assert.throws(
      () => signed("x", "SECRET"),
      (error: Error) => !error.message.includes("SECRET") && error.message.includes("Cure:"),
    );
  });
});
