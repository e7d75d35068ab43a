// @ts-check
"use strict";

const messages = require("@pulumi/pulumi/proto/provider_pb");

const { hasUnknown, propertiesOf, same, structOf } = require("../command/values");
const { failureMessage } = require("./protocol");

/**
 * What a program declared, and what of it no resource of that type has or lacks.
 * @param {any} request Declared inputs.
 * @param {{ readonly inputs: readonly string[], readonly required: readonly string[] }} resource All that a program may say, and has to.
 */
function checked(request, { inputs, required }) {
  const declared = propertiesOf(request.getNews());
  const names = Object.keys(declared).filter((name) => !name.startsWith("__"));
  const strange = names.filter((name) => !inputs.includes(name)).map((name) => [name, "unknown property"]);
  const missing = required.filter((name) => !names.includes(name)).map((name) => [name, "missing required property"]);
  const response = new messages.CheckResponse();
  response.setInputs(structOf(declared));
  const failures = [...strange, ...missing].map(([property = "", reason = ""]) => failureMessage({ property, reason }));
  response.setFailuresList(failures);
  return response;
}

/**
 * What differs between a state and what is declared now.
 * @param {any} request State and new inputs.
 * @param {{ readonly inputs: readonly string[], readonly replacing: readonly string[] }} resource Its inputs, and those that make another.
 */
function compared(request, { inputs, replacing }) {
  const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
  const ignored = request.getIgnorechangesList();
  const before = propertiesOf(request.getOldInputs());
  // What the program leaves open, and always left open, is the provider's to choose.
  const isOpen = (/** @type {string} */ name) => news[name] === undefined && before[name] === undefined;
  const changed = inputs.filter(
    (name) => !ignored.includes(name) && !isOpen(name) && (hasUnknown(news[name]) || !same(olds[name], news[name])),
  );
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(changed);
  response.setReplacesList(changed.filter((name) => replacing.includes(name)));
  response.setDeletebeforereplace(false);
  // Without it the engine shows no difference that a look has found.
  response.setHasdetaileddiff(true);
  const { UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  for (const name of changed) {
    const detail = new messages.PropertyDiff();
    detail.setKind(replacing.includes(name) ? UPDATE_REPLACE : UPDATE);
    response.getDetaileddiffMap().set(name, detail);
  }
  return response;
}

module.exports = { checked, compared };
