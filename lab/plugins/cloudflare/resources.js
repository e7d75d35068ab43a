// @ts-check
"use strict";

/**
 * @typedef {object} Resource
 * @property {readonly string[]} inputs All that a program may say.
 * @property {readonly string[]} required What it has to say, as the npm package's types have it.
 * @property {readonly string[]} replacing What makes another object of it. Source: Cloudflare's Terraform provider 5.22.
 * @property {readonly string[]} secrets Outputs that are secret.
 * @property {"PUT" | "PATCH"} change Verb of an update.
 * @property {(inputs: any) => string} collection Path of the objects beside which it is.
 * @property {(inputs: any) => object} body What the API is sent.
 * @property {(answered: any, raw: any) => Record<string, any>} read What of its inputs the API gives back, from its answer in a program's
 * words and as it came. What is named and undefined is gone.
 */

/** @param {any} value With names as programs write them. @returns {any} With names as the API has them. */
function snake(value) {
  if (Array.isArray(value)) return value.map(snake);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !name.startsWith("__") && inner !== undefined && inner !== null)
      .map(([name, inner]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), snake(inner)]),
  );
}

/** @param {object} inputs Inputs. @param {readonly string[]} names Those of them that are sent. */
function only(inputs, names) {
  return snake(Object.fromEntries(Object.entries(inputs).filter(([name]) => names.includes(name))));
}

const RECORD = ["comment", "content", "name", "proxied", "ttl", "type"];
const APPLICATION = ["destinations", "name", "policies", "sessionDuration", "type"];

/** @param {readonly string[]} names Inputs that the API gives back under their own names. */
function given(names) {
  return (/** @type {any} */ answered) => Object.fromEntries(names.map((name) => [name, answered[name]]));
}

/** @type {Record<string, Resource>} */
const RESOURCES = {
  "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": {
    inputs: ["accountId", "configSrc", "name", "tunnelSecret"],
    required: ["accountId", "name"],
    replacing: ["accountId", "configSrc"],
    secrets: ["tunnelSecret"],
    change: "PATCH",
    collection: ({ accountId }) => `/accounts/${accountId}/cfd_tunnel`,
    body: (inputs) => ({ config_src: "local", ...only(inputs, ["configSrc", "name", "tunnelSecret"]) }),
    // Where its configuration lies comes under another name, and its secret never.
    read: given(["name"]),
  },
  "cloudflare:index/dnsRecord:DnsRecord": {
    inputs: ["comment", "content", "data", "name", "priority", "proxied", "settings", "tags", "ttl", "type", "zoneId"],
    required: ["name", "ttl", "type", "zoneId"],
    replacing: ["type", "zoneId"],
    secrets: [],
    change: "PUT",
    collection: ({ zoneId }) => `/zones/${zoneId}/dns_records`,
    body: (inputs) => only(inputs, RECORD),
    read: given(RECORD),
  },
  "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": {
    inputs: ["accountId", "destinations", "name", "policies", "sessionDuration", "type", "zoneId"],
    required: [],
    replacing: ["accountId", "zoneId"],
    secrets: [],
    change: "PUT",
    collection: ({ accountId }) => `/accounts/${accountId}/access/apps`,
    body: (inputs) => only(inputs, APPLICATION),
    read: given(APPLICATION),
  },
  "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy": {
    inputs: ["accountId", "decision", "excludes", "includes", "name", "requires", "sessionDuration"],
    required: ["accountId", "decision", "name"],
    replacing: ["accountId"],
    secrets: [],
    change: "PUT",
    collection: ({ accountId }) => `/accounts/${accountId}/access/policies`,
    body: ({ includes, ...inputs }) => ({ ...only(inputs, ["decision", "name"]), include: snake(includes) }),
    read: ({ decision, include, name }) => ({ decision, includes: include, name }),
  },
};

const BALANCER = ["defaultPools", "fallbackPool", "name", "proxied", "steeringPolicy"];
const PLACES = ["enabled", "minimumOrigins", "monitor", "name", "origins"];

RESOURCES["cloudflare:index/loadBalancer:LoadBalancer"] = {
  inputs: [
    "defaultPools",
    "description",
    "enabled",
    "fallbackPool",
    "name",
    "proxied",
    "steeringPolicy",
    "ttl",
    "zoneId",
  ],
  required: ["defaultPools", "fallbackPool", "name", "zoneId"],
  replacing: ["zoneId"],
  secrets: [],
  change: "PUT",
  collection: ({ zoneId }) => `/zones/${zoneId}/load_balancers`,
  body: (inputs) => only(inputs, BALANCER),
  read: given(BALANCER),
};

