// @ts-check
"use strict";

const { readFileSync } = require("node:fs");
const { Agent } = require("node:https");

const iam = require("@aws-sdk/client-iam");
const s3 = require("@aws-sdk/client-s3");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

/** AWS as its own SDK asks it, at the addresses of the provider's configuration. */
class Api {
  /** @param {any} config Of the provider. */
  constructor({ accessKey, secretKey, region, endpoints, s3UsePathStyle }) {
    const [{ s3: bucketAddress, iam: userAddress } = { s3: "", iam: "" }] = endpoints ?? [];
    for (const address of [bucketAddress, userAddress]) refuseElsewhere(address);
    const { SSL_CERT_FILE: bundle } = process.env;
    const common = {
      region,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestHandler: new NodeHttpHandler({
        httpsAgent: new Agent({ ...(bundle && { ca: readFileSync(bundle, "utf8") }) }),
      }),
      maxAttempts: 1,
    };
    this.region = region;
    this.buckets = new s3.S3Client({ ...common, endpoint: bucketAddress, forcePathStyle: s3UsePathStyle === true });
    this.users = new iam.IAMClient({ ...common, endpoint: userAddress });
  }

  /**
   * What a request answers; undefined where there is nothing.
   * @param {Promise<any>} request Sent by one of the clients.
   * @returns {Promise<any>} Its answer.
   */
  async found(request) {
    try {
      return await request;
    } catch (error) {
      const status = /** @type {any} */ (error).$metadata?.httpStatusCode;
      if (status === 404) return undefined;
      throw error;
    }
  }
}

/** @param {string} address Of an endpoint. */
function refuseElsewhere(address) {
  const hostname = URL.canParse(address) ? new URL(address).hostname : "AWS itself";
  if (/^127\.\d+\.\d+\.\d+$/.test(hostname)) return;
  throw new Error(`aws-lab reaches loopback only, not ${hostname}; the real plugin is needed for a real account`);
}

module.exports = { Api };
