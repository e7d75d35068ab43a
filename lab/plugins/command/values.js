// @ts-check
"use strict";

const { isDeepStrictEqual } = require("node:util");

const { Struct } = require("google-protobuf/google/protobuf/struct_pb");
const rpc = require("@pulumi/pulumi/runtime/rpc");

/** @typedef {Record<string, any>} Properties Properties as they travel: secrets and unknowns keep their marks. */

/**
 * Properties of a request.
 * @param {import("google-protobuf/google/protobuf/struct_pb").Struct | undefined} struct As received.
 * @returns {Properties} Marks included.
 */
function propertiesOf(struct) {
  return struct ? struct.toJavaScript() : {};
}

/**
 * @param {Properties} properties Properties, marks included.
 * @returns {import("google-protobuf/google/protobuf/struct_pb").Struct} As they are sent.
 */
function structOf(properties) {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)));
}

/** @param {any} value Any value. */
function isSecret(value) {
  return isMarked(value) && value[rpc.specialSigKey] === rpc.specialSecretSig;
}

/** @param {any} value Any value. */
function isMarked(value) {
  return typeof value === "object" && value !== null && rpc.specialSigKey in value;
}

/**
 * A value as the command sees it, its secret marks taken off at every depth.
 * @param {any} value Any value.
 * @returns {any} The same, plain.
 */
function plain(value) {
  if (isSecret(value)) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/**
 * A value marked secret, once.
 * @param {any} value Any value.
 */
function secret(value) {
  return isSecret(value) ? value : { [rpc.specialSigKey]: rpc.specialSecretSig, value };
}

/**
 * Whether something in a value is not known before the run.
 * @param {any} value Any value.
 * @returns {boolean} True when any part is unknown.
 */
function hasUnknown(value) {
  if (value === rpc.unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/**
 * Whether two values are the same but for their marks.
 * @param {any} one A value.
 * @param {any} other Another.
 */
function same(one, other) {
  return isDeepStrictEqual(plain(one), plain(other));
}

module.exports = { hasUnknown, plain, propertiesOf, same, secret, structOf, UNKNOWN: rpc.unknownValue, signature: rpc };
