import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import encodeQR from "qr";
import decodeQR from "qr/decode.js";

import { readsFromPaper, recordCheck } from "../../../commands/key/check";
import { masterKeyParts, sheetPage } from "../../../commands/key/sheet-page";
import { mintBackupKey } from "../../../provider/keys/backup-key";
import { type Escrow } from "../../../provider/keys/escrow";
import { groupLines, keyGroups } from "../../../provider/keys/key-groups";

const key = mintBackupKey();
const SHEET: Escrow = {
  site: "home <&>",
  date: "2026-11-21",
  address: "10.0.0.12",
  port: 8007,
  tlsFingerprint: undefined,
  datastore: "tappaas_backup",
  namespace: "",
  key,
};

describe("the escrow sheet as a page", () => {
  const page = sheetPage(SHEET);

  it("holds the key as a picture that reads back as just that key", () => {
    const modules = encodeQR(key.json, "raw", { ecc: "quartile" });
    const scale = 4;
    const width = modules.length * scale;
    const data = new Uint8Array(width * width * 4);
    for (let y = 0; y < width; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const dark = modules[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true;
        data.set([dark ? 0 : 255, dark ? 0 : 255, dark ? 0 : 255, 255], (y * width + x) * 4);
      }
    }
    assert.equal(decodeQR({ width, height: width, data }), key.json);
    assert.ok(page.includes(encodeQR(key.json, "svg", { ecc: "quartile" })));
  });

  it("holds the key as lines to be typed, and its fingerprint", () => {
    for (const line of groupLines(key)) assert.ok(page.includes(line.slice(3)));
    assert.ok(page.includes(key.fingerprint.slice(0, 47)));
  });

  it("holds the locked master key as pictures, which put together are the key", () => {
    const masterKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${"MIIJ".repeat(830)}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    const parts = masterKeyParts(masterKey);
    const own = sheetPage({ ...SHEET, masterKey });
    assert.equal(parts.join(""), masterKey);
    assert.equal(parts.length, 4);
    for (const part of parts) assert.ok(own.includes(encodeQR(part, "svg", { ecc: "medium" })));
    assert.ok(own.includes("locked with a passphrase that is not on this sheet"));
  });

  it("loads nothing from elsewhere, and lets no name break out of its place", () => {
    assert.doesNotMatch(page, /<(?:script|link|img|iframe)|url\(|src=/);
    assert.ok(page.includes("home &lt;&amp;&gt;") && !page.includes("home <&>"));
  });
});

describe("a look at a sheet", () => {
  const groups = keyGroups(key);
  const answering = (change: (group: string, index: number) => string) => (question: string) => {
    const [, line = "", place = ""] = /Line (\d), group (\d)/.exec(question) ?? [];
    const index = (Number(line) - 1) * 4 + Number(place) - 1;
    return Promise.resolve(change(groups[index] ?? "", index));
  };

  it("counts when four groups are read from the paper, in any case and with blanks", async () => {
    assert.equal(
      await readsFromPaper(
        key,
        answering((group) => ` ${group.toUpperCase()} `),
      ),
      true,
    );
  });

  it("does not count when one of them is wrong, and does not say which", async () => {
    let asked = 0;
    const wrong = answering((group, index) => {
      asked += 1;
      return index === 5 ? "0000" : group;
    });
    assert.equal(await readsFromPaper(key, wrong, () => [1, 5, 9, 14]), groups[5] === "0000");
    assert.equal(asked, 4);
  });

  it("is written down with who, where and when, and nothing of the key", () => {
    const folder = mkdtempSync(join(tmpdir(), "escrow-"));
    recordCheck(folder, key, { who: "my sister", where: "her safe" }, "2026-06-01");
    recordCheck(folder, key, { who: "the bank", where: "box 7" }, "2026-06-02");
    const { places } = recordCheck(folder, key, { who: "my sister", where: "her safe" }, "2026-11-21");
    assert.deepEqual(places, [
      { who: "the bank", where: "box 7", checked: "2026-06-02" },
      { who: "my sister", where: "her safe", checked: "2026-11-21" },
    ]);
    const written = readFileSync(join(folder, "escrow.json"), "utf8");
    for (const group of groups) assert.ok(!new RegExp(`\\b${group}\\b`).test(written));
    rmSync(folder, { recursive: true });
  });
});
