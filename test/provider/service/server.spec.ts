import { strict as assert } from "node:assert";

import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { startServing, type Serving } from "../../../provider/service/server";
import { eachOnItsOwnSite } from "../support/test-site";

describe("The provider over the engine's protocol", () => {
  const own = eachOnItsOwnSite();
  let serving: Serving;
  let client: ResourceProviderClient;

  beforeEach(async () => {
    serving = await startServing(undefined, () => own.at.site);
    client = new ResourceProviderClient(`127.0.0.1:${serving.port}`, credentials.createInsecure());
  });
  afterEach(() => {
    client.close();
    serving.stop();
  });

  /** One request, answered or refused. */
  function ask<A>(send: (callback: (error: ServiceError | null, answer: A) => void) => unknown): Promise<A> {
    return new Promise((resolve, reject) => {
      send((error, answer) => {
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  }

  it("says that it keeps secrets marked, and that it can look in a preview", async () => {
    const handshake = await ask<messages.ProviderHandshakeResponse>((done) =>
      client.handshake(new messages.ProviderHandshakeRequest(), done),
    );
    assert.equal(handshake.getAcceptSecrets(), true);
    const args = Struct.fromJavaScript({ pbsEndpoint: "https://b:8007", pbsToken: "a@pam!b:secret-c" });
    const configured = await ask<messages.ConfigureResponse>((done) =>
      client.configure(new messages.ConfigureRequest().setArgs(args), done),
    );
    assert.equal(configured.getSupportspreview(), true);
    assert.equal(configured.getAcceptsecrets(), true);
  });

  it("gives its schema and version", async () => {
    const schema = await ask<messages.GetSchemaResponse>((done) =>
      client.getSchema(new messages.GetSchemaRequest(), done),
    );
    assert.equal((JSON.parse(schema.getSchema()) as { name: string }).name, "resilience");
    const info = await ask<PluginInfo>((done) => client.getPluginInfo(new Empty(), done));
    assert.match(info.getVersion(), /^\d+\.\d+\.\d+$/);
  });

  it("answers an error with its sentence, without a stack, and goes on serving", async () => {
    const unknown = ask<messages.CheckResponse>((done) =>
      client.check(new messages.CheckRequest().setType("resilience:pbs:Tape"), done),
    );
    await assert.rejects(unknown, (error: ServiceError) => {
      assert.match(error.details, /^expected one of resilience:pbs:Datastore.*got "resilience:pbs:Tape"$/);
      return true;
    });
    const create = new messages.CreateRequest().setType("resilience:pbs:User");
    await assert.rejects(
      ask<messages.CreateResponse>((done) => client.create(create, done)),
      /expected the provider to be configured first/,
    );
    await ask<PluginInfo>((done) => client.getPluginInfo(new Empty(), done));
  });

  it("says that it does not do what it does not do", async () => {
    const constructed = ask<messages.ConstructResponse>((done) =>
      client.construct(new messages.ConstructRequest(), done),
    );
    await assert.rejects(constructed, (error: ServiceError) => error.code === status.UNIMPLEMENTED);
  });
});
