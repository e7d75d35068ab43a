import { strict as assert } from "node:assert";

import { copyAlarms, fetchAlarms, type SeenCopies } from "../../../commands/watch/copies";
import { copySourcesOf } from "../../../estate/copy-source-settings";
import { offsiteCopiesOf } from "../../../estate/offsite-settings";
import { parseVaultSettings } from "../../../estate/vault-settings";
import { valueOf } from "../../../estate/problem";
import { settingsWith } from "../../estate/site";
import { writtenVault } from "../../estate/vault";

const NOW = new Date("2026-11-21T14:00:00Z");
const ago = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const GIB = 1024 ** 3;
const well: SeenCopies = { state: "OK", ended: ago(8), newest: ago(17), bytes: GIB };

function said(seen: Partial<SeenCopies>, changes: object = {}): string {
  const home = { ...writtenVault.sources.home, ...changes };
  const { sources } = valueOf(parseVaultSettings({ ...writtenVault, sources: { home } }), "settings");
  const alarms = copyAlarms(copySourcesOf(sources), { home: { ...well, ...seen } }, NOW);
  return alarms.map(({ what, text }) => `${what}: ${text}`).join("\n");
}

describe("What a watch finds of copies", () => {
  it("is nothing while they come in every night", () => {
    assert.equal(said({}), "");
    assert.equal(said({ state: "WARNINGS: 2" }), "");
  });

  it("is that none was ever fetched, that the last run failed, and that none has run for long", () => {
    assert.match(said({ state: undefined, ended: undefined }), /copies of home: none was ever fetched/);
    assert.match(
      said({ state: "sync failed with some errors." }),
      /the last run failed: sync failed .* login still counts/,
    );
    assert.match(said({ ended: ago(27) }), /the last run ended 27 hours ago/);
  });

  it("is that runs end well and bring nothing new, because the other side's backups ended or lie open", () => {
    assert.match(said({ newest: undefined }), /bring nothing; .* may lie open/);
    assert.match(said({ newest: ago(51) }), /newest was backed up 51 hours ago/);
    assert.equal(said({ newest: ago(49) }), "");
  });

  it("is that they take more than they may, and that nothing stops them", () => {
    assert.equal(said({ bytes: 8 * GIB }, { limit: "10 GiB" }), "");
    assert.match(said({ bytes: 9 * GIB }, { limit: "10 GiB" }), /90 % of the 10 GiB that they may;/);
    assert.match(said({ bytes: 11 * GIB }, { limit: "10 GiB" }), /110 % .* nothing stops them/);
  });

  it("is that the server could not be asked, and never silence about it", () => {
    const { sources } = valueOf(parseVaultSettings(writtenVault), "settings");
    assert.match(copyAlarms(copySourcesOf(sources), undefined, NOW)[0]?.text ?? "", /did not say whether they come in/);
    assert.match(copyAlarms(copySourcesOf(sources), {}, NOW)[0]?.text ?? "", /no job fetches them/);
    assert.deepEqual(copyAlarms([], undefined, NOW), []);
  });

  it("is a copy elsewhere that nobody fetched for long, which home sees by who read from it", () => {
    const offsite = { vault: { kind: "vault", place: "my sister's house", reader: "vault@pbs" } };
    const copies = offsiteCopiesOf(settingsWith({ backup: { readers: ["vault@pbs"] }, offsite }));
    assert.deepEqual(fetchAlarms(copies, { "vault@pbs": ago(25) }, NOW), []);
    assert.match(
      fetchAlarms(copies, { "vault@pbs": ago(27) }, NOW)[0]?.text ?? "",
      /vault at my sister's house has fetched nothing for 27 hours/,
    );
    assert.match(fetchAlarms(copies, { "other@pbs": ago(1) }, NOW)[0]?.text ?? "", /nothing in the last 31 days/);
    assert.deepEqual(fetchAlarms(copies, undefined, NOW), []);
  });
});
