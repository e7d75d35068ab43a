import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";

import { looksSecret, openValues } from "../../../commands/bundle/site-files";

describe("what of a site goes into a bundle", () => {
  it("is a settings file in which everything beside the settings is encrypted, and no other", () => {
    const sealed =
      'config:\n  tappaas-resilience:settings:\n    site: sites/home\n  tappaas-resilience:pbsToken:\n    secure: "v1:abc"\n';
    assert.deepEqual(openValues(sealed), []);
    assert.deepEqual(openValues(`${sealed}  tappaas-resilience:pveApiToken: a@pve!b=c\n`), ["pveApiToken"]);
    assert.deepEqual(openValues(""), []);
  });

  it("is no file that looks like a key or an escrow sheet", () => {
    const { privateKey } = generateKeyPairSync("ed25519", {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const texts = [privateKey, "AGE-SECRET-KEY-1QQ", '{"kdf":null,"data":"…"}', "Whoever holds this sheet and a login"];
    for (const text of texts) assert.equal(looksSecret(Buffer.from(text)), true, text);
    assert.equal(looksSecret(Buffer.from('{"vmid": 140}')), false);
  });
});