RESOURCES["cloudflare:index/loadBalancerPool:LoadBalancerPool"] = {
  inputs: ["accountId", "checkRegions", "description", ...PLACES],
  required: ["accountId", "name", "origins"],
  replacing: ["accountId"],
  secrets: [],
  change: "PUT",
  collection: ({ accountId }) => `/accounts/${accountId}/load_balancers/pools`,
  // Only here is a header spelt as it travels.
  body: ({ origins, ...inputs }) => ({
    ...only(inputs, PLACES),
    origins: origins.map((/** @type {any} */ { header, ...origin }) => ({
      ...snake(origin),
      ...(header && { header: { Host: header.hosts } }),
    })),
  }),
  read: ({ origins = [], ...answered }) => ({
    ...given(PLACES)(answered),
    origins: origins.map((/** @type {any} */ { header, ...origin }) => ({
      ...origin,
      ...(header && { header: { hosts: header.Host } }),
    })),
  }),
};

const LOOKS = ["description", "expectedCodes", "interval", "method", "path", "retries", "timeout", "type"];

RESOURCES["cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor"] = {
  inputs: ["accountId", "header", ...LOOKS],
  required: ["accountId"],
  replacing: ["accountId"],
  secrets: [],
  change: "PUT",
  collection: ({ accountId }) => `/accounts/${accountId}/load_balancers/monitors`,
  body: ({ header, ...inputs }) => ({ ...only(inputs, LOOKS), header }),
  // Names of headers are nobody's to spell otherwise.
  read: (answered, { header }) => ({ ...given(LOOKS)(answered), header }),
};

const POLICY = ["alertInterval", "alertType", "description", "enabled", "name"];

/** Names of filters and ways are in the plural in programs, and in the singular in the API. @type {Record<string, string>} */
const SINGULAR = {
  emails: "email",
  newHealths: "new_health",
  newStatuses: "new_status",
  poolIds: "pool_id",
  tunnelIds: "tunnel_id",
};

/** @param {any} fields Fields in the plural. */
function singular(fields) {
  return Object.fromEntries(Object.entries(snakeless(fields)).map(([name, value]) => [SINGULAR[name] ?? name, value]));
}

/** @param {any} fields Fields in the singular, as the API has them. */
function plural(fields) {
  const names = Object.fromEntries(Object.entries(SINGULAR).map(([many, one]) => [one, many]));
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [names[name] ?? name, value]));
}

/** @param {any} fields Fields, the engine's own among them. */
function snakeless(fields = {}) {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => !name.startsWith("__") && value));
}

RESOURCES["cloudflare:index/notificationPolicy:NotificationPolicy"] = {
  inputs: ["accountId", "filters", "mechanisms", ...POLICY],
  required: ["accountId", "alertType", "mechanisms", "name"],
  replacing: ["accountId"],
  secrets: [],
  change: "PUT",
  collection: ({ accountId }) => `/accounts/${accountId}/alerting/v3/policies`,
  body: ({ filters, mechanisms, ...inputs }) => ({
    ...only(inputs, POLICY),
    mechanisms: singular(mechanisms),
    ...(filters && { filters: singular(filters) }),
  }),
  read: (answered, { filters, mechanisms }) => ({
    ...given(POLICY)(answered),
    mechanisms: plural(mechanisms),
    filters: filters && plural(filters),
  }),
};

RESOURCES["cloudflare:index/notificationPolicyWebhooks:NotificationPolicyWebhooks"] = {
  inputs: ["accountId", "name", "secret", "url"],
  required: ["accountId", "name", "url"],
  replacing: ["accountId"],
  secrets: ["secret"],
  change: "PUT",
  collection: ({ accountId }) => `/accounts/${accountId}/alerting/v3/destinations/webhooks`,
  body: (inputs) => only(inputs, ["name", "secret", "url"]),
  read: given(["name", "url"]),
};

/** The one that is no object of its own: it belongs to its tunnel, and is never deleted. */
const CONFIG = "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig";

/** @type {Resource} */
const config = {
  inputs: ["accountId", "config", "source", "tunnelId"],
  required: ["accountId", "tunnelId"],
  replacing: ["accountId", "tunnelId"],
  secrets: [],
  change: "PUT",
  collection: ({ accountId, tunnelId }) => `/accounts/${accountId}/cfd_tunnel/${tunnelId}/configurations`,
  body: ({ config: { ingresses, ...rest } }) => ({ config: { ...snake(rest), ingress: snake(ingresses) } }),
  read: ({ config: { ingress, ...rest } }) => ({ config: { ...rest, ingresses: ingress } }),
};

/** The function that gives a tunnel's token. Its answer is marked as no secret, as that of the real one is not. */
const TOKEN = "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken";

RESOURCES[CONFIG] = config;

module.exports = { RESOURCES, CONFIG, TOKEN };
