import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pinCertificate, type CertificateOrder } from "../../../commands/enrol/typed-certificate";
import { SettingsFile } from "../../../commands/settings-file";
import { parseToken } from "../../../provider/clients/login";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

describe("a backup server that is known by its certificate alone, without SSH", () => {
  let shell: ShellSite;
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const file = join(folder, "Pulumi.home.yaml");
  const server = () => shell.site.sheet.content.pbs["backup"]!;
  const other = () => server().fingerprint.replace(/^../, (pair) => (pair === "00" ? "11" : "00"));
  const written = () => new SettingsFile(file).get("backupServer");

  const pin = (typed: string, changes: Partial<CertificateOrder> = {}) =>
    pinCertificate({
      ...{ host: server().address, port: 8007, settings: new SettingsFile(file), dryRun: false },
      ...{ typed: () => Promise.resolve(typed), say: () => undefined },
      ...changes,
    });

  before(async () => {
    shell = await ShellSite.start(prefixOf(90));
    writeFileSync(file, "config:\n  tappaas-resilience:settings:\n    site: sites/home\n");
  });
  after(async () => {
    await shell.stop();
    rmSync(folder, { recursive: true });
  });

  it("is not written where the network shows another one than was read on it, nor is a login sent", async () => {
    await assert.rejects(
      pin(other()),
      /expected a certificate with fingerprint .*, got .*No login was sent\. Nothing was changed/,
    );
    await assert.rejects(pin("0e:ab"), /"0e:ab" is no SHA-256 fingerprint; nothing was changed/);
    assert.equal(written(), undefined);
  });

  it("is written once it was typed and is the same, however it was typed", async () => {
    const spaced = server().fingerprint.toUpperCase().replaceAll(":", " ");
    assert.deepEqual(await pin(spaced, { dryRun: true }), { fingerprint: server().fingerprint, done: false });
    assert.equal(written(), undefined);
    assert.deepEqual(await pin(spaced), { fingerprint: server().fingerprint, done: true });
    assert.deepEqual(written(), { address: server().address, fingerprint: server().fingerprint });
  });

  it("changes nothing when it is typed again, and never turns to another server", async () => {
    const before = readFileSync(file, "utf8");
    await pin(server().fingerprint);
    await assert.rejects(
      pin(server().fingerprint, { host: "10.0.0.99" }),
      /names the backup server .*, not 10\.0\.0\.99/,
    );
    assert.equal(readFileSync(file, "utf8"), before);
  });

  it("is compared by every connection from then on, before a login is sent", async () => {
    const { api: endpoint, logins } = server();
    const login = parseToken(`${logins.token.id}:${logins.token.secret}`, "PBS");
    const fingerprint = String(new SettingsFile(file).get("backupServer", "fingerprint"));
    for (const [pinned, answers] of [
      [fingerprint, true],
      [other(), false],
    ] as const) {
      const pbs = new PbsClient({ endpoint, trust: { fingerprint: pinned }, login });
      if (answers) assert.ok((await pbs.users()).length > 0);
      else await assert.rejects(pbs.users(), /expected a certificate with fingerprint.*No login was sent/);
      await pbs.close();
    }
  });
});
