// @ts-check
"use strict";

const { randomBytes } = require("node:crypto");

const { plain, secret, UNKNOWN } = require("./values");
const { connectionFailures, withConnectionDefaults } = require("./connection-inputs");
const { runRemotely } = require("./remote-run");

/**
 * @typedef {object} Context What a resource needs of the world.
 * @property {string} urn The resource.
 * @property {string} name Its logical name.
 * @property {import("./engine-log").EngineLog} log Lines for people.
 * @property {AbortSignal} signal Ends the waiting.
 */
/** @typedef {import("./values").Properties} Properties */

const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"];

/** `command:remote:Command` of command 1.2.1: provider/pkg/provider/remote/command.go, commandController.go. */
const remoteCommand = {
  inputs: [
    ...["connection", "create", "update", "delete", "environment", "stdin", "triggers", "logging"],
    "addPreviousOutputInEnv",
  ],
  replacing: ["triggers"],

  /** @param {Properties} inputs As declared. */
  check(inputs) {
    const { logging, connection } = plain(inputs);
    const failures = connectionFailures(connection);
    if (logging !== undefined && logging !== UNKNOWN && !LOGGING.includes(logging)) {
      failures.push({ property: "logging", reason: `expected one of ${LOGGING.join(", ")}, got "${logging}"` });
    }
    const defaults = { addPreviousOutputInEnv: true };
    return {
      failures,
      inputs: { ...defaults, ...inputs, connection: secret(withConnectionDefaults(inputs["connection"])) },
    };
  },

  /**
   * @param {Properties} inputs Checked inputs.
   * @param {Context} context The world.
   */
  async create(inputs, context) {
    const { create } = plain(inputs);
    const printed = create === undefined ? NOTHING : await run(create, inputs, NOTHING, context);
    return { id: `${context.name}${randomBytes(4).toString("hex")}`, state: { ...inputs, ...printed } };
  },

  /**
   * @param {Properties} state What the state holds.
   * @param {Properties} inputs Checked inputs.
   * @param {Context} context The world.
   */
  async update(state, inputs, context) {
    const { create, update = create } = plain(inputs);
    const before = printedBefore(state);
    return { ...inputs, ...(update === undefined ? before : await run(update, inputs, before, context)) };
  },

  /**
   * Runs the stored `delete` over the stored connection.
   * @param {Properties} state What the state holds.
   * @param {Context} context The world.
   */
  async delete(state, context) {
    const { delete: command } = plain(state);
    if (command !== undefined) await run(command, state, printedBefore(state), context);
  },

  /** @param {Properties} inputs Checked inputs: what a preview knows. */
  preview: (inputs) => ({ ...inputs, stdout: UNKNOWN, stderr: UNKNOWN }),
};

const NOTHING = { stdout: "", stderr: "" };

/** @param {Properties} state What the state holds. */
function printedBefore(state) {
  const { stdout = "", stderr = "" } = plain(state);
  return { stdout, stderr };
}

/**
 * @param {string} command Text of the command.
 * @param {Properties} properties Inputs or state to take connection, input and variables from.
 * @param {{ stdout: string, stderr: string }} before What the last run printed.
 * @param {Context} context The world.
 */
async function run(command, properties, before, { urn, log, signal }) {
  const { connection, stdin, environment = {}, addPreviousOutputInEnv = true, logging } = plain(properties);
  const lines = new LiveLines(logging, (line) => void log.say("info", urn, line));
  const printed = await runRemotely({
    connection,
    command,
    stdin,
    environment,
    optional: addPreviousOutputInEnv ? previousOutput(before) : {},
    signal,
    onRetry: (line) => void log.say("info", urn, line, true),
    onRefused: (name, hard) => log.say(hard ? "error" : "warning", urn, refusedText(name)),
    onOutput: (stream, text) => lines.take(stream, text),
  }).finally(() => lines.flush());
  return printed;
}

/** @param {{ stdout: string, stderr: string }} before What the last run printed. */
function previousOutput({ stdout, stderr }) {
  return {
    ...(stdout !== "" && { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr !== "" && { PULUMI_COMMAND_STDERR: stderr }),
  };
}

/** @param {string} name A variable. */
function refusedText(name) {
  return `Unable to set '${name}': the SSH server does not accept it (AcceptEnv). Pass the value on stdin instead.`;
}

/** Shows output line by line, as far as `logging` lets it through. */
class LiveLines {
  /**
   * @param {string | undefined} logging Which streams are shown; both when absent.
   * @param {(line: string) => void} show Takes one line.
   */
  constructor(logging, show) {
    this.streams = { stdout: ["stdout"], stderr: ["stderr"], none: [] }[String(logging)] ?? ["stdout", "stderr"];
    this.show = show;
    this.rest = "";
  }

  /**
   * @param {string} stream Where it was printed.
   * @param {string} text What was printed.
   */
  take(stream, text) {
    if (!this.streams.includes(stream)) return;
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    lines.forEach(this.show);
  }

  /** Shows what had no newline at its end. */
  flush() {
    if (this.rest !== "") this.show(this.rest);
  }
}

module.exports = { remoteCommand };
