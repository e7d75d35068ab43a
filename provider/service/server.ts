import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { VERSION } from "../version";
import { configuredSite } from "./configured-site";
import { EngineLog } from "./engine-log";
import { ProviderService, type SiteOf } from "./provider-service";
import { schemaText } from "./schema";

/** Largest message of the engine's protocol, as its own SDKs set it: 400 MiB. */
const MAX_MESSAGE = 400 * 1024 * 1024;

/** A provider at work. */
export interface Serving {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Ends it at once. */
  readonly stop: () => void;
}

/**
 * Serves the engine on a free loopback port.
 * @param engine Address of the engine, for messages to the person at the terminal.
 */
export async function startServing(engine: string | undefined, siteOf: SiteOf = configuredSite): Promise<Serving> {
  const limits = { "grpc.max_receive_message_length": MAX_MESSAGE, "grpc.max_send_message_length": MAX_MESSAGE };
  const server = new grpc.Server(limits);
  server.addService(ResourceProviderService, handlers(engine, siteOf));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    stop: () => {
      server.forceShutdown();
    },
  };
}

/** What is not listed answers "unimplemented", as the protocol wants it. */
function handlers(engine: string | undefined, siteOf: SiteOf): grpc.UntypedServiceImplementation {
  let log = new EngineLog(engine);
  const service = new ProviderService(siteOf, (urn, line, kind) => {
    log.say(urn, line, kind);
  });
  const unary = <Q, A>(answer: (request: Q) => A | Promise<A>): grpc.handleUnaryCall<Q, A> => {
    return (call, callback) => {
      // Within the promise, so that what throws at once is answered too.
      Promise.resolve()
        .then(() => answer(call.request))
        .then(
          (value) => {
            callback(null, value);
          },
          (error: unknown) => {
            callback(service.failureOf(error));
          },
        );
    };
  };
  return {
    handshake: unary((request: messages.ProviderHandshakeRequest) => {
      if (request.getEngineAddress() !== "") log = new EngineLog(request.getEngineAddress());
      return new messages.ProviderHandshakeResponse().setAcceptSecrets(true).setAcceptResources(true);
    }),
    attach: unary((request: { getAddress(): string }) => {
      log = new EngineLog(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(VERSION)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema(schemaText())),
    checkConfig: unary((request: messages.CheckRequest) => service.checkConfig(request)),
    diffConfig: unary((request: messages.DiffRequest) => service.diffConfig(request)),
    configure: unary((request: messages.ConfigureRequest) => service.configure(request)),
    check: unary((request: messages.CheckRequest) => service.check(request)),
    diff: unary((request: messages.DiffRequest) => service.diff(request)),
    create: unary((request: messages.CreateRequest) => service.create(request)),
    read: unary((request: messages.ReadRequest) => service.read(request)),
    update: unary((request: messages.UpdateRequest) => service.update(request)),
    delete: unary(async (request: messages.DeleteRequest) => {
      await service.delete(request);
      return new Empty();
    }),
    invoke: unary((request: messages.InvokeRequest) => service.invoke(request)),
    // Steps under way end by themselves: stopped half way they would only leave more to repeat.
    cancel: unary(() => new Empty()),
  };
}
