import { strict as assert } from "node:assert";

import { PbsClient } from "../../provider/clients/pbs-client";
import { acl } from "../../provider/objects/acl";
import { create } from "../../provider/objects/life-cycle";
import { remote } from "../../provider/objects/remote";
import { type Site } from "../../provider/objects/site";
import { syncJob } from "../../provider/objects/sync-job";
import { token } from "../../provider/objects/token";
import { user } from "../../provider/objects/user";
import { known } from "../provider/support/test-site";
import { keyFile, order, PbsUnderTest } from "./pbs/support/pbs-under-test";

const TIME = 1_700_000_000;
const GUESTS = ["110", "140"];

describe("the copy at another site, made by the provider", () => {
  let home: PbsUnderTest;
  let vault: PbsUnderTest;
  const clients: PbsClient[] = [];
  const told: string[] = [];

  before(async () => {
    home = await PbsUnderTest.openElsewhere({}, 0);
    vault = await PbsUnderTest.openElsewhere({}, 1);
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await home.close();
    await vault.close();
  });

  /** One side, which knows no login of the other. */
  function siteOf(pbs: PbsUnderTest): Site {
    const [tokenId = "", secret = ""] = pbs.token.split(":");
    const login = { tokenId, secret };
    const client = new PbsClient({ endpoint: pbs.url, trust: { fingerprint: pbs.fingerprint }, login }, [1, 1]);
    clients.push(client);
    return {
      pbs: () => client,
      pve: () => assert.fail("no node is asked"),
      hasPbs: true,
      hasPve: false,
      key: () => assert.fail("no key is needed to copy"),
      adoptions: [],
      acceptances: [],
      reports: false,
      today: () => new Date(),
      progress: () => undefined,
      note: () => undefined,
      tell: (line) => told.push(line),
      pause: 1,
    };
  }

  /** Everything that both sides declare; only the token goes across. */
  async function declare(): Promise<string> {
    const [here, there] = [siteOf(home), siteOf(vault)];
    const reader = { userId: "vault@pbs" };
    await create(user, here, known(reader), false);
    const { outputs } = await create(token, here, known({ ...reader, tokenName: "pull" }), false);
    const [tokenId, secret] = [String(outputs["tokenId"]), String(outputs["secret"])];
    for (const authId of [reader.userId, tokenId]) {
      const right = { path: "/datastore/main/site", role: "DatastoreReader", authId, propagate: true };
      await create(acl, here, known(right), false);
    }
    const { hostname: host } = new URL(home.url);
    const login = { authId: tokenId, password: secret, fingerprint: home.fingerprint };
    await create(remote, there, known({ remote: "home", host, ...login }), false);
    const place = { store: "copies", remote: "home", remoteStore: "main", remoteNamespace: "site" };
    const how = { schedule: "05:00", encryptedOnly: true, removeVanished: false, resyncCorrupt: true };
    await create(syncJob, there, known({ jobId: "home", ...place, ...how }), false);
    return `${tokenId}:${secret}`;
  }

  it("gives each guest back byte for byte with the key and not without it, after home's backup server is gone", async () => {
    await home.createDatastore("main");
    await home.data("POST", "/admin/datastore/main/namespace", { json: { name: "site" } });
    await vault.createDatastore("copies");
    for (const id of GUESTS) await home.client("main", home.token, "site").backup(order(id, TIME, { key: keyFile(7) }));
    const reader = await declare();
    assert.deepEqual(told, []);

    const upid = await vault.data<string>("POST", "/admin/sync/home/run", { json: {} });
    assert.equal(await vault.ended(upid), "OK");

    const asReader = home.client("main", reader, "site");
    await assert.rejects(asReader.forget({ type: "vm", id: "110", time: TIME }), /permission check failed/);
    await assert.rejects(asReader.backup(order("110", TIME + 1)), /missing permissions 'Datastore.Backup'/);
    await assert.rejects(vault.client("copies", reader).list(), /authentication failed/);

    await home.close();
    home = await PbsUnderTest.openElsewhere({}, 0);

    const copies = vault.client("copies");
    for (const id of GUESTS) {
      const snapshot = { type: "vm", id, time: TIME };
      const { images, blobs } = await copies.restore(snapshot, keyFile(7));
      assert.deepEqual(images, order(id, TIME).images);
      assert.deepEqual(blobs, order(id, TIME).blobs);
      await assert.rejects(copies.restore(snapshot), /missing key/);
      await assert.rejects(copies.restore(snapshot, keyFile(8)), /wrong key/);
    }
  });
});
