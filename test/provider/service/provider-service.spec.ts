import { strict as assert } from "node:assert";

import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { specialSecretSig, specialSigKey, unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

import { ProviderService } from "../../../provider/service/provider-service";
import { eachOnItsOwnSite } from "../support/test-site";

const CONFIG = { pbsEndpoint: "https://10.0.0.9:8007", pbsToken: "root@pam!adm:very-secret-token" };
const STORE = { name: "main", path: "/tank/main" };
const JOB = { jobId: "nightly", store: "main", schedule: "02:00" };

function struct(fields: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(fields as Record<string, JavaScriptValue>);
}

function secret(value: unknown) {
  return { [specialSigKey]: specialSecretSig, value };
}

describe("What the engine asks of the provider", () => {
  const own = eachOnItsOwnSite();
  let service: ProviderService;
  const said: string[] = [];

  beforeEach(() => {
    said.length = 0;
    service = new ProviderService(
      () => own.at.site,
      (_urn, line) => said.push(line),
    );
    service.configure(new messages.ConfigureRequest().setArgs(struct(CONFIG)));
  });

  function checkConfig(config: Record<string, unknown>): string[] {
    const response = service.checkConfig(new messages.CheckRequest().setNews(struct(config)));
    return response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
  }

  function check(type: string, inputs: Record<string, unknown>) {
    return service.check(new messages.CheckRequest().setType(`resilience:${type}`).setNews(struct(inputs)));
  }

  function diff(type: string, olds: Record<string, unknown>, news: Record<string, unknown>, ignored: string[] = []) {
    const request = new messages.DiffRequest()
      .setType(`resilience:${type}`)
      .setOlds(struct(olds))
      .setNews(struct(news));
    return service.diff(request.setIgnorechangesList(ignored));
  }

  describe("of its configuration", () => {
    it("is told all that is wrong at once, each with what was expected", () => {
      assert.deepEqual(
        checkConfig({ pveEndpoint: "tappaas1", pbsToken: "x", bogus: "1", acceptances: "[{}]" }).map(
          (line) => line.split(":")[0],
        ),
        ["pveEndpoint", "pbsToken", "acceptances", "acceptances", "acceptances", "acceptances", "bogus"],
      );
    });

    it("accepts one side alone, and refuses none at all", () => {
      assert.deepEqual(checkConfig(CONFIG), []);
      assert.deepEqual(checkConfig({ pveEndpoint: "https://a:8006", pveApiToken: "a@pam!b=c" }), []);
      assert.match(checkConfig({}).join(), /pbsEndpoint: expected the address of a PBS, or pveEndpoint/);
    });

    it("says what belongs together", () => {
      assert.match(checkConfig({ pbsEndpoint: "https://a:8007" }).join(), /pbsToken: expected with pbsEndpoint/);
      assert.match(checkConfig({ ...CONFIG, keyFile: "k.age" }).join(), /keyIdentityFile: expected with keyFile/);
    });

    it("does not demand what another resource will only say in the run", () => {
      assert.deepEqual(checkConfig({ pbsEndpoint: unknownValue, pbsToken: unknownValue }), []);
    });

    it("takes lists as JSON text, as pulumi config gives them", () => {
      assert.deepEqual(checkConfig({ ...CONFIG, adoptions: '["pbs:PruneJob/nightly"]' }), []);
      assert.match(checkConfig({ ...CONFIG, adoptions: '["nightly"]' }).join(), /expected an object such as/);
    });

    it("knows no way to look away from a certificate", () => {
      for (const key of ["insecure", "skipTlsVerify", "pbsInsecure"]) {
        assert.match(checkConfig({ ...CONFIG, [key]: "true" }).join(), /is not known here/);
      }
    });

    it("marks its tokens secret", () => {
      const response = service.checkConfig(new messages.CheckRequest().setNews(struct(CONFIG)));
      assert.deepEqual(response.getInputs()?.toJavaScript()["pbsToken"], secret(CONFIG.pbsToken));
    });

    it("never asks for a replacement, which would replace every resource with it", () => {
      const request = new messages.DiffRequest()
        .setOlds(struct(CONFIG))
        .setNews(struct({ ...CONFIG, pbsEndpoint: "https://b:8007" }));
      const response = service.diffConfig(request);
      assert.equal(response.getChanges(), messages.DiffResponse.DiffChanges.DIFF_SOME);
      assert.deepEqual(response.getReplacesList(), []);
    });
  });

  describe("of a resource's inputs", () => {
    it("is told all that is wrong at once, by field", () => {
      const failures = check("pbs:PruneJob", {
        jobId: "x",
        store: "main",
        keepDaily: 0,
        kepYearly: 1,
      }).getFailuresList();
      const fields = failures.map((failure) => failure.getProperty()).sort();
      assert.deepEqual(fields, ["jobId", "keepDaily", "kepYearly", "schedule"]);
    });

    it("judges nothing that is not known yet", () => {
      const response = check("pbs:PruneJob", { ...JOB, store: unknownValue });
      assert.deepEqual(response.getFailuresList(), []);
      assert.equal(response.getInputs()?.toJavaScript()["store"], unknownValue);
    });

    it("marks a password secret, however it came", () => {
      const inputs = check("pve:PbsStorage", { password: "plain-password" }).getInputs()?.toJavaScript();
      assert.deepEqual(inputs?.["password"], secret("plain-password"));
    });
  });

  describe("of a change", () => {
    it("names the fields, and never asks for a replacement, not even of an identity", () => {
      const response = diff(
        "pbs:Datastore",
        { ...STORE, comment: "x" },
        { name: "other", path: "/b", gcSchedule: "daily" },
      );
      const detail = response.getDetaileddiffMap();
      assert.deepEqual([...response.getDiffsList()].sort(), ["comment", "gcSchedule", "name", "path"]);
      assert.equal(detail.get("comment")?.getKind(), messages.PropertyDiff.Kind.DELETE);
      assert.equal(detail.get("gcSchedule")?.getKind(), messages.PropertyDiff.Kind.ADD);
      assert.equal(detail.get("path")?.getKind(), messages.PropertyDiff.Kind.UPDATE);
      assert.deepEqual(response.getReplacesList(), []);
    });

    it("takes no notice of what the program ignores", () => {
      const response = diff("pbs:Datastore", STORE, { ...STORE, comment: "x" }, ["comment"]);
      assert.equal(response.getChanges(), messages.DiffResponse.DiffChanges.DIFF_NONE);
    });

    it("counts an unknown value as a change", () => {
      assert.deepEqual(diff("pbs:Datastore", STORE, { ...STORE, comment: unknownValue }).getDiffsList(), ["comment"]);
    });
  });

  it("marks a token's secret in the state, and says in a preview that it is not known yet", async () => {
    own.at.pbs.users.push({ userid: "a@pbs" });
    const inputs = struct({ userId: "a@pbs", tokenName: "pve" });
    const request = new messages.CreateRequest().setType("resilience:pbs:Token").setProperties(inputs);
    const planned = await service.create(request.setPreview(true));
    assert.equal(planned.getProperties()?.toJavaScript()["secret"], unknownValue);
    const made = await service.create(request.setPreview(false));
    assert.deepEqual(made.getProperties()?.toJavaScript()["secret"], secret(own.at.pbs.secrets.get("a@pbs!pve")));
  });

  it("imports a resource with its inputs, and says what an import cannot bring", async () => {
    own.at.pbs.tokens.push({ tokenid: "a@pbs!pve" });
    own.at.pbs.users.push({ userid: "a@pbs" });
    const request = new messages.ReadRequest().setType("resilience:pbs:Token").setId("a@pbs!pve");
    const found = await service.read(request);
    assert.deepEqual(found.getInputs()?.toJavaScript(), { userId: "a@pbs", tokenName: "pve" });
    assert.match(said.join(), /secret cannot be read/);
  });

  it("answers with no identifier when an object is certainly gone, and with an error when it cannot know", async () => {
    const request = new messages.ReadRequest()
      .setType("resilience:pbs:Datastore")
      .setId("main")
      .setProperties(struct(STORE));
    assert.equal((await service.read(request)).getId(), "");
    own.at.pbs.privileges = () => ({});
    await assert.rejects(service.read(request), /nothing counts as gone/);
  });

  it("keeps in a refresh what was adopted marked so", async () => {
    own.at.pbs.datastores.push({ ...STORE });
    const state = struct({ ...STORE, adopted: true });
    const request = new messages.ReadRequest().setType("resilience:pbs:Datastore").setId("main");
    const found = await service.read(request.setProperties(state).setInputs(struct(STORE)));
    assert.equal(found.getProperties()?.toJavaScript()["adopted"], true);
  });

  it("releases what was adopted even when nothing can be reached", async () => {
    const unconfigured = new ProviderService(
      () => own.at.site,
      () => undefined,
    );
    const state = struct({ ...STORE, adopted: true });
    await unconfigured.delete(new messages.DeleteRequest().setType("resilience:pbs:Datastore").setProperties(state));
    assert.deepEqual(own.at.pbs.server.seen, []);
  });

  it("keeps on the site what was only renamed in the program", async () => {
    const made = new messages.CreateRequest()
      .setType("resilience:pbs:Datastore")
      .setUrn("urn::old")
      .setProperties(struct(STORE));
    await service.create(made);
    const nextRun = new ProviderService(
      () => own.at.site,
      () => undefined,
    );
    nextRun.configure(new messages.ConfigureRequest().setArgs(struct(CONFIG)));
    await nextRun.create(made.setUrn("urn::new"));
    const state = struct({ ...STORE, adopted: false });
    const old = new messages.DeleteRequest()
      .setType("resilience:pbs:Datastore")
      .setUrn("urn::old")
      .setProperties(state);
    await nextRun.delete(old);
    assert.equal(own.at.pbs.datastores.length, 1);
    assert.deepEqual(own.at.writes, ["POST /config/datastore"]);
  });

  it("refuses a program that declares the same object twice, and names both", async () => {
    const request = new messages.CreateRequest().setType("resilience:pbs:Datastore").setProperties(struct(STORE));
    await service.create(request.setUrn("urn::one"));
    await assert.rejects(service.create(request.setUrn("urn::two")), /declared twice, by urn::one and by urn::two/);
  });

  it("puts into the state what a half-done step left, so that the next run goes on with it", async () => {
    own.at.pbs.users.push({ userid: "a@pbs" });
    own.at.pbs.letsTokensIn = false;
    const inputs = struct({ userId: "a@pbs", tokenName: "pve" });
    const request = new messages.CreateRequest().setType("resilience:pbs:Token").setProperties(inputs);
    const error = await service.create(request).catch((caught: unknown) => service.failureOf(caught));
    const [detail] = (error as { metadata: { get(key: string): Buffer[] } }).metadata.get("grpc-status-details-bin");
    const packed = Status.deserializeBinary(detail!).getDetailsList()[0]!;
    const left = ErrorResourceInitFailed.deserializeBinary(packed.getValue_asU8());
    assert.equal(left.getId(), "a@pbs!pve");
    assert.deepEqual(left.getProperties()?.toJavaScript()["secret"], secret(own.at.pbs.secrets.get("a@pbs!pve")));
  });

  it("shows no secret in an error, whoever wrote it, plain or encoded", () => {
    check("pve:PbsStorage", { password: secret('pass"word/1') });
    for (const text of ['pass"word/1', encodeURIComponent('pass"word/1'), 'pass\\"word/1', "very-secret-token"]) {
      const { details } = service.failureOf(new Error(`the server said ${text}`));
      assert.ok(!details!.includes(text), details);
    }
  });

  it("shows one sentence and no stack", () => {
    const { details } = service.failureOf(new Error("expected this, got that"));
    assert.equal(details, "expected this, got that");
  });
});
