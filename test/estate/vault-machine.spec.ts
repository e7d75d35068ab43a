import { strict as assert } from "node:assert";

import { problemLine, problemsOf, valueOf } from "../../estate/problem";
import { vaultOf } from "../../estate/vault";
import { parseVaultSettings } from "../../estate/vault-settings";
import { writtenVault } from "./vault";

const { backupServer, sources, ...rest } = writtenVault;
const machine = { region: "eu-central-1", publicKey: "ssh-ed25519 AAAA me" };
const withQuota = { home: { ...sources.home, into: { ...sources.home.into, quota: "800 GiB" } } };

const parsed = (settings: object) => vaultOf(valueOf(parseVaultSettings({ ...rest, ...settings }), "settings"));
const vault = (settings: object) => valueOf(parsed(settings), "vault");
const problems = (settings: object) => {
  const found = parsed(settings);
  return found.ok ? [] : found.problems.map(({ path }) => path);
};

describe("a vault whose machine is made", () => {
  it("gets a disk for the quotas of all sources with what ZFS wants free, unless one is said", () => {
    assert.equal(vault({ machine, sources: withQuota }).machine?.disk, "1000 GiB");
    assert.equal(vault({ machine: { ...machine, disk: "2 TiB" }, sources }).machine?.disk, "2 TiB");
    assert.deepEqual(problems({ machine, sources }), ["machine.disk"]);
  });

  it("has room for the cache of a bucket, and none for what lies in it", () => {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: "copies", accessKey: "AK1" };
    const inBucket = { home: { ...sources.home, into: { datastore: "home-copies", path: "/vault/cache", bucket } } };
    assert.equal(vault({ machine, sources: inBucket }).machine?.disk, "160 GiB");
    const gone = { datastore: "s3-copies", path: "/vault/gone", bucket, reattach: "backup" };
    assert.equal(vault({ machine, sources: {}, holds: { gone } }).machine?.disk, "160 GiB");
    assert.equal(vault({ machine, sources: inBucket, holds: { gone } }).machine?.disk, "320 GiB");
  });

  it("lies in the region's first zone unless another one is said, and opens only ports that links are dialled at", () => {
    assert.equal(vault({ machine, sources: withQuota }).machine?.zone, "eu-central-1a");
    assert.deepEqual(vault({ machine, sources: withQuota }).machine?.dialled, []);
    assert.deepEqual(vault({ machine, sources: withQuota }).machine?.letIn, []);
    const wide = parseVaultSettings({ ...rest, machine: { ...machine, letIn: ["0.0.0.0/0"] }, sources });
    assert.match(problemsOf(wide).map(problemLine).join(), /machine\.letIn\[0\]: expected an address such as/);
  });

  it("says what is to be done next as long as nobody has enrolled it, and fetches nothing", () => {
    const { server, findings } = vault({ machine, sources: withQuota });
    assert.equal(server, undefined);
    assert.match(findings.map(({ advice }) => advice).join("\n"), /make enrol PBS=/);
    const ssh = {
      host: "127.0.0.1",
      port: 2222,
      hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    const enrolled = vault({ machine, sources: withQuota, backupServer: { ...backupServer, ssh } });
    assert.doesNotMatch(enrolled.findings.map(({ advice }) => advice).join("\n"), /make enrol/);
  });

  it("is refused with neither a server nor a machine", () => {
    assert.deepEqual(problems({ sources }), ["backupServer"]);
  });
});
