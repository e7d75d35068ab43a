import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { mintKeyFile } from "../../../provider/keys/key-file";
import { CONFIGURATION } from "../../../provider/service/configuration";
import { configuredSite } from "../../../provider/service/configured-site";
import { Secrets } from "../../../provider/service/secrets";

const PBS = { pbsEndpoint: "https://10.0.0.9:8007", pbsToken: "root@pam!adm:a-secret" };

describe("A configured site", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "site-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("reads the key only when it is asked for, and no message shows it from then on", async () => {
    const [keyFile, identityFile] = [join(folder, "key.age"), join(folder, "identity")];
    const { fingerprint } = await mintKeyFile({ keyFile, identityFile });
    const secrets = new Secrets();
    const config = CONFIGURATION.parse({ ...PBS, keyFile, keyIdentityFile: identityFile });
    const site = configuredSite(config, secrets);
    const key = await site.key();
    assert.equal(key.fingerprint, fingerprint);
    const { data } = JSON.parse(key.json) as { data: string };
    assert.equal(secrets.blotted(`PVE said ${key.json} and ${data}`), "PVE said [secret] and [secret]");
  });

  it("serves one side without the other, and names what is missing when it is needed", () => {
    const site = configuredSite(CONFIGURATION.parse(PBS), new Secrets());
    assert.equal(site.pbs().server.endpoint, "https://10.0.0.9:8007");
    assert.throws(() => site.pve(), /expected pveEndpoint and pveApiToken.*pulumi config set resilience:pveEndpoint/);
  });

  it("names the missing key file with the settings to write", async () => {
    const site = configuredSite(CONFIGURATION.parse(PBS), new Secrets());
    await assert.rejects(async () => site.key(), /keyFile and keyIdentityFile/);
  });

  it("trusts a PBS by the system's authorities when no fingerprint is given, and by nothing less", () => {
    const { trust } = configuredSite(CONFIGURATION.parse(PBS), new Secrets()).pbs().server;
    assert.deepEqual(trust, {});
  });
});
