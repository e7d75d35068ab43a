import { request } from "node:https";
import { readFileSync, rmSync } from "node:fs";

import { type Site } from "../../../lab/core/site";
import { startSite } from "../../../lab/lab";
import { connect } from "../../../lab/pbs/client";
import { startPbs } from "../../../lab/pbs/module";
import { startPve } from "../../../lab/pve/module";
import { describedSite, newStateDirectory } from "./pve-site";

/** Starts nodes and backup server of the lab in this process. */
export function startWholeSite(state: string, prefix: string): Promise<Site> {
  const modules = {
    startPbs,
    startPve: (site: Site, node: Parameters<typeof startPve>[1]) => startPve(site, node, connect),
  };
  return startSite({ state, prefix, description: describedSite() }, modules);
}

/** A whole site with a state of its own, and what takes it down again. */
export async function openWholeSite(prefix: string): Promise<{ site: Site; close: () => Promise<void> }> {
  const state = newStateDirectory();
  const site = await startWholeSite(state, prefix);
  const close = async (): Promise<void> => {
    await site.stop();
    rmSync(state, { recursive: true });
  };
  return { site, close };
}

/** Asks the site's backup server with the token of the sheet; fails on anything but success. */
export async function askPbs(site: Site, operation: string, body: object = {}): Promise<unknown> {
  const { api, logins } = site.sheet.content.pbs["backup"]!;
  const [method = "", path = ""] = operation.split(" ");
  const headers = {
    authorization: `PBSAPIToken=${logins.token.id}:${logins.token.secret}`,
    "content-type": "application/json",
  };
  const ca = readFileSync(site.sheet.content.ca);
  const text = await new Promise<string>((resolve, reject) => {
    const outgoing = request(`${api}/api2/json${path}`, { method, headers, ca, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const answer = Buffer.concat(parts).toString("utf8");
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${operation}: ${response.statusCode} ${answer}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(method === "GET" || method === "DELETE" ? undefined : JSON.stringify(body));
  });
  return (JSON.parse(text) as { data: unknown }).data;
}
