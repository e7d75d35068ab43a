import { strict as assert } from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";

import { releasedState, stateOfRelease, withMintedSecrets, type ExportedState } from "../../../tools/releases/state";

const SIGNATURE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const RELEASES = join(__dirname, "../../engine/releases");

/** A state with one login in the open, one inside a secret, and one that the stack made for itself. */
function stateWith(address: string, login: string, minted: string): ExportedState {
  const connection = { host: address, privateKey: login };
  const resources = [
    { urn: "urn:a", type: "command:remote:Command", inputs: { connection: secret(connection) }, created: "2026-11-25" },
    { urn: "urn:b", type: "resilience:pbs:Token", outputs: { secret: secret(minted), tokenId: "tappaas@pbs!pve" } },
  ];
  return { version: 3, deployment: { resources } };
}

function secret(value: unknown) {
  return { ...SIGNATURE, plaintext: JSON.stringify(value) };
}

/** Words that cannot be part of one another or of the state around them. */
const word = fc.stringMatching(/^[a-z]{12}$/);
const words = fc.tuple(word, word, word).filter((all) => new Set(all).size === all.length);

describe("the state that a release leaves for later programs to be tried on", () => {
  it("holds no address and no secret of the lab that it came from", () => {
    fc.assert(
      fc.property(words, ([address, login, minted]) => {
        const values = new Map([
          ["node.address", address],
          ["node.privateKey", login],
        ]);
        const text = JSON.stringify(releasedState("1.0.0", stateWith(address, login, minted), values));
        for (const value of [address, login, minted]) assert.ok(!text.includes(value), value);
      }),
    );
  });

  it("comes back on another lab with that lab's addresses and secrets", () => {
    fc.assert(
      fc.property(words, words, ([address, login, minted], [address2, login2, minted2]) => {
        const named = (host: string, key: string) =>
          new Map([
            ["node.address", host],
            ["node.privateKey", key],
          ]);
        const released = releasedState("1.0.0", stateWith(address, login, minted), named(address, login));
        const other = stateWith(address2, login2, minted2);
        const back = stateOfRelease(released, withMintedSecrets(other, named(address2, login2)));
        const wanted = other.deployment.resources.map((resource) =>
          Object.fromEntries(Object.entries(resource).filter(([field]) => field !== "created")),
        );
        assert.deepEqual(back.deployment.resources, wanted);
      }),
    );
  });

  it("is not written while a key would stand in it", () => {
    const state = stateWith("10.0.0.10", "-----BEGIN PRIVATE KEY-----", "minted-secret");
    assert.throws(() => releasedState("1.0.0", state, new Map()), /A secret would remain in urn:a/);
  });

  for (const release of readdirSync(RELEASES)) {
    it(`holds nothing of a real or a lab login in ${release}`, () => {
      for (const file of readdirSync(join(RELEASES, release))) {
        const text = readFileSync(join(RELEASES, release, file), "utf8");
        assert.doesNotMatch(text, /PRIVATE KEY|SECRET-KEY|"ciphertext"|127\.\d+\.\d+\.\d+|![\w.-]+[=:][0-9a-f]{8}-/);
      }
    });
  }
});
