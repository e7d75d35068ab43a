// @ts-check
"use strict";

const { BUCKETS } = require("./bucket");
const { BUDGETS } = require("./budget");
const { INSTANCES } = require("./instance");
const { NETWORKS } = require("./network");
const { ROLES } = require("./role");
const { ROUTES } = require("./route");
const { SECURITY_GROUPS } = require("./security-group");
const { USERS } = require("./user");
const { VOLUMES } = require("./volume");

/** @typedef {import("../api").Api} Api */

/**
 * @typedef {object} Resource
 * @property {readonly string[]} inputs All that a program may say here; the npm package's types have more.
 * @property {readonly string[]} required What it has to say, as those types have it.
 * @property {readonly string[]} replacing What makes another object of it. Source: AWS' Terraform provider 6.
 * @property {readonly string[]} secrets Outputs that are secret, as the npm package marks them.
 * @property {(api: Api, inputs: any) => Promise<{ id: string, outputs?: object }>} create Makes it.
 * @property {(api: Api, inputs: any, state: any) => Promise<void>} update Changes it.
 * @property {(api: Api, state: any) => Promise<object | undefined>} read What is there, in the words of the inputs; undefined where nothing is.
 * @property {(api: Api, state: any) => Promise<void>} remove Takes it away.
 */

/** By type. @type {Record<string, Resource>} */
const RESOURCES = {
  ...BUCKETS,
  ...USERS,
  ...ROLES,
  ...NETWORKS,
  ...ROUTES,
  ...SECURITY_GROUPS,
  ...INSTANCES,
  ...VOLUMES,
  ...BUDGETS,
};

module.exports = { RESOURCES };
