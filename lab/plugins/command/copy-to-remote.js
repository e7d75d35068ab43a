// @ts-check
"use strict";

const { randomBytes } = require("node:crypto");
const { readdir, readFile, stat } = require("node:fs/promises");
const { basename, join, posix } = require("node:path");

const { connectionFailures, withConnectionDefaults } = require("./connection-inputs");
const { dial, messageOf } = require("./connection");
const { plain, secret, signature } = require("./values");

/** @typedef {import("./values").Properties} Properties */

/** `command:remote:CopyToRemote` of command 1.2.1: provider/pkg/provider/remote/copyController.go. */
const copyToRemote = {
  inputs: ["connection", "source", "remotePath", "triggers"],
  replacing: ["triggers"],

  /** @param {Properties} inputs As declared. */
  check(inputs) {
    const { connection, remotePath, source } = plain(inputs);
    const failures = connectionFailures(connection);
    if (remotePath === undefined) failures.push({ property: "remotePath", reason: "missing required property" });
    const problem = sourceProblem(source);
    if (problem) failures.push({ property: "asset", reason: problem });
    return { failures, inputs: { ...inputs, connection: secret(withConnectionDefaults(inputs["connection"])) } };
  },

  /**
   * @param {Properties} inputs Checked inputs.
   * @param {import("./remote-command").Context} context The world.
   */
  async create(inputs, context) {
    await copy(inputs, context);
    return { id: randomBytes(4).toString("hex"), state: inputs };
  },

  /**
   * Copies only for other contents or another path: a new host alone moves nothing.
   * @param {Properties} state What the state holds.
   * @param {Properties} inputs Checked inputs.
   * @param {import("./remote-command").Context} context The world.
   */
  async update(state, inputs, context) {
    const [before, after] = [plain(state), plain(inputs)];
    const moved = before.remotePath !== after.remotePath || before.source?.hash !== after.source?.hash;
    if (moved) await copy(inputs, context);
    return inputs;
  },

  /** What was copied stays. */
  async delete() {},

  /** @param {Properties} inputs Checked inputs. */
  preview: (inputs) => inputs,
};

/**
 * @param {any} source Asset or archive as it travels.
 * @returns {string | undefined} A sentence when it cannot be copied.
 */
function sourceProblem(source) {
  const kind = source?.[signature.specialSigKey];
  if (kind === signature.specialAssetSig) {
    const usable = source.path !== undefined || source.text !== undefined;
    return usable ? undefined : "asset must be a path-based file asset or a text asset";
  }
  if (kind === signature.specialArchiveSig) {
    return source.path === undefined ? "archive must be a path to a file or directory" : undefined;
  }
  return "either asset or archive must be set";
}

/**
 * @param {Properties} inputs Checked inputs.
 * @param {import("./remote-command").Context} context The world.
 */
async function copy(inputs, { urn, log, signal }) {
  const { connection, source, remotePath } = plain(inputs);
  const client = await dial(connection, { signal, onRetry: (line) => void log.say("info", urn, line, true) });
  try {
    const sftp = await /** @type {Promise<import("ssh2").SFTPWrapper>} */ (
      new Promise((resolve, reject) => client.sftp((error, ready) => (error ? reject(error) : resolve(ready))))
    );
    if (source.text !== undefined) await copyText(sftp, source.text, remotePath);
    else await copyPath(sftp, source.path, remotePath);
  } finally {
    client.end();
  }
}

/**
 * @param {import("ssh2").SFTPWrapper} sftp Files of the host.
 * @param {string} text Contents.
 * @param {string} path Where to.
 */
async function copyText(sftp, text, path) {
  if (await isDirectory(sftp, path)) {
    throw new Error(`remote path ${path} is a directory; when using a text asset, remotePath must be a file path`);
  }
  await write(sftp, path, Buffer.from(text));
}

/**
 * A file goes into an existing directory or becomes the path; a directory is copied whole, with its name unless the
 * source ends in a slash.
 * @param {import("ssh2").SFTPWrapper} sftp Files of the host.
 * @param {string} source File or directory here.
 * @param {string} path Where to.
 */
async function copyPath(sftp, source, path) {
  const into = await isDirectory(sftp, path);
  if (!(await stat(source)).isDirectory()) {
    await write(sftp, into ? posix.join(path, basename(source)) : path, await readFile(source));
    return;
  }
  if (into === undefined) await makeDirectory(sftp, path);
  await copyDirectory(sftp, source, source.endsWith("/") ? path : posix.join(path, basename(source)));
}

/**
 * @param {import("ssh2").SFTPWrapper} sftp Files of the host.
 * @param {string} source Directory here.
 * @param {string} path Where to.
 */
async function copyDirectory(sftp, source, path) {
  const there = await isDirectory(sftp, path);
  if (there === false) throw new Error(`remote path ${path} exists but is not a directory`);
  if (there === undefined) await makeDirectory(sftp, path);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), posix.join(path, entry.name)];
    if (entry.isDirectory()) await copyDirectory(sftp, from, to);
    else await write(sftp, to, await readFile(from));
  }
}

/**
 * @param {import("ssh2").SFTPWrapper} sftp Files of the host.
 * @param {string} path A path there.
 * @returns {Promise<boolean | undefined>} Undefined when nothing is there.
 */
function isDirectory(sftp, path) {
  return new Promise((resolve, reject) =>
    sftp.stat(path, (error, stats) => {
      if (!error) resolve(stats.isDirectory());
      else if (/** @type {any} */ (error).code === 2) resolve(undefined);
      else reject(new Error(`failed to stat remote path ${path}: ${messageOf(error)}`));
    }),
  );
}

/**
 * @param {import("ssh2").SFTPWrapper} sftp Files of the host.
 * @param {string} path A path there.
 * @returns {Promise<void>} When it is there.
 */
function makeDirectory(sftp, path) {
  return new Promise((resolve, reject) =>
    sftp.mkdir(path, (error) =>
      error ? reject(new Error(`failed to create remote directory ${path}: ${messageOf(error)}`)) : resolve(),
    ),
  );
}

/**
 * @param {import("ssh2").SFTPWrapper} sftp Files of the host.
 * @param {string} path A path there.
 * @param {Buffer} contents What to write.
 * @returns {Promise<void>} When it is written.
 */
function write(sftp, path, contents) {
  return new Promise((resolve, reject) =>
    sftp.writeFile(path, contents, (error) =>
      error ? reject(new Error(`failed to create remote file ${path}: ${messageOf(error)}`)) : resolve(),
    ),
  );
}

module.exports = { copyToRemote };
