// @ts-check
"use strict";

const { constants } = require("node:os");

const { dial } = require("./connection");

/**
 * @typedef {object} Run One command on a host.
 * @property {import("./connection").Endpoint} connection Where it runs.
 * @property {string} command Its text.
 * @property {string} [stdin] Its standard input.
 * @property {Record<string, string>} environment Variables without which it must not run.
 * @property {Record<string, string>} optional Variables that the host may refuse.
 * @property {AbortSignal} signal Ends the waiting for a connection.
 * @property {(line: string) => void} onRetry Told of each failure to connect.
 * @property {(name: string, hard: boolean) => Promise<void>} onRefused Told of each variable that the host refused.
 * @property {(stream: "stdout" | "stderr", text: string) => void} onOutput Told what it prints, as it prints it.
 */

/** @typedef {{ stdout: string, stderr: string, both: string, failure: string | undefined }} Ended What it came to. */

/**
 * Runs a command and returns what it printed, one trailing newline taken off each stream.
 * @param {Run} run What to run.
 * @returns {Promise<{ stdout: string, stderr: string }>} When it ended well.
 * @throws {Error} `<how it ended>: running "<command>":` and all that it printed.
 */
async function runRemotely(run) {
  const client = await dial(run.connection, run);
  try {
    const { stdout, stderr, both, failure } = await execute(client, run);
    if (failure) throw new Error(`${failure}: running ${JSON.stringify(run.command)}:\n${both}`);
    return { stdout: withoutNewline(stdout), stderr: withoutNewline(stderr) };
  } finally {
    client.end();
  }
}

/** @param {string} text Output of a command. */
function withoutNewline(text) {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

/**
 * Opens a session, sets each variable and waits for the host's answer before the command is sent. ssh2 sends variables
 * without asking for an answer, so its two messages are replaced on this one connection.
 * @param {import("ssh2").Client} client A connection with nothing else on it.
 * @param {Run} run What to run.
 * @returns {Promise<Ended>} When it ended.
 */
function execute(client, run) {
  const { command, environment, optional, onRefused } = run;
  const { _protocol: protocol, _chanMgr: channels } = /** @type {any} */ (client);
  const sendVariable = protocol.env.bind(protocol);
  const sendCommand = protocol.exec.bind(protocol);
  /** @type {Promise<string | undefined>[]} */
  const answers = [];
  return new Promise((resolve, reject) => {
    protocol.env = (/** @type {number} */ id, /** @type {string} */ name, /** @type {string} */ value) => {
      const settle = (/** @type {(name?: string) => void} */ done) =>
        channels.get(id)._callbacks.push((/** @type {boolean} */ refused) => done(refused ? name : undefined));
      answers.push(new Promise(settle));
      sendVariable(id, name, value, true);
    };
    protocol.exec = async (/** @type {number} */ id, /** @type {string} */ text, /** @type {boolean} */ wantReply) => {
      for (const name of (await Promise.all(answers)).filter((refused) => refused !== undefined)) {
        const hard = !(name in optional);
        await onRefused(name, hard);
        if (hard) return reject(new Error(`could not set environment variable "${name}": ssh: setenv failed`));
      }
      sendCommand(id, text, wantReply);
    };
    // The channel is listened to at once: a short command's end may come in the same packet as its start.
    client.exec(command, { env: { ...environment, ...optional } }, (error, channel) =>
      error ? reject(error) : resolve(finish(channel, run)),
    );
  });
}

/**
 * @param {import("ssh2").ClientChannel} channel A running command.
 * @param {Run} run What it is.
 * @returns {Promise<Ended>} When it ended.
 */
function finish(channel, { stdin = "", onOutput }) {
  const printed = { stdout: "", stderr: "", both: "" };
  /** @type {string | undefined} */
  let failure = "wait: remote command exited without exit status or exit signal";
  const take = (/** @type {"stdout" | "stderr"} */ stream) => (/** @type {string} */ text) => {
    printed[stream] += text;
    printed.both += text;
    onOutput(stream, text);
  };
  channel.setEncoding("utf8").on("data", take("stdout"));
  channel.stderr.setEncoding("utf8").on("data", take("stderr"));
  channel.on("exit", (/** @type {number | null} */ status, /** @type {string} */ signal) => {
    failure = failureOf(status, signal);
  });
  channel.end(stdin);
  return new Promise((resolve) => channel.on("close", () => resolve({ ...printed, failure })));
}

/**
 * @param {number | null} status Exit status, null after a signal.
 * @param {string} signal The signal's name.
 * @returns {string | undefined} What Go's SSH client says; undefined for success.
 */
function failureOf(status, signal) {
  if (status === 0) return undefined;
  if (status !== null) return `Process exited with status ${status}`;
  const name = signal.replace(/^SIG/, "");
  const number = /** @type {Record<string, number>} */ (constants.signals)[`SIG${name}`] ?? 0;
  return `Process exited with status ${128 + number} from signal ${name}`;
}

module.exports = { runRemotely };
