import { strict as assert } from "node:assert";

import { ApiError, NotPermitted, Unreachable, Untrusted } from "../../../provider/clients/api-error";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { PveClient } from "../../../provider/clients/pve-client";
import { freshCertificate } from "../support/certificate";
import { Refused } from "../support/fake-server";
import { eachOnItsOwnSite } from "../support/test-site";

const LOGIN = { tokenId: "root@pam!adm", secret: "never-to-be-seen" };

describe("HTTPS to PVE and PBS", () => {
  const own = eachOnItsOwnSite();
  const opened: { close(): Promise<void> }[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((client) => client.close())));

  function pbs(trust: { fingerprint: string } | Record<string, never>): PbsClient {
    const client = new PbsClient({ endpoint: own.at.pbs.server.endpoint, trust, login: LOGIN }, [1, 1]);
    opened.push(client);
    return client;
  }

  it("sends no login to a PBS with another certificate, and says which one it showed", async () => {
    const stranger = freshCertificate().fingerprint;
    await assert.rejects(pbs({ fingerprint: stranger }).datastores(), (error: Error) => {
      assert.ok(error instanceof Untrusted);
      assert.ok(error.message.includes(own.at.pbs.server.certificate.fingerprint));
      return true;
    });
    assert.deepEqual(own.at.pbs.server.seen, []);
  });

  it("sends no login to a PBS that no authority vouches for when no fingerprint was given", async () => {
    await assert.rejects(pbs({}).datastores(), Untrusted);
    assert.deepEqual(own.at.pbs.server.seen, []);
  });

  it("sends no login to a PVE whose certificate another authority signed", async () => {
    const { endpoint } = own.at.pve.server;
    const authority = freshCertificate().authority;
    const client = new PveClient({ endpoint, trust: { authority }, login: LOGIN }, []);
    opened.push(client);
    await assert.rejects(client.storages(), Untrusted);
    assert.deepEqual(own.at.pve.server.seen, []);
  });

  it("accepts a fingerprint in capitals and without colons", async () => {
    const { fingerprint } = own.at.pbs.server.certificate;
    assert.deepEqual(await pbs({ fingerprint: fingerprint.toUpperCase().replaceAll(":", "") }).pruneJobs(), []);
  });

  it("asks again after a cut when it only reads, or writes the same content", async () => {
    own.at.pbs.server.cutAfterWork.add("GET /config/prune").add("PUT /access/acl");
    const client = pbs({ fingerprint: own.at.pbs.server.certificate.fingerprint });
    await client.pruneJobs();
    await client.grant("/datastore/main", "DatastoreBackup", "a@pbs", true);
    assert.equal(own.at.pbs.server.seen.length, 4);
    assert.equal(own.at.pbs.acl.length, 1);
  });

  it("never repeats a creation by itself after a cut", async () => {
    own.at.pbs.server.cutAfterWork.add("POST /config/prune");
    const client = pbs({ fingerprint: own.at.pbs.server.certificate.fingerprint });
    await assert.rejects(
      client.createPruneJob({ id: "nightly", store: "main", schedule: "daily" }),
      (error) => error instanceof Unreachable && error.mayBeDone,
    );
    assert.equal(own.at.pbs.server.seen.length, 1);
  });

  it("takes PBS's 400 for a daemon that is down as a fault to retry, not as an answer", async () => {
    own.at.pbs.server.refusals.set("GET /config/prune", new Refused(400, "client error (Connect)"));
    const client = pbs({ fingerprint: own.at.pbs.server.certificate.fingerprint });
    await assert.rejects(client.pruneJobs(), Unreachable);
    assert.equal(own.at.pbs.server.seen.length, 3);
  });

  it("says who was asked what, what came and what to do, and never shows the login", async () => {
    own.at.pbs.server.refusals.set("GET /config/prune", new Refused(403, "permission check failed"));
    const client = pbs({ fingerprint: own.at.pbs.server.certificate.fingerprint });
    await assert.rejects(client.pruneJobs(), (error: Error) => {
      assert.ok(error instanceof NotPermitted);
      assert.match(
        error.message,
        /PBS https:.*GET \/config\/prune: 403 permission check failed\. Give the login the right/,
      );
      assert.ok(!error.message.includes(LOGIN.secret));
      return true;
    });
  });

  it("names PVE's reasons by parameter", async () => {
    const body = JSON.stringify({
      data: null,
      message: "Parameter verification failed.\n",
      errors: { vmid: "type check" },
    });
    own.at.pve.server.refusals.set("POST /cluster/backup", new Refused(400, body));
    const { endpoint, certificate } = own.at.pve.server;
    const client = new PveClient({ endpoint, trust: { authority: certificate.authority }, login: LOGIN }, []);
    opened.push(client);
    await assert.rejects(client.createBackupJob({}), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual(error.fields, { vmid: "type check" });
      return true;
    });
  });

  it("takes an answer that it does not understand for an error, not for nothing", async () => {
    own.at.pbs.pruneJobs.push({ id: 5 });
    const client = pbs({ fingerprint: own.at.pbs.server.certificate.fingerprint });
    await assert.rejects(client.pruneJobs(), /does not understand/);
  });

  it("logs in with a password through a ticket, and shows the anti-forgery token on writes", async () => {
    own.at.pbs.passwords.set("a@pbs", "long enough");
    const admin = pbs({ fingerprint: own.at.pbs.server.certificate.fingerprint });
    const client = admin.as({ username: "a@pbs", password: "long enough" });
    opened.push(client);
    await client.pruneJobs();
    await client.pruneJobs();
    const asked = own.at.pbs.server.seen.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(asked, ["POST /access/ticket", "GET /config/prune", "GET /config/prune"]);
  });
});
