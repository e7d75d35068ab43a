import { parseToken } from "../provider/clients/login";
import { PveClient } from "../provider/clients/pve-client";
import { type Stack } from "./engine/stack";
import { readSecret } from "./secrets";

/**
 * The nodes' API with the login with which the program applies: by it tasks are known as the program's.
 * @throws {Error} With a cure when the settings name no node, or the login cannot be read.
 */
export async function applyingClient({ settings, settingsFile, standIn }: Stack): Promise<PveClient> {
  const { nodes, caCertificate } = settings;
  const [first] = Object.keys(nodes);
  const node = nodes[(await standIn()) ?? first ?? ""];
  if (node === undefined) throw new Error(`${settingsFile} names no node.\nCure: make enrol HOST=…`);
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  const login = parseToken(await readSecret(settingsFile, "pveApiToken", "PVE_API_TOKEN"), "PVE");
  return new PveClient({ endpoint: node.api, trust, login });
}
