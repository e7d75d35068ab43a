// @ts-check
"use strict";

const { plain, same } = require("../command/values");

/** @param {any} value With names as the API has them. @returns {any} With names as programs write them. */
function camel(value) {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      camel(inner),
    ]),
  );
}

/**
 * What is there now, in the words of a program. What the API does not give back (an account's number, a tunnel's secret) is as it was.
 * @param {import("./resources").Resource} resource What it is.
 * @param {Record<string, any>} state As it was last known, marks included.
 * @param {any} answered What the API answered.
 */
function readBack({ inputs, read }, state, answered) {
  const now = read(camel(answered), answered);
  const held = { ...state };
  for (const name of inputs) {
    if (!(name in now)) continue;
    const value = now[name];
    if (value === undefined || value === null) delete held[name];
    else if (!same(withoutMarks(state[name]), value)) held[name] = value;
  }
  return held;
}

/** What the engine adds to an object is none of its fields. @param {any} value Any value. @returns {any} The same without. */
function withoutMarks(value) {
  const bare = plain(value);
  if (Array.isArray(bare)) return bare.map(withoutMarks);
  if (typeof bare !== "object" || bare === null) return bare;
  return Object.fromEntries(
    Object.entries(bare)
      .filter(([name, inner]) => !name.startsWith("__") && inner !== undefined && inner !== null)
      .map(([name, inner]) => [name, withoutMarks(inner)]),
  );
}

module.exports = { camel, readBack };
