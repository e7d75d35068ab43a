import { strict as assert } from "node:assert";

import fc from "fast-check";

import { signed } from "../../../commands/drill/signature";
import { isSignedBy } from "../../../commands/guard/verified";
import {
  AT_HOME,
  counts,
  openReturnRecordLine,
  parseReturnRecord,
  RETURN_NAMESPACE,
  returnRecordLine,
  returnRecordText,
  type ReturnRecord,
} from "../../../estate/units/return-record";
import { newPrivateKey } from "../../../lab/ssh/ssh-key";
import { publicKeyOf } from "../../../provider/keys/ssh-public-key";

const AT = "2026-11-27T18:00:00Z";
const UNTIL = "2026-12-27T18:00:00Z";
const HOME: ReturnRecord = { site: "home", serial: 1, at: AT, until: UNTIL, serves: AT_HOME, guests: [] };
const AWAY: ReturnRecord = { ...HOME, serial: 2, until: undefined, serves: "dr-host", guests: [130, 140] };

const records = fc.record({
  site: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
  serial: fc.integer({ min: 1, max: 999_999 }),
  at: fc.constant(AT),
  until: fc.constantFrom(undefined, UNTIL),
  serves: fc.constantFrom(AT_HOME, "dr-host"),
  guests: fc.uniqueArray(fc.integer({ min: 100, max: 999_999_999 })),
});

describe("the record of where a site's guests serve", () => {
  const key = newPrivateKey("site");

  it("is read as it was written", () => {
    fc.assert(
      fc.property(records, (record) => {
        assert.deepEqual(parseReturnRecord(returnRecordText(record)), { ...record });
      }),
    );
  });

  it("is one line that a note and a DNS record can hold, with fifty guests too", () => {
    const text = returnRecordText({ ...AWAY, guests: Array.from({ length: 50 }, (_, index) => 100 + index) });
    const line = returnRecordLine(text, signed(text, key, RETURN_NAMESPACE).signature);
    assert.match(line, /^tr1\.[A-Za-z0-9+/=]+\.[A-Za-z0-9+/=]+$/);
    // Cloudflare's longest content of a TXT record.
    assert.ok(line.length < 2_048, String(line.length));
    assert.equal(openReturnRecordLine(line)?.text, text);
  });

  it("counts only with the signature of the site's own key, made for this and over exactly this text", () => {
    const text = returnRecordText(HOME);
    const { signature } = signed(text, key, RETURN_NAMESPACE);
    const line = openReturnRecordLine(returnRecordLine(text, signature));
    assert.ok(line !== undefined);
    const verdict = (by: string, words: string, made: string) =>
      isSignedBy(publicKeyOf(by), words, made, RETURN_NAMESPACE);
    assert.equal(verdict(key, text, line.signature), true);
    assert.equal(verdict(newPrivateKey("thief"), text, line.signature), false);
    assert.equal(verdict(key, returnRecordText(AWAY), line.signature), false);
    assert.equal(verdict(key, text, signed(text, key, "tappaas-drill").signature), false);
    assert.equal(verdict(key, text, signed(text, newPrivateKey("thief"), RETURN_NAMESPACE).signature), false);
    for (const rubbish of ["", "AAAA", signature.slice(0, 90)]) assert.equal(verdict(key, text, rubbish), false);
  });

  it("is believed for its time when it says home, and until a newer one comes when it says elsewhere", () => {
    const at = (text: string) => new Date(text);
    assert.equal(counts(HOME, at("2026-12-27T17:59:59Z")), true);
    assert.equal(counts(HOME, at("2026-12-27T18:00:00Z")), false);
    assert.equal(counts({ ...HOME, until: undefined }, at(AT)), false);
    assert.equal(counts(AWAY, at("2036-01-01T00:00:00Z")), true);
  });

  it("is none when a field is missing or is something else", () => {
    const text = returnRecordText(AWAY);
    for (const broken of [
      text.replace("serial=2", "serial=0"),
      text.replace("serial=2", "serial=two"),
      text.replace(AT, "yesterday"),
      text.replace("130,140", "130,$(id)"),
      text.replace("site=home\n", ""),
    ])
      assert.equal(parseReturnRecord(broken), undefined, broken);
  });
});
