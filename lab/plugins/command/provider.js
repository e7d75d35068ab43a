// @ts-check
"use strict";

const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const messages = require("@pulumi/pulumi/proto/provider_pb");

const {
  answer,
  configured,
  failureMessage,
  passed,
  pluginInfo,
  registerProvider,
  schema,
  typeOf,
} = require("../shared/protocol");
const { version } = require("./package.json");
const { copyToRemote } = require("./copy-to-remote");
const { remoteCommand } = require("./remote-command");
const { hasUnknown, propertiesOf, same, structOf } = require("./values");

/** Resources by their type tokens. Everything else of command 1.2.1 is refused by name. */
const RESOURCES = /** @type {Record<string, any>} */ ({
  "command:remote:Command": remoteCommand,
  "command:remote:CopyToRemote": copyToRemote,
});

/**
 * The provider's gRPC service. It has no Read and no invokes, as the real one has none for these resources.
 * @param {import("./engine-log").EngineLog} log Lines for people.
 * @returns {Record<string, Function>} Handlers by method name.
 */
function providerService(log) {
  const stopping = new AbortController();
  /** @param {any} request A request about one resource. */
  const contextOf = (request) => {
    const urn = request.getUrn();
    return { urn, name: urn.split("::").pop() ?? "", log, signal: stopping.signal };
  };
  return {
    handshake: answer(() => new messages.ProviderHandshakeResponse()),
    getPluginInfo: answer(() => pluginInfo(version)),
    getSchema: answer(() => schema("command", version)),
    checkConfig: answer((request) => passed(request.getNews())),
    diffConfig: answer(() => new messages.DiffResponse()),
    configure: answer(() => configured()),
    check: answer((request) => check(request)),
    diff: answer((request) => diff(request)),
    create: answer((request) => create(request, contextOf(request))),
    update: answer((request) => update(request, contextOf(request))),
    read: answer((request) => unread(request)),
    delete: answer(async (request) => {
      await resourceOf(request).delete(propertiesOf(request.getProperties()), contextOf(request));
      return new Empty();
    }),
    cancel: answer(() => {
      stopping.abort();
      return new Empty();
    }),
    attach: answer(() => new Empty()),
  };
}

/**
 * @param {any} request With the resource's URN.
 * @throws {Error} For what this stand-in does not have.
 */
function resourceOf(request) {
  const type = typeOf(request);
  const resource = RESOURCES[type];
  if (resource) return resource;
  const known = Object.keys(RESOURCES).join(", ");
  throw new Error(`command-lab ${version} has ${known}, not "${type}"; only the official plugin runs that`);
}

/** @param {import("@pulumi/pulumi/proto/provider_pb").CheckRequest} request Declared inputs. */
function check(request) {
  const resource = resourceOf(request);
  const declared = propertiesOf(request.getNews());
  const { failures, inputs } = resource.check(declared);
  const response = new messages.CheckResponse();
  response.setInputs(structOf(inputs));
  response.setFailuresList([...failures, ...strangers(resource, declared)].map(failureMessage));
  return response;
}

/**
 * @param {any} resource One of ours.
 * @param {import("./values").Properties} declared Declared inputs.
 */
function strangers(resource, declared) {
  const names = Object.keys(declared).filter((name) => !name.startsWith("__") && !resource.inputs.includes(name));
  return names.map((property) => ({ property, reason: `unknown property; known: ${resource.inputs.join(", ")}` }));
}

/**
 * Any input that differs is an update, `triggers` a replacement, made before the old one goes.
 * @param {import("@pulumi/pulumi/proto/provider_pb").DiffRequest} request State and new inputs.
 */
function diff(request) {
  const resource = resourceOf(request);
  const [olds, news] = [propertiesOf(request.getOlds()), propertiesOf(request.getNews())];
  const changed = resource.inputs.filter(
    (/** @type {string} */ name) => hasUnknown(news[name]) || !same(olds[name], news[name]),
  );
  const replaces = changed.filter((/** @type {string} */ name) => resource.replacing.includes(name));
  const response = new messages.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
  response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(changed);
  response.setReplacesList(replaces);
  response.setDeletebeforereplace(false);
  return response;
}

/**
 * @param {import("@pulumi/pulumi/proto/provider_pb").CreateRequest} request Checked inputs.
 * @param {import("./remote-command").Context} context The world.
 */
async function create(request, context) {
  const resource = resourceOf(request);
  const inputs = propertiesOf(request.getProperties());
  const response = new messages.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(structOf(resource.preview(inputs)));
    return response;
  }
  const { id, state } = await resource.create(inputs, context);
  response.setId(id);
  response.setProperties(structOf(state));
  return response;
}

/**
 * @param {import("@pulumi/pulumi/proto/provider_pb").UpdateRequest} request State and checked inputs.
 * @param {import("./remote-command").Context} context The world.
 */
async function update(request, context) {
  const resource = resourceOf(request);
  const inputs = propertiesOf(request.getNews());
  const response = new messages.UpdateResponse();
  const state = request.getPreview()
    ? resource.preview(inputs)
    : await resource.update(propertiesOf(request.getOlds()), inputs, context);
  response.setProperties(structOf(state));
  return response;
}

/**
 * A refresh gives back what the state holds: drift is invisible. An import finds nothing.
 * @param {import("@pulumi/pulumi/proto/provider_pb").ReadRequest} request What the engine knows.
 */
function unread(request) {
  resourceOf(request);
  const response = new messages.ReadResponse();
  if (Object.keys(propertiesOf(request.getProperties())).length === 0) return response;
  response.setId(request.getId());
  response.setProperties(request.getProperties());
  response.setInputs(request.getInputs());
  return response;
}

module.exports = { providerService, registerProvider };
