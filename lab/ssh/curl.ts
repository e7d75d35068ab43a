import { request } from "node:https";
import { readFileSync } from "node:fs";

import { type Machine } from "../core/machine";
import { failed, printed, type CommandResult, type Program } from "../core/program";

/** Exit statuses of curl. @see https://curl.se/libcurl/c/libcurl-errors.html */
const STATUS = { usage: 2, connect: 7, http: 22, timeout: 28 } as const;

/**
 * `curl` of a machine, as far as it gets a page by HTTPS: `--silent`, `--show-error`, `--fail`, `--max-time`, `--header`, one address. The
 * lab's authority is to it what the world's are to a real one, and it comes as far as the machine's line.
 */
export function curl(machine: Machine): Program {
  return async (argv) => {
    const words = [...argv];
    const headers: Record<string, string> = {};
    let [limit, address] = [30, ""];
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (["--silent", "--show-error", "--fail"].includes(word)) continue;
      else if (word === "--max-time") limit = Number(words.shift());
      else if (word === "--header") {
        const [name = "", value = ""] = (words.shift() ?? "").split(": ");
        headers[name] = value;
      } else if (word.startsWith("-")) return failed(STATUS.usage, `curl: option ${word}: is unknown`);
      else address = word;
    }
    return get(machine, new URL(address), headers, limit * 1_000);
  };
}

function get(machine: Machine, url: URL, headers: Record<string, string>, timeout: number): Promise<CommandResult> {
  const { site, address: localAddress } = machine;
  const refused = (why: string) => failed(STATUS.connect, `curl: (7) Failed to connect to ${url.host}: ${why}`);
  if (!machine.reaches(url.hostname)) return Promise.resolve(refused("Network is unreachable"));
  return new Promise((resolve) => {
    const ca = readFileSync(site.authority.caFile);
    const asking = request(url, { headers, ca, agent: false, localAddress, timeout }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const { statusCode: status = 0 } = response;
        if (status >= 400) resolve(failed(STATUS.http, `curl: (22) The requested URL returned error: ${status}`));
        else resolve(printed(Buffer.concat(parts).toString("utf8")));
      });
    });
    asking.on("timeout", () => {
      resolve(failed(STATUS.timeout, "curl: (28) Operation timed out"));
      asking.destroy();
    });
    asking.on("error", ({ message }) => {
      resolve(refused(message));
    });
    asking.end();
  });
}
