// @ts-check
"use strict";

/*
 * One of the lab's programs on a node's PATH (`zpool`, `zfs`, `lsblk`): hands its arguments to the lab and prints what
 * comes back. Plain JavaScript, because a script on a node calls it many times and a TypeScript loader takes longer than
 * the work.
 */

const { readFileSync } = require("node:fs");
const { connect } = require("node:net");

const [, , path = "", ...argv] = process.argv;
/** @type {Buffer[]} */
const parts = [];
// The backup client takes its login from the environment; nothing else of it is the lab's business.
const variables = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("PBS_")));
// Of what is piped in only a key is read, by the one program that takes it so.
if (argv[0] === "wg" && argv[1] === "pubkey") variables["INPUT"] = readFileSync(0, "utf8");
const socket = connect(path, () => socket.end(JSON.stringify({ argv, variables })));
socket.on("data", (part) => parts.push(part));
socket.on("error", (error) => {
  process.stderr.write(`the lab does not answer: ${error.message}\n`);
  process.exitCode = 1;
});
socket.on("end", () => {
  const { status, stdout, stderr } = JSON.parse(Buffer.concat(parts).toString("utf8"));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = status;
});
