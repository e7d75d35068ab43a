// @ts-check
"use strict";

const grpc = require("@grpc/grpc-js");

const { providerService, registerProvider } = require("./provider");

/** Serves the provider on a free port of loopback, which is printed for the engine that started this. */
function main() {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
  registerProvider(server, providerService());
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
}

main();
