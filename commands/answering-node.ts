import { request } from "node:https";

import { type Settings } from "../estate/settings";

/** A node is asked this long; in one network an answer takes milliseconds. */
const PATIENCE_MS = 3_000;

/**
 * Name of the first node of the settings that answers; undefined when none does. Every node answers for the whole cluster, so with one
 * that is lost the site can still be looked at and changed. No login is sent.
 */
export async function answeringNode(
  nodes: Settings["nodes"],
  patience: number = PATIENCE_MS,
): Promise<string | undefined> {
  for (const [name, { api }] of Object.entries(nodes)) if (await answers(api, patience)) return name;
  return undefined;
}

/** Names of the nodes of the settings that do not answer; all are asked at once. No login is sent. */
export async function silentNodes(nodes: Settings["nodes"], patience: number = PATIENCE_MS): Promise<string[]> {
  const asked = Object.entries(nodes).map(async ([name, { api }]) => ((await answers(api, patience)) ? [] : [name]));
  return (await Promise.all(asked)).flat();
}

/** Whether anybody is there. Who it is, the clients find out: a certificate that is not trusted is an answer, too. */
export function answers(api: string, patience: number = PATIENCE_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(`${api}/api2/json/version`, { agent: false, timeout: patience }, (response) => {
      response.resume();
      resolve(true);
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer in time")));
    asking.on("error", (error: NodeJS.ErrnoException) => {
      resolve(/CERT|SIGNATURE|ISSUER|EPROTO|ALTNAME/.test(error.code ?? ""));
    });
    asking.end();
  });
}
