import { strict as assert } from "node:assert";

import { problemLine, problemsOf, valueOf } from "../../estate/problem";
import { roleOf } from "../../estate/roles";
import { vaultOf } from "../../estate/vault";
import { foreignLogins, parseVaultSettings } from "../../estate/vault-settings";
import { lines } from "./site";
import { writtenVault } from "./vault";

const settingsOf = (changes: object) => valueOf(parseVaultSettings({ ...writtenVault, ...changes }), "settings");
const { home } = writtenVault.sources;
const cabin = { ...home, address: "10.9.0.1", into: { datastore: "cabin-copies", path: "/tankc1/cabin-copies" } };

describe("The settings of a vault", () => {
  it("choose their program by the role, and are a site's where they name none", () => {
    assert.deepEqual([roleOf(writtenVault), roleOf({}), roleOf(undefined)], ["vault", "site", "site"]);
  });

  it("keep copies for as long as a site keeps its own, and let no work of a source meet another", () => {
    const { findings, sources } = valueOf(vaultOf(settingsOf({})), "vault");
    assert.deepEqual(findings, []);
    const [{ schedule, pruneSchedule, garbageCollection, verifySchedule } = {}] = sources;
    assert.deepEqual(
      [schedule, pruneSchedule, garbageCollection, verifySchedule],
      ["05:00", "10:00", "11:00", "13:00"],
    );
  });

  it("name work that would prune or reread while copies come in", () => {
    const { findings } = valueOf(
      vaultOf(settingsOf({ sources: { home: { ...home, pruneSchedule: "05:30" } } })),
      "vault",
    );
    assert.match(findings[0]?.advice ?? "", /pruning starts at 05:30 .* while fetching from home/);
  });

  describe("whose copies lie in a bucket", () => {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: "copies", accessKey: "AKIA1" };
    const inBucket = (more: object, source: object = {}) => {
      const into = { datastore: "home-copies", path: "/cache/home", bucket, ...more };
      return vaultOf(settingsOf({ sources: { home: { ...home, into, ...source } } }));
    };
    const said = (parsed: ReturnType<typeof vaultOf>) => problemsOf(parsed).map(problemLine).join("\n");

    it("have no quota and no snapshots, which are those of a disk, and say what there is instead", () => {
      assert.equal(inBucket({}).ok, true);
      const wrong = said(inBucket({ quota: "2 TiB", snapshotDays: 14 }));
      assert.match(wrong, /into\.quota: expected copies on a ZFS dataset, and these lie in a bucket/);
      assert.match(wrong, /into\.snapshotDays: [^\n]*a bucket keeps old versions instead of snapshots/);
    });

    it("say of a bucket only what there is one for", () => {
      const into = { ...home.into, mode: "ordinary", undeleteDays: 14, reattach: "vault", formerKey: "AKIA0" };
      const wrong = said(vaultOf(settingsOf({ sources: { home: { ...home, into } } })));
      for (const field of ["mode", "undeleteDays", "reattach", "formerKey"])
        assert.match(wrong, new RegExp(`into\\.${field}: expected a bucket beside it`));
    });

    it("watch no limit where nothing counts what they take, and are told to clean from outside there", () => {
      assert.match(
        said(inBucket({ mode: "append-only" }, { limit: "1 TiB" })),
        /home\.limit: expected garbage collection/,
      );
      assert.equal(inBucket({}, { limit: "1 TiB" }).ok, true);
      const { findings } = valueOf(inBucket({ mode: "append-only" }, { pruneSchedule: "05:30" }), "vault");
      assert.deepEqual(
        findings.map(({ path }) => path),
        ["sources.home.into.mode"],
      );
      assert.match(findings[0]!.advice, /make s3-clean/);
    });
  });

  it("are refused when the copy would lie on the server that it is a copy of", () => {
    const own = { home: { ...home, address: writtenVault.backupServer.address } };
    const [problem] = problemsOf(vaultOf(settingsOf({ sources: own })));
    assert.match(problemLine(problem!), /sources.home.address: expected the server of another place/);
  });

  it("are refused when two sources share a datastore, so that one full disk would end the copies of both", () => {
    const shared = { home, cabin: { ...cabin, into: home.into } };
    const paths = problemsOf(vaultOf(settingsOf({ sources: shared }))).map(({ path }) => path);
    assert.deepEqual(paths, ["sources.home.into.datastore", "sources.home.into.path"]);
    assert.equal(vaultOf(settingsOf({ sources: { home, cabin } })).ok, true);
  });

  it("name every key that is missing, unknown or malformed, all at once", () => {
    const wrong = { ...writtenVault, nodes: {}, sources: { Home: home, cabin: { ...cabin, authId: "vault@pbs" } } };
    const said = lines(parseVaultSettings(wrong)).join("\n");
    for (const part of ["nodes", "Home", 'a token such as "vault@pbs!pull"']) assert.ok(said.includes(part), said);
    assert.match(lines(parseVaultSettings({ ...writtenVault, sources: {} })).join(), /at least one site to fetch from/);
  });

  describe("which holds the copies of a site that is gone", () => {
    const bucket = { endpoint: "s3.example.org", region: "eu-central-1", name: "copies", accessKey: "AKIA2" };
    const gone = { datastore: "s3-copies", path: "/vault/gone", bucket, reattach: "backup", formerKey: "AKIA1" };
    const holding = (holds: object, sources: object = {}) => vaultOf(settingsOf({ holds, sources }));
    const said = (parsed: ReturnType<typeof vaultOf>) => problemsOf(parsed).map(problemLine).join("\n");

    it("needs nobody to fetch from, and keeps something at least", () => {
      const { holds, sources, findings } = valueOf(holding({ gone }), "vault");
      assert.deepEqual([holds.map(({ name }) => name), sources, findings], [["gone"], [], []]);
      const empty = problemsOf(parseVaultSettings({ ...writtenVault, sources: {} }))
        .map(problemLine)
        .join();
      assert.match(
        empty,
        /sources: expected at least one site to fetch from, or copies of one that is gone under holds/,
      );
    });

    it("says whose datastore it takes up, and gives each a place of its own", () => {
      const parsed = parseVaultSettings({ ...writtenVault, holds: { gone: { ...gone, reattach: undefined } } });
      assert.match(problemsOf(parsed).map(problemLine).join(), /holds\.gone\.reattach: expected/);
      const wrong = said(holding({ gone, other: { ...gone, path: "/vault/other" } }));
      assert.match(
        wrong,
        /holds\.other\.datastore: expected a datastore of its own, and s3-copies is that of holds\.gone/,
      );
      assert.match(
        said(holding({ home: { ...gone, path: home.into.path } }, { home })),
        /holds\.home: expected a name that no source has[\s\S]*holds\.home\.path: expected a path of its own/,
      );
    });
  });
});

describe("The stack of a site", () => {
  it("may hold the login that reads a peer whose copies it keeps, and no other of that kind", () => {
    assert.deepEqual(foreignLogins(["bobReader", "homeReader", "peerReader"], ["bob", "peer"]), ["homeReader"]);
  });

  it("holds no login for another place: each that is called so is named", () => {
    const keys = ["settings", "pveApiToken", "pbsToken", "sshPrivateKey", "alertAddress", "pbsObserveToken"];
    assert.deepEqual(foreignLogins(keys), []);
    assert.deepEqual(foreignLogins([...keys, "homeReader", "vaultToken", "offsitePbsToken"]), [
      "homeReader",
      "vaultToken",
      "offsitePbsToken",
    ]);
  });
});
