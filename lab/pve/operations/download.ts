import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { dirname } from "node:path";

import { type Call, type Operation } from "../operation";
import { DOWNLOAD_URL, QUERY_URL } from "../parameters/download";
import { impossible } from "../refusal";
import { fileOf } from "../storage/dir-volumes";
import { publishedImage } from "../../core/guest-system";

const NETWORK = [
  "or",
  ["perm", "/", ["Sys.Audit", "Sys.Modify"]],
  ["perm", "/nodes/{node}", ["Sys.AccessNetwork"]],
] as const;

/**
 * Files from the network. The lab is on no network: at every https address that ends in `.qcow2` lies an image of its own, the same
 * for the same address. Sources: pve-manager, PVE/API2/Nodes.pm; pve-storage, src/PVE/API2/Storage/Status.pm, src/PVE/Tools.pm.
 */
export const DOWNLOADS: readonly Operation[] = [
  {
    name: "GET /nodes/{node}/query-url-metadata",
    parameters: QUERY_URL,
    permissions: { check: NETWORK },
    handle: queryUrl,
  },
  {
    name: "POST /nodes/{node}/storage/{storage}/download-url",
    parameters: DOWNLOAD_URL,
    permissions: { check: ["and", ["perm", "/storage/{storage}", ["Datastore.AllocateTemplate"]], NETWORK] },
    handle: download,
  },
];

function queryUrl(call: Call): object | Promise<object> {
  const url = call.required("url");
  if (!IMAGE.test(url)) return headOf(call);
  const filename = url.slice(url.lastIndexOf("/") + 1);
  return { filename, size: published(url).length, mimetype: "application/octet-stream" };
}

/** Asks an address of the lab by HEAD, from the node. Texts: pve-manager, PVE/API2/Nodes.pm, query_url_metadata. */
function headOf(call: Call): Promise<object> {
  const url = new URL(call.required("url"));
  const { machine } = call.node;
  return new Promise((resolve, reject) => {
    if (!machine.reaches(url.hostname)) {
      reject(impossible(`invalid server response: '500 Can't connect to ${url.host} (Network is unreachable)'`));
      return;
    }
    const rejectUnauthorized = call.text("verify-certificates") !== "0";
    const options = { method: "HEAD", rejectUnauthorized, agent: false, localAddress: machine.address, timeout: 5_000 };
    const asking = request(url, options, (response) => {
      response.resume();
      const { statusCode: status = 0, headers } = response;
      if (status === 200) resolve({ mimetype: headers["content-type"] });
      else reject(impossible(`invalid server response: '${status} ${response.statusMessage ?? ""}'`));
    });
    asking.on("timeout", () => asking.destroy(new Error("timeout")));
    asking.on("error", (error) => {
      reject(impossible(`invalid server response: '500 Can't connect to ${url.host} (${error.message})'`));
    });
    asking.end();
  });
}

/** Addresses at which an image lies. */
const IMAGE = /^https:.*\.qcow2$/;

function published(url: string): Buffer {
  if (!IMAGE.test(url)) throw impossible(`invalid server response: '404 Not Found'`);
  return publishedImage(url);
}

function download(call: Call): string {
  const [storage, filename, url] = [call.required("storage"), call.required("filename"), call.required("url")];
  const file = fileOf(call.node, `${storage}:${call.required("content")}/${filename}`);
  if (file === undefined) throw impossible("wrong file extension");
  const order = { type: "download", id: filename, authId: call.authId };
  return call.node.tasks.start(order, ({ log }) => {
    log(`downloading ${url} to ${file}`);
    if (existsSync(file)) throw new Error(`refusing to override existing file '${file}'`);
    const bytes = published(url);
    const [algorithm, wanted] = [call.text("checksum-algorithm"), call.text("checksum")];
    const got = createHash(algorithm ?? "sha256")
      .update(bytes)
      .digest("hex");
    if (wanted !== undefined && wanted.toLowerCase() !== got)
      throw new Error(`checksum mismatch: got '${got}' != expect '${wanted}'`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    log("download finished");
  });
}
