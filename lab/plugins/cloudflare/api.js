// @ts-check
"use strict";

const { readFileSync } = require("node:fs");
const https = require("node:https");

/** The API of the lab's Cloudflare. */
class Api {
  /**
   * @param {string} base Address, `https://127.0.0.250:8443/client/v4`.
   * @param {string} token API token.
   */
  constructor(base, token) {
    const { hostname } = new URL(base);
    if (!/^127\.\d+\.\d+\.\d+$/.test(hostname))
      throw new Error(
        `cloudflare-lab reaches loopback only, not ${hostname}; the real plugin is needed for a real account`,
      );
    this.base = base;
    this.token = token;
  }

  /**
   * Result of a request; undefined where nothing is there.
   * @param {string} method Verb.
   * @param {string} path Below the base.
   * @param {object} [body] Sent as JSON.
   * @returns {Promise<any>} What the API answers.
   */
  async ask(method, path, body) {
    const { status, text } = await this.send(method, path, body);
    const { success, errors, result } = JSON.parse(text);
    if (success) return result;
    if (status === 404 && method === "GET") return undefined;
    const said = errors.map((/** @type {any} */ { code, message }) => `${message} (${code})`).join("; ");
    throw new Error(`${method} ${path}: ${status} ${said}`);
  }

  /**
   * @param {string} method Verb.
   * @param {string} path Below the base.
   * @param {object} [body] Sent as JSON.
   * @returns {Promise<{ status: number, text: string }>} The answer whole.
   */
  send(method, path, body) {
    const { SSL_CERT_FILE: bundle } = process.env;
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const options = { method, headers, ...(bundle && { ca: readFileSync(bundle, "utf8") }) };
    return new Promise((resolve, reject) => {
      const request = https.request(`${this.base}${path}`, options, (response) => {
        /** @type {Buffer[]} */
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }),
        );
      });
      request.on("error", reject);
      request.end(body && JSON.stringify(body));
    });
  }
}

module.exports = { Api };
