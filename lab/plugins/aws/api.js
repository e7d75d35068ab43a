// @ts-check
"use strict";

const { readFileSync } = require("node:fs");
const { Agent } = require("node:https");

const budgets = require("@aws-sdk/client-budgets");
const ec2 = require("@aws-sdk/client-ec2");
const iam = require("@aws-sdk/client-iam");
const s3 = require("@aws-sdk/client-s3");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

/** AWS as its own SDK asks it, at the addresses of the provider's configuration. */
class Api {
  /** @param {any} config Of the provider. */
  constructor({ accessKey, secretKey, region, endpoints, s3UsePathStyle }) {
    const [addresses = {}] = endpoints ?? [];
    const named = ["s3", "iam", "ec2", "budgets"].map((service) => [service, addresses[service]]);
    if (named.every(([, address]) => address === undefined)) refuseElsewhere("");
    for (const [, address] of named) if (address !== undefined) refuseElsewhere(address);
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
    // Without an address of its own a service would be asked at AWS itself.
    const at = (/** @type {string} */ service) => ({
      ...common,
      endpoint: addresses[service] ?? "https://127.255.255.254",
    });
    this.buckets = new s3.S3Client({ ...at("s3"), forcePathStyle: s3UsePathStyle === true });
    this.users = new iam.IAMClient(at("iam"));
    this.machines = new ec2.EC2Client(at("ec2"));
    this.budgets = new budgets.BudgetsClient(at("budgets"));
  }

  /** Number of the account, which every group of EC2 shows. */
  async account() {
    const { SecurityGroups } = await this.machines.send(new ec2.DescribeSecurityGroupsCommand({}));
    return SecurityGroups?.[0]?.OwnerId ?? "";
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
      const { $metadata, name = "" } = /** @type {any} */ (error);
      // EC2 says 400 and a name such as InvalidVpcID.NotFound; budgets say NotFoundException.
      if ($metadata?.httpStatusCode === 404 || /\.NotFound$|^NotFoundException$/.test(name)) return undefined;
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
