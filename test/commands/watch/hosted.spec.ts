import { strict as assert } from "node:assert";

import { hostedAlarms, type SeenReceiver } from "../../../commands/watch/hosted";
import { hostedOf } from "../../../estate/hosted-settings";
import { settingsWith } from "../../estate/site";

const NOW = new Date("2026-11-21T14:00:00Z");
const ago = (days: number) => new Date(NOW.getTime() - 17 * 3_600_000 - days * 86_400_000);
const days = (...of: number[]) => ({ fault: undefined, times: { "vm/140": of.map(ago) } });
const provider = { place: "a provider", address: "backup.example.org", datastore: "mine", authId: "me@pbs!push" };

function said(seen: SeenReceiver | string, changes: object = {}): string {
  const receivers = hostedOf(
    settingsWith({ hosted: { provider: { ...provider, lookedAt: "2026-11-01", ...changes } } }),
  );
  return hostedAlarms(receivers, { provider: seen }, NOW)
    .map(({ what, text }) => `${what}: ${text}`)
    .join("\n");
}

describe("What a watch finds at a server to which backups are sent", () => {
  it("is nothing while every night is there and the login may not delete", () => {
    assert.equal(said(days(0, 1, 2, 3, 4, 5, 6, 7, 14, 21)), "");
    assert.equal(said(days(0, 1)), "");
  });

  it("is a login that may delete there", () => {
    assert.match(said({ ...days(0), fault: "me@pbs!push may delete there" }), /may delete there; let its owner take/);
  });

  it("is that nothing came, that the newest is old, and that days are missing that its owner says to keep", () => {
    assert.match(said({ fault: undefined, times: {} }), /nothing of this site is there/);
    assert.match(said(days(3)), /newest was backed up 89 hours ago/);
    assert.match(said(days(0, 1, 6)), /days are missing .* of vm\/140: it keeps less than 7 days/);
    assert.equal(said(days(0, 1, 6), { retention: { keepDaily: 2 } }), "");
  });

  it("is a backup dated ahead there, which keeps later ones out, and does not hide that nothing came", () => {
    const far = new Date("2096-01-01T00:00:00Z");
    const found = said({ fault: undefined, times: { "vm/140": [ago(3), far] } }, { retention: { keepDaily: 1 } });
    assert.match(found, /vm\/140 in provider: it has a backup dated 2096-01-01/);
    assert.match(found, /newest was backed up 89 hours ago/);
  });

  it("is that it did not answer, and that nobody has looked for a year", () => {
    assert.match(said("no answer"), /could not be asked: no answer/);
    assert.match(said(days(0), { lookedAt: "2025-11-01" }), /nobody has looked since 2025-11-01/);
  });
});
