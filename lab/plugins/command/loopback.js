// @ts-check
"use strict";

const { isIP } = require("node:net");

/**
 * What stands against an endpoint; undefined for one on loopback. A name could lead anywhere by the time it is looked up,
 * so only `localhost` and addresses pass.
 * @param {unknown} host Host of a connection.
 * @returns {string | undefined} A sentence with the cure.
 */
function loopbackProblem(host) {
  if (isLoopback(String(host))) return undefined;
  return (
    `command-lab connects to loopback only (127.0.0.0/8, ::1), got "${host}"; ` +
    "it stands in for the command plugin in the lab. For a real site use the official command plugin 1.2.1"
  );
}

/** @param {string} host An address or a name. */
function isLoopback(host) {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "::1" || host === "localhost";
}

module.exports = { loopbackProblem };
