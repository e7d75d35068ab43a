import * as grpc from "@grpc/grpc-js";
import { type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as service from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, as the engine starts it
const { providerService, registerProvider } = require("../../../lab/plugins/command/provider.js") as {
  providerService: (log: PluginLog) => object;
  registerProvider: (server: grpc.Server, handlers: object) => void;
};

export type Properties = Record<string, unknown>;

interface PluginLog {
  say: (severity: string, urn: string, message: string, ephemeral?: boolean) => Promise<void>;
}

/** The plugin behind its gRPC service, as the engine speaks to it. */
export class PluginClient {
  /** Lines it showed: severity and text. */
  readonly lines: string[] = [];
  private readonly server = new grpc.Server();
  private client: service.ResourceProviderClient | undefined;

  async start(): Promise<void> {
    const say = (severity: string, _urn: string, message: string) => {
      this.lines.push(`${severity}: ${message}`);
      return Promise.resolve();
    };
    registerProvider(this.server, providerService({ say }));
    const credentials = grpc.ServerCredentials.createInsecure();
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    this.client = new service.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  stop(): void {
    this.client?.close();
    this.server.forceShutdown();
  }

  async version(): Promise<string> {
    return (await this.ask<PluginInfo>((client, done) => client.getPluginInfo(new Empty(), done))).getVersion();
  }

  async check(news: Properties, type = "command:remote:Command") {
    const request = new messages.CheckRequest();
    request.setUrn(urnOf(type));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await this.ask<messages.CheckResponse>((client, done) => client.check(request, done));
    const failures = response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);
    return { inputs: javascript(response.getInputs()), failures };
  }

  async diff(olds: Properties, news: Properties, type = "command:remote:Command") {
    const request = new messages.DiffRequest();
    request.setUrn(urnOf(type));
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    const response = await this.ask<messages.DiffResponse>((client, done) => client.diff(request, done));
    const changes = response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
    const deleteFirst = response.getDeletebeforereplace();
    return { changes, diffs: response.getDiffsList(), replaces: response.getReplacesList(), deleteFirst };
  }

  async create(inputs: Properties, { preview = false, type = "command:remote:Command" } = {}) {
    const request = new messages.CreateRequest();
    request.setUrn(urnOf(type));
    request.setProperties(Struct.fromJavaScript(inputs as never));
    request.setPreview(preview);
    const response = await this.ask<messages.CreateResponse>((client, done) => client.create(request, done));
    return { id: response.getId(), state: javascript(response.getProperties()) };
  }

  async update(olds: Properties, news: Properties, { preview = false, type = "command:remote:Command" } = {}) {
    const request = new messages.UpdateRequest();
    request.setUrn(urnOf(type));
    request.setOlds(Struct.fromJavaScript(olds as never));
    request.setNews(Struct.fromJavaScript(news as never));
    request.setPreview(preview);
    const response = await this.ask<messages.UpdateResponse>((client, done) => client.update(request, done));
    return javascript(response.getProperties());
  }

  async delete(state: Properties): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setUrn(urnOf("command:remote:Command"));
    request.setProperties(Struct.fromJavaScript(state as never));
    await this.ask<Empty>((client, done) => client.delete(request, done));
  }

  async read(id: string, state: Properties): Promise<Properties> {
    const request = new messages.ReadRequest();
    request.setUrn(urnOf("command:remote:Command"));
    request.setId(id);
    request.setProperties(Struct.fromJavaScript(state as never));
    return javascript(
      (await this.ask<messages.ReadResponse>((client, done) => client.read(request, done))).getProperties(),
    );
  }

  async cancel(): Promise<void> {
    await this.ask<Empty>((client, done) => client.cancel(new Empty(), done));
  }

  private ask<T>(
    send: (
      client: service.ResourceProviderClient,
      done: (error: grpc.ServiceError | null, response: T) => void,
    ) => void,
  ): Promise<T> {
    const { client } = this;
    if (client === undefined) throw new Error("not started");
    return new Promise((resolve, reject) => {
      send(client, (error, response) => {
        if (error === null) resolve(response);
        else reject(new Error(error.details));
      });
    });
  }
}

function urnOf(type: string): string {
  return `urn:pulumi:lab::lab::${type}::pool`;
}

function javascript(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}
