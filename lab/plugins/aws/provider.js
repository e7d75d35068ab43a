// @ts-check
"use strict";

const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const messages = require("@pulumi/pulumi/proto/provider_pb");

const { hasUnknown, plain, propertiesOf, same, secret, structOf } = require("../command/values");
const { answer, configured, passed, pluginInfo, registerProvider, schema, typeOf } = require("../shared/protocol");
const { checked, compared } = require("../shared/resources");
const { version } = require("./package.json");
const { Api } = require("./api");
const { FUNCTIONS } = require("./functions");
const { RESOURCES } = require("./resources");

/** The provider's gRPC service, for the resources of aws 7.48.0 that buckets, machines and what belongs to them need; others are refused by name. */
function providerService() {
  /** @type {Api | undefined} */
  let api;
  const reached = () => {
    if (api) return api;
    throw new Error("aws-lab has no endpoints in its configuration, and reaches nothing but the lab");
  };
  return {
    handshake: answer(() => new messages.ProviderHandshakeResponse()),
    getPluginInfo: answer(() => pluginInfo(version)),
    getSchema: answer(() => schema("aws", version)),
    checkConfig: answer((request) => passed(request.getNews())),
    diffConfig: answer(() => new messages.DiffResponse()),
    configure: answer((request) => {
      const config = Object.fromEntries(Object.entries(plain(propertiesOf(request.getArgs()))).map(parsed));
      if (config.endpoints && config.accessKey) api = new Api(config);
      return configured();
    }),
    check: answer((request) => checked(request, resourceOf(request))),
    diff: answer((request) => compared(request, resourceOf(request))),
    create: answer((request) => create(request, reached)),
    update: answer((request) => update(request, reached)),
    read: answer((request) => read(request, reached())),
    delete: answer((request) => remove(request, reached())),
    invoke: answer((request) => invoke(request, reached())),
    cancel: answer(() => new Empty()),
    attach: answer(() => new Empty()),
  };
}

/** The SDK sends what is no text in a provider's configuration as JSON. @param {[string, any]} pair Name and value. */
function parsed([name, value]) {
  const isJson = typeof value === "string" && /^(?:[[{]|true$|false$)/.test(value);
  return [name, isJson ? JSON.parse(value) : value];
}

/** @param {any} request With the resource's URN. */
function resourceOf(request) {
  const resource = RESOURCES[typeOf(request)];
  if (resource) return resource;
  throw new Error(`aws-lab ${version} has no "${typeOf(request)}"; only the official plugin runs that`);
}

/**
 * @param {any} request With checked inputs.
 * @param {() => Api} reached The API.
 */
async function create(request, reached) {
  const resource = resourceOf(request);
  const inputs = propertiesOf(request.getProperties());
  const response = new messages.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(structOf(inputs));
    return response;
  }
  const { id, outputs = {} } = await resource.create(reached(), plain(inputs));
  const hidden = Object.entries(outputs).map(([name, value]) => [
    name,
    resource.secrets.includes(name) ? secret(value) : value,
  ]);
  response.setId(id);
  response.setProperties(structOf({ ...inputs, ...Object.fromEntries(hidden) }));
  return response;
}

/**
 * @param {any} request State and checked inputs.
 * @param {() => Api} reached The API.
 */
async function update(request, reached) {
  const [inputs, state] = [propertiesOf(request.getNews()), propertiesOf(request.getOlds())];
  if (!request.getPreview())
    await resourceOf(request).update(reached(), plain(inputs), { ...plain(state), id: request.getId() });
  const response = new messages.UpdateResponse();
  response.setProperties(structOf({ ...state, ...inputs }));
  return response;
}

/**
 * What is there, in the words of the program where they say the same. An import is not served.
 * @param {any} request What the engine knows.
 * @param {Api} api The API.
 */
async function read(request, api) {
  const response = new messages.ReadResponse();
  const state = propertiesOf(request.getProperties());
  if (Object.keys(state).length === 0) return response;
  const known = plain(state);
  const there = await resourceOf(request).read(api, { ...known, id: request.getId() });
  if (there === undefined) return response;
  const inputs = propertiesOf(request.getInputs());
  // What the program left open the cloud has chosen: it is no difference.
  const open = new Set(resourceOf(request).inputs.filter((name) => !(name in inputs)));
  const { id: _, ...all } = /** @type {any} */ (there);
  const found = Object.fromEntries(Object.entries(all).filter(([name]) => !open.has(name)));
  const merged = Object.fromEntries(
    Object.entries({ ...known, ...found }).map(([name, value]) => [
      name,
      same(known[name], value) ? state[name] : value,
    ]),
  );
  response.setId(request.getId());
  response.setProperties(structOf(merged));
  response.setInputs(
    structOf(Object.fromEntries(Object.keys(inputs).map((name) => [name, merged[name] ?? inputs[name]]))),
  );
  return response;
}

/**
 * @param {any} request What the state holds.
 * @param {Api} api The API.
 */
async function remove(request, api) {
  await resourceOf(request).remove(api, { ...plain(propertiesOf(request.getProperties())), id: request.getId() });
  return new Empty();
}

/**
 * @param {any} request Function and arguments.
 * @param {Api} api The API.
 */
async function invoke(request, api) {
  const run = FUNCTIONS[request.getTok()];
  if (run === undefined) throw new Error(`aws-lab ${version} has no function "${request.getTok()}"`);
  const args = propertiesOf(request.getArgs());
  const response = new messages.InvokeResponse();
  response.setReturn(structOf(hasUnknown(args) ? {} : await run(api, plain(args))));
  return response;
}

module.exports = { providerService, registerProvider };
