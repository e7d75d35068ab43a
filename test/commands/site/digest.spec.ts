import { strict as assert } from "node:assert";

import fc from "fast-check";

import { type StateResource } from "../../../commands/engine/state";
import { digestDifferences, digestOf } from "../../../commands/site/digest";

const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:abc" };

function resource(name: string, inputs: Record<string, unknown>, custom = true): StateResource {
  const urn = `urn:pulumi:home::p::a:b:C::${name}`;
  return { urn, type: "a:b:C", custom, protect: false, retained: false, inputs, outputs: {} };
}

describe("the digest of a state", () => {
  it("holds no secret, nor anything that is made from one", () => {
    const inputs = { password: SECRET, connection: { nested: [{ deep: SECRET }] }, open: "value" };
    const digest = digestOf([resource("a", inputs)], {});
    assert.deepEqual(Object.keys(digest.resources["urn:pulumi:home::p::a:b:C::a"] ?? {}), ["open"]);
  });

  it("holds no value either, only hashes", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[g-z]{8,20}$/), (value) => {
        assert.ok(!JSON.stringify(digestOf([resource("a", { field: value })], {})).includes(value));
      }),
    );
  });

  it("is the same for a stand-in at other addresses", () => {
    const at = (address: string) => ({
      inputs: { server: address, endpoint: `https://${address}:8007`, list: [address] },
      settings: { backupServer: { address } },
    });
    const [one, other] = [at("10.0.0.12"), at("127.0.48.30")];
    assert.deepEqual(
      digestOf([resource("a", one.inputs)], one.settings),
      digestOf([resource("a", other.inputs)], other.settings),
    );
  });

  it("does not depend on the order of resources or of fields", () => {
    const [a, b] = [resource("a", { x: "one", y: { p: 1, q: 2 } }), resource("b", { z: true })];
    const turned = resource("a", { y: { q: 2, p: 1 }, x: "one" });
    assert.deepEqual(digestOf([a, b], {}), digestOf([b, turned], {}));
  });

  it("says of two that differ where, and of equal ones nothing", () => {
    const one = digestOf([resource("a", { x: "one", y: "same" }), resource("gone", {})], {});
    const other = digestOf([resource("a", { x: "two", y: "same" }), resource("new", {})], {});
    assert.deepEqual(digestDifferences(one, one), []);
    assert.deepEqual(digestDifferences(one, other), [
      "a:b:C a: another x",
      "a:b:C gone: the last run left it, the stand-in does not have it",
      "a:b:C new: only the stand-in has it",
    ]);
  });

  it("leaves components out, which stand for nothing", () => {
    assert.deepEqual(digestOf([resource("a", {}, false)], {}).resources, {});
  });
});
