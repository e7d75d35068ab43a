// @ts-check
"use strict";

const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const messages = require("@pulumi/pulumi/proto/provider_pb");

const { plain, propertiesOf, secret, structOf, UNKNOWN } = require("../command/values");
const { answer, configured, passed, pluginInfo, registerProvider, schema, typeOf } = require("../shared/protocol");
const { checked, compared } = require("../shared/resources");
const { version } = require("./package.json");
const { Api } = require("./api");
const { readBack } = require("./read-back");
const { CONFIG, RESOURCES, TOKEN } = require("./resources");

/** The provider's gRPC service, for the resources of cloudflare 6.22.1 that a tunnel needs; others are refused by name. */
function providerService() {
  /** @type {Api | undefined} */
  let api;
  const reached = () => {
    if (api) return api;
    throw new Error("cloudflare-lab has no baseUrl in its configuration, and reaches nothing but the lab");
  };
  return {
    handshake: answer(() => new messages.ProviderHandshakeResponse()),
    getPluginInfo: answer(() => pluginInfo(version)),
    getSchema: answer(() => schema("cloudflare", version)),
    checkConfig: answer((request) => passed(request.getNews())),
    diffConfig: answer(() => new messages.DiffResponse()),
    configure: answer((request) => {
      const { baseUrl, apiToken } = plain(propertiesOf(request.getArgs()));
      if (typeof baseUrl === "string" && typeof apiToken === "string") api = new Api(baseUrl, apiToken);
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

/**
 * @param {any} request With the resource's URN.
 * @throws {Error} For what this stand-in does not have.
 */
function resourceOf(request) {
  const resource = RESOURCES[typeOf(request)];
  if (resource) return resource;
  throw new Error(`cloudflare-lab ${version} has no "${typeOf(request)}"; only the official plugin runs that`);
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
  const known = plain(inputs);
  const isConfig = typeOf(request) === CONFIG;
  const made = await reached().ask(isConfig ? "PUT" : "POST", resource.collection(known), resource.body(known));
  response.setId(isConfig ? known.tunnelId : made.id);
  response.setProperties(structOf(stateOf(resource, inputs)));
  return response;
}

/**
 * @param {any} request State and checked inputs.
 * @param {() => Api} reached The API.
 */
async function update(request, reached) {
  const resource = resourceOf(request);
  const inputs = propertiesOf(request.getNews());
  if (!request.getPreview()) {
    const known = plain(inputs);
    await reached().ask(resource.change, pathOf(request, resource, known), resource.body(known));
  }
  const response = new messages.UpdateResponse();
  response.setProperties(structOf(stateOf(resource, inputs)));
  return response;
}

/**
 * @param {any} request With the identifier.
 * @param {import("./resources").Resource} resource What it is.
 * @param {any} known Its inputs.
 */
function pathOf(request, resource, known) {
  const collection = resource.collection(known);
  return typeOf(request) === CONFIG ? collection : `${collection}/${request.getId()}`;
}

/**
 * @param {import("./resources").Resource} resource What it is.
 * @param {any} inputs Its inputs.
 */
function stateOf({ secrets }, inputs) {
  const hidden = Object.entries(inputs).map(([name, value]) => [name, secrets.includes(name) ? secret(value) : value]);
  return Object.fromEntries(hidden);
}

/**
 * What is gone is gone; what is there is as the API gives it back. An import is not served.
 * @param {any} request What the engine knows.
 * @param {Api} api The API.
 */
async function read(request, api) {
  const resource = resourceOf(request);
  const response = new messages.ReadResponse();
  const state = propertiesOf(request.getProperties());
  if (Object.keys(state).length === 0) return response;
  const there = await api.ask("GET", pathOf(request, resource, plain(state)));
  if (there === undefined) return response;
  response.setId(request.getId());
  const held = readBack(resource, state, there);
  const inputs = propertiesOf(request.getInputs());
  response.setProperties(structOf(held));
  response.setInputs(
    structOf(Object.fromEntries(Object.keys(inputs).map((name) => [name, held[name] ?? inputs[name]]))),
  );
  return response;
}

/**
 * @param {any} request What the state holds.
 * @param {Api} api The API.
 */
async function remove(request, api) {
  const resource = resourceOf(request);
  // The real one does nothing either: the configuration goes with its tunnel.
  if (typeOf(request) !== CONFIG)
    await api.ask("DELETE", pathOf(request, resource, plain(propertiesOf(request.getProperties()))));
  return new Empty();
}

/**
 * @param {any} request Function and arguments.
 * @param {Api} api The API.
 */
async function invoke(request, api) {
  if (request.getTok() !== TOKEN) throw new Error(`cloudflare-lab ${version} has no function "${request.getTok()}"`);
  const { accountId, tunnelId } = plain(propertiesOf(request.getArgs()));
  const known = accountId !== UNKNOWN && tunnelId !== UNKNOWN;
  const token = known ? await api.ask("GET", `/accounts/${accountId}/cfd_tunnel/${tunnelId}/token`) : UNKNOWN;
  if (token === undefined) throw new Error(`there is no tunnel ${tunnelId}`);
  const response = new messages.InvokeResponse();
  response.setReturn(structOf({ accountId, tunnelId, id: tunnelId, token }));
  return response;
}

module.exports = { providerService, registerProvider };
