// @ts-check
"use strict";

const { loopbackProblem } = require("./loopback");
const { UNKNOWN } = require("./values");
const { signature } = require("./values");

/** @typedef {{ property: string, reason: string }} Failure */

const DEFAULTS = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

/**
 * What is wrong with a connection, marks taken off.
 * @param {any} connection As declared.
 * @returns {Failure[]} Empty when it can be used.
 */
function connectionFailures(connection) {
  if (connection === UNKNOWN) return [];
  if (connection === undefined) return [{ property: "connection", reason: "missing required property" }];
  const proxied = connection.proxy === undefined ? [] : hostFailures(connection.proxy, "connection.proxy");
  return [...hostFailures(connection, "connection"), ...proxied];
}

/**
 * @param {any} endpoint A connection or its proxy.
 * @param {string} path Where it stands.
 * @returns {Failure[]} At most one.
 */
function hostFailures({ host }, path) {
  if (host === UNKNOWN) return [];
  const reason = host === undefined ? "missing required property" : loopbackProblem(host);
  return reason === undefined ? [] : [{ property: `${path}.host`, reason }];
}

/**
 * Puts in the defaults that command 1.2.1 puts in, under the secret mark if there is one.
 * @param {any} connection As declared.
 * @returns {any} With user, port, dialErrorLimit and perDialTimeout.
 */
function withConnectionDefaults(connection) {
  if (typeof connection !== "object" || connection === null) return connection;
  if (connection[signature.specialSigKey] !== undefined) {
    return { ...connection, value: withConnectionDefaults(connection.value) };
  }
  const proxy = connection.proxy === undefined ? {} : { proxy: withConnectionDefaults(connection.proxy) };
  return { ...DEFAULTS, ...connection, ...proxy };
}

module.exports = { connectionFailures, withConnectionDefaults };
