import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";

import { fingerprintOfBytes } from "../../../estate/units/fingerprint";
import { KeyError, mintBackupKey } from "../../../provider/keys/backup-key";
import { escrowText, readEscrow, writeEscrow, type Escrow } from "../../../provider/keys/escrow";
import { FileExists } from "../../../provider/keys/private-file";

const escrow: Escrow = {
  site: "single-node",
  date: "2026-11-21",
  address: "backup.mgmt.internal",
  port: 8007,
  tlsFingerprint: fingerprintOfBytes(new Uint8Array(32).fill(0xab)),
  datastore: "tappaas_backup",
  namespace: "",
  key: mintBackupKey(new Date("2026-11-21T21:00:00Z")),
};

const anyEscrow: fc.Arbitrary<Escrow> = fc.record({
  site: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
  date: fc.constant("2026-11-21"),
  address: fc.constantFrom("10.0.0.12", "backup.mgmt.internal", "2001:db8::7"),
  port: fc.integer({ min: 1, max: 65_535 }),
  tlsFingerprint: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(fingerprintOfBytes), {
    nil: undefined,
  }),
  datastore: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/),
  namespace: fc.constantFrom("", "remote/oak"),
  key: fc.constant(escrow.key),
});

const PEM_BODY = Array.from({ length: 52 }, (_, line) => "MIIJ".repeat(15) + String(line).padStart(4, "0")).join("\n");
const MASTER = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${PEM_BODY}\n-----END ENCRYPTED PRIVATE KEY-----\n`;

describe("an escrow sheet", () => {
  it("gives back all that was written on it", () => {
    fc.assert(
      fc.property(anyEscrow, (sheet) => {
        assert.deepEqual(readEscrow(escrowText(sheet)), { ...sheet });
      }),
    );
  });

  it("gives back the locked master key, also from an indented copy, and says how it is used", () => {
    const text = escrowText({ ...escrow, masterKey: MASTER, namespace: "remote/oak" });
    const copied = text.split("\n").map((line) => `   ${line}`);
    assert.deepEqual(readEscrow(copied.join("\r\n")), { ...escrow, masterKey: MASTER, namespace: "remote/oak" });
    assert.match(text, /rsa-encrypted\.key locked-key --ns remote\/oak\n.*import-with-master-key/);
    assert.doesNotMatch(escrowText(escrow), /MASTER/);
  });

  it("survives a copy with other line ends, indentation and a key broken over lines", () => {
    const half = escrow.key.json.length / 2;
    const broken = `${escrow.key.json.slice(0, half)}\n  ${escrow.key.json.slice(half)}`;
    const text = escrowText(escrow).replace(escrow.key.json, broken);
    const copied = text.split("\n").map((line) => `> ${line}`.replace("> ", "  "));

    assert.deepEqual(readEscrow(copied.join("\r\n")), escrow);
  });

  it("holds the key as PBS' own paper copy does, so that Proxmox alone can read it", () => {
    const between = /-----BEGIN PROXMOX BACKUP KEY-----\n(.*)\n-----END PROXMOX BACKUP KEY-----/.exec(
      escrowText(escrow),
    );

    assert.equal(between?.[1], escrow.key.json);
  });

  it("says how to read a backup without this library, at this server, in this namespace", () => {
    const text = escrowText({ ...escrow, address: "2001:db8::7", namespace: "remote/oak" });

    assert.match(text, /PBS_REPOSITORY='<user>@pbs@\[2001:db8::7\]:8007:tappaas_backup'/);
    assert.match(text, /PBS_FINGERPRINT='ab:ab:/);
    assert.match(text, /proxmox-backup-client restore .* --keyfile backup-key\.json --ns remote\/oak/);
    assert.match(text, /--namespace remote\/oak/);
  });

  it("fits on paper: no line but the key is wider than 125 characters", () => {
    const wide = escrowText(escrow)
      .split("\n")
      .filter((line) => line.length > 125);

    assert.deepEqual(wide, [escrow.key.json]);
  });

  it("with a key that is not the one it names is refused, and no error shows the key", () => {
    const other = mintBackupKey().json;
    const text = escrowText(escrow);
    const { data } = JSON.parse(other) as { data: string };
    const sheets = [
      text.replace(escrow.key.json, other),
      text.replace(escrow.key.json, other.slice(0, -20)),
      text.replace("-----END", "----END"),
      text.replace(/^Server port:.*$/m, ""),
      text.replace(/^Server port:.*$/m, "Server port: none"),
      text.replace(/^Key fingerprint:.*$/m, "Key fingerprint: 0e:ab"),
      "",
    ];
    for (const sheet of sheets) {
      assert.throws(
        () => readEscrow(sheet),
        (error) => error instanceof KeyError && !error.message.includes(data.slice(0, 8)),
      );
    }
  });

  it("is written for its owner alone, and never over an older one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "escrow-"));
    const path = join(folder, "escrow.txt");
    await writeEscrow(path, escrow);

    assert.equal((await stat(path)).mode & 0o777, 0o600);
    await assert.rejects(writeEscrow(path, { ...escrow, date: "2027-01-01" }), FileExists);
    assert.deepEqual(readEscrow(await readFile(path, "utf8")), escrow);
    await rm(folder, { recursive: true });
  });
});
