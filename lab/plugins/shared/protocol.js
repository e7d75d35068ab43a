// @ts-check
"use strict";

const grpc = require("@grpc/grpc-js");
const plugin = require("@pulumi/pulumi/proto/plugin_pb");
const service = require("@pulumi/pulumi/proto/provider_grpc_pb");
const messages = require("@pulumi/pulumi/proto/provider_pb");

/**
 * @param {grpc.Server} server Where it is served.
 * @param {Record<string, Function>} handlers What answers, by method name.
 */
function registerProvider(server, handlers) {
  server.addService(service.ResourceProviderService, /** @type {any} */ (handlers));
}

/**
 * A handler that answers with what `work` returns, or with what it threw.
 * @param {(request: any) => any} work Turns the request into the response.
 */
function answer(work) {
  return async (/** @type {any} */ call, /** @type {any} */ respond) => {
    try {
      respond(undefined, await work(call.request));
    } catch (error) {
      respond({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
    }
  };
}

/** @param {string} version Version of the stand-in. */
function pluginInfo(version) {
  const info = new plugin.PluginInfo();
  info.setVersion(version);
  return info;
}

/**
 * @param {string} name Name of the provider.
 * @param {string} version Version of the stand-in.
 */
function schema(name, version) {
  const response = new messages.GetSchemaResponse();
  response.setSchema(JSON.stringify({ name, version, description: `${name}-lab, for the lab only` }));
  return response;
}

/** @param {any} inputs Configuration as it came. */
function passed(inputs) {
  const response = new messages.CheckResponse();
  response.setInputs(inputs);
  return response;
}

function configured() {
  const response = new messages.ConfigureResponse();
  response.setAcceptsecrets(true);
  response.setSupportspreview(true);
  return response;
}

/** @param {any} request With the resource's URN. */
function typeOf(request) {
  return request.getUrn().split("::")[2]?.split("$").pop() ?? "";
}

/** @param {{ property: string, reason: string }} failure What is wrong. */
function failureMessage({ property, reason }) {
  const failure = new messages.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}

module.exports = { answer, configured, failureMessage, passed, pluginInfo, registerProvider, schema, typeOf };
