// @ts-check
"use strict";

const grpc = require("@grpc/grpc-js");
const service = require("@pulumi/pulumi/proto/engine_grpc_pb");
const messages = require("@pulumi/pulumi/proto/engine_pb");

/** Lines for the person at the terminal, through the engine; without an engine's address they go nowhere. */
class EngineLog {
  /** @param {string | undefined} address Address of the engine. */
  constructor(address) {
    this.client = address && new service.EngineClient(address, grpc.credentials.createInsecure());
  }

  /**
   * @param {"info" | "warning" | "error"} severity How loud.
   * @param {string} urn Resource that the line is about.
   * @param {string} message The line.
   * @param {boolean} [ephemeral] Whether the line only shows progress.
   * @returns {Promise<void>} When the engine has it; a line that it does not take is lost.
   */
  say(severity, urn, message, ephemeral = false) {
    const request = new messages.LogRequest();
    const { INFO, WARNING, ERROR } = messages.LogSeverity;
    request.setSeverity({ info: INFO, warning: WARNING, error: ERROR }[severity]);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    return new Promise((resolve) => {
      if (this.client) this.client.log(request, () => resolve());
      else resolve();
    });
  }
}

module.exports = { EngineLog };
