// @ts-check
"use strict";

/* A node's `pvesh` for tests: the lab's API as root has it. Arguments: address, token, CA file, then those of pvesh. */

const { readFileSync } = require("node:fs");
const { request } = require("node:https");

const [, , url, token, ca = "", verb = "", path, ...options] = process.argv;
const method = /** @type {Record<string, string>} */ ({ get: "GET", create: "POST", set: "PUT", delete: "DELETE" })[
  verb
];
const form = new URLSearchParams();
for (let index = 0; index < options.length; index += 2) {
  const name = (options[index] ?? "").replace(/^--/, "");
  if (name !== "output-format") form.set(name, options[index + 1] ?? "");
}
const inQuery = method === "GET" || method === "DELETE";
const target = `${url}/api2/json${path}${inQuery ? `?${form}` : ""}`;
const headers = {
  authorization: `PVEAPIToken=${token}`,
  ...(!inQuery && { "content-type": "application/x-www-form-urlencoded" }),
};
const asked = request(target, { method, headers, ca: readFileSync(ca), agent: false }, (response) => {
  /** @type {Buffer[]} */
  const parts = [];
  response.on("data", (part) => parts.push(part));
  response.on("end", () => {
    const { data, message } = JSON.parse(Buffer.concat(parts).toString("utf8"));
    if (response.statusCode === 200) process.stdout.write(data === null ? "" : JSON.stringify(data));
    else process.stderr.write(message ?? "");
    process.exitCode = response.statusCode === 200 ? 0 : 255;
  });
});
asked.end(inQuery ? undefined : form.toString());
