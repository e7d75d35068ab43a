// @ts-check
"use strict";

const { setTimeout: wait } = require("node:timers/promises");

const { Client, utils } = require("ssh2");

const { loopbackProblem } = require("./loopback");

/**
 * @typedef {object} Endpoint Where and how to log in; command 1.2.1, `remote.ConnectionArgs`.
 * @property {string} host Name or address.
 * @property {string} [user] Account; "root".
 * @property {number} [port] TCP port; 22.
 * @property {string} [password] Password.
 * @property {string} [privateKey] Private key; tried before the password.
 * @property {string} [privateKeyPassword] Opens the private key.
 * @property {string} [agentSocketPath] Socket of an SSH agent; `$SSH_AUTH_SOCK`.
 * @property {string} [hostKey] The host's key as an authorized_keys line; without it any host is believed.
 * @property {number} [dialErrorLimit] Failures to bear before the last one is an error; -1 bears all; 10.
 * @property {number} [perDialTimeout] Seconds for one attempt; 0 sets no limit; 15.
 * @property {Endpoint} [proxy] Host to go through.
 */

/** First wait between two attempts, and what it becomes. pulumi/sdk: go/common/util/retry/until.go. */
const BACKOFF = { firstMs: 100, factor: 1.5, mostMs: 5000 };

/**
 * Logs in, trying again as the endpoint allows.
 * @param {Endpoint} endpoint Where to.
 * @param {{ signal: AbortSignal, onRetry: (line: string) => void }} hooks Ends the waiting; is told of each failure.
 * @returns {Promise<Client>} A connection to run one command on.
 */
async function dial(endpoint, hooks) {
  rejectOutside(endpoint);
  const config = clientConfig(endpoint);
  if (!endpoint.proxy) return dialWithRetry("Dial", endpoint, hooks, () => attempt(config));
  try {
    const proxy = clientConfig(endpoint.proxy);
    const through = await dialWithRetry("Dial proxy", endpoint.proxy, hooks, () => attempt(proxy));
    const tunnel = () => forward(through, endpoint).then((sock) => attempt({ ...config, sock }));
    return await dialWithRetry("Dial from proxy", endpoint, hooks, tunnel);
  } catch (error) {
    throw new Error(`proxy: ${messageOf(error)}`);
  }
}

/** @param {Endpoint} endpoint Where to. */
function rejectOutside({ host, proxy }) {
  const problem = loopbackProblem(host) ?? (proxy && loopbackProblem(proxy.host));
  if (problem) throw new Error(problem);
}

/**
 * @param {string} what What is being tried.
 * @param {Endpoint} endpoint Its `dialErrorLimit` counts the failures that are borne.
 * @param {{ signal: AbortSignal, onRetry: (line: string) => void }} hooks See {@link dial}.
 * @param {() => Promise<Client>} once One attempt.
 */
async function dialWithRetry(what, { dialErrorLimit = 10 }, { signal, onRetry }, once) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await once();
    } catch (error) {
      if (dialErrorLimit > -1 && failures > dialErrorLimit) {
        throw new Error(`after ${failures - 1} failed attempts: ${messageOf(error)}`);
      }
      onRetry(`${what} ${failures}/${dialErrorLimit === -1 ? "inf" : dialErrorLimit} failed: retrying`);
    }
    const pause = BACKOFF.firstMs * BACKOFF.factor ** (failures - 1);
    await wait(Math.min(pause, BACKOFF.mostMs), undefined, { signal });
  }
}

/**
 * @param {Endpoint} endpoint Where to.
 * @returns {import("ssh2").ConnectConfig} As ssh2 takes it.
 */
function clientConfig(endpoint) {
  const { host, port = 22, user = "root", password, privateKey, perDialTimeout = 15 } = endpoint;
  if (privateKey !== undefined) rejectUnreadable(privateKey, endpoint.privateKeyPassword);
  return /** @type {import("ssh2").ConnectConfig} */ ({
    host,
    port,
    username: user,
    password,
    tryKeyboard: password !== undefined,
    privateKey,
    passphrase: endpoint.privateKeyPassword,
    agent: endpoint.agentSocketPath ?? process.env["SSH_AUTH_SOCK"],
    readyTimeout: perDialTimeout * 1000,
    ...pinned(endpoint.hostKey),
  });
}

/**
 * @param {string} key A private key.
 * @param {string | undefined} password Opens it.
 */
function rejectUnreadable(key, password) {
  const parsed = utils.parseKey(key, password);
  if (parsed instanceof Error) throw new Error(`ssh: no key found: ${parsed.message}`);
}

/**
 * Pins the host's key and, with it, its algorithm; without a key every host is believed.
 * @param {string | undefined} line A line of authorized_keys.
 */
function pinned(line) {
  if (line === undefined) return {};
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  const expected = Buffer.from(base64, "base64");
  if (expected.length === 0) throw new Error("ssh: no key found");
  const serverHostKey = /** @type {any} */ (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", type] : [type]);
  return {
    algorithms: { serverHostKey },
    hostVerifier: (/** @type {Buffer} */ key) => expected.equals(key),
  };
}

/**
 * @param {import("ssh2").ConnectConfig} config One attempt's settings.
 * @returns {Promise<Client>} Logged in.
 */
function attempt(config) {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.on("connect", () => client.setNoDelay(true));
    client.on("ready", () => resolve(client));
    // After the first error ssh2 may report more of the same; an unheard one would end this process.
    client.on("error", (error) => {
      client.destroy();
      reject(new Error(goMessage(error, config)));
    });
    client.on("keyboard-interactive", (_name, _text, _language, prompts, answer) =>
      answer(prompts.map(() => String(config.password))),
    );
    client.connect(config);
  });
}

/**
 * @param {Client} through A connection to the proxy.
 * @param {Endpoint} endpoint Where to go from there.
 * @returns {Promise<any>} A stream to the endpoint.
 */
function forward(through, { host, port = 22 }) {
  return new Promise((resolve, reject) => {
    through.forwardOut("127.0.0.1", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

/**
 * What Go's SSH client says where ssh2 says `error`.
 * @param {Error & { code?: string, level?: string }} error From ssh2.
 * @param {import("ssh2").ConnectConfig} config The attempt's settings.
 */
function goMessage(error, { host, port }) {
  const endpoint = `dial tcp ${host}:${port}`;
  if (error.code === "ECONNREFUSED") return `${endpoint}: connect: connection refused`;
  if (error.level === "client-timeout") return `${endpoint}: i/o timeout`;
  if (error.level === "client-authentication") {
    return "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain";
  }
  if (/verification failed/.test(error.message)) return "ssh: handshake failed: ssh: host key mismatch";
  if (/no matching host key/.test(error.message)) {
    return "ssh: handshake failed: ssh: no common algorithm for host key";
  }
  return `ssh: handshake failed: ${error.message}`;
}

/** @param {unknown} error Anything thrown. */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

module.exports = { dial, messageOf };
