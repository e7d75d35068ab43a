import * as z from "zod";

import { versionWarnings } from "../enrol/node";
import { LOGIN_SECRETS, SSH_SECRET } from "../enrol/names";
import { STARTUP_PATH } from "../enrol/startup-order";
import { observeQuorumDevice } from "../observe/machines";
import { get } from "../observe/site";
import { hostKeyOfLine } from "../ssh/host-key";
import { openShell, shownHostKey } from "../ssh/node-shell";
import { parseToken } from "../../provider/clients/login";
import { PveClient } from "../../provider/clients/pve-client";
import { pvePrivileges } from "../../provider/rights/pve-rights";
import { failure, failureOf, ok, warning, type Check, type Finding } from "./check";
import { clockFinding } from "./clock";
import { clusterFindings, membersOf } from "./cluster";
import { type DoctoredSite } from "./site";
import { startupOrderFindings } from "./startup-order";

const VERSION = z.looseObject({ version: z.string() });
const TIME = z.looseObject({ time: z.number(), timezone: z.string().optional() });

/** The node's API: it answers, proves who it is, and lets both logins do what they need. */
export function apiCheck(site: DoctoredSite, name: string): Check {
  const { api } = site.settings.nodes[name] ?? { api: "" };
  const cure = `make enrol HOST=${new URL(api).hostname} again`;
  return {
    name: `API of ${name}`,
    run: async () => {
      const findings: Finding[] = [];
      for (const login of ["apply", "observe"] as const) {
        const secret = LOGIN_SECRETS[login];
        const line = await site.secrets.get(secret);
        if (line === undefined) {
          const much = login === "apply" ? failure : warning;
          findings.push(much(`there is no ${secret} in the settings`, cure));
          continue;
        }
        findings.push(...(await withPve(site, api, line, (pve) => loginFindings(pve, login, name))));
      }
      return findings;
    },
  };

  async function loginFindings(pve: PveClient, login: "apply" | "observe", node: string): Promise<Finding[]> {
    const held = Object.keys(await pve.privileges("/"));
    const missing = pvePrivileges(login).filter((privilege) => !held.includes(privilege));
    const more = held.filter((privilege) => !pvePrivileges(login).includes(privilege));
    const secret = LOGIN_SECRETS[login];
    if (missing.length > 0) return [failure(`${secret} lacks ${missing.join(", ")}`, cure)];
    if (more.length > 0) return [warning(`${secret} can do more than it needs: ${shortList(more)}`, cure)];
    if (login === "observe") return [ok(`${secret} may look, and nothing else`)];
    const { version } = await get(pve.ask, VERSION, "/version");
    const { time } = await get(pve.ask, TIME, `/nodes/${encodeURIComponent(node)}/time`);
    const newer = versionWarnings(version, node).map((text) =>
      warning(text.replace(/\.$/, ""), "look for a newer release of this project"),
    );
    return [
      ok(`PVE ${version}; ${secret} has the rights it needs`),
      ...newer,
      clockFinding(node, time),
      ...(await clusterOf(pve, node, site, cure)),
    ];
  }
}

/** The first node of the settings tells of the cluster and its rights; the others would say the same. */
async function clusterOf(pve: PveClient, node: string, { settings }: DoctoredSite, cure: string): Promise<Finding[]> {
  const known = Object.keys(settings.nodes);
  if (node !== known[0]) return [];
  const [members, [device], rights] = await Promise.all([
    membersOf(pve),
    observeQuorumDevice(pve.ask),
    pve.privileges(STARTUP_PATH),
  ]);
  return [
    ...clusterFindings(members, known, device !== undefined),
    ...startupOrderFindings(settings.startup.ordered, Object.keys(rights), cure),
  ];
}

/** Root's shell on the node: the host key is the one that was compared, here and in known_hosts, and our key gets in. */
export function shellCheck(site: DoctoredSite, name: string): Check {
  return {
    name: `SSH of ${name}`,
    run: async () => {
      const { ssh } = site.settings.nodes[name] ?? { ssh: undefined };
      if (ssh === undefined) return [];
      const pinned = hostKeyOfLine(ssh.hostKey);
      const shown = await shownHostKey(ssh);
      if (shown.type === pinned.type && shown.line !== pinned.line) {
        const cure =
          "compare on its console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); another machine may answer";
        return [failure(`it shows the host key ${shown.fingerprint}, the settings say ${pinned.fingerprint}`, cure)];
      }
      const privateKey = await site.secrets.get(SSH_SECRET);
      const cure = `make enrol HOST=${ssh.host} again`;
      if (privateKey === undefined) return [failure(`there is no ${SSH_SECRET} in the settings`, cure)];
      const shell = await openShell(ssh, { user: ssh.user, privateKey }, pinned);
      const { code } = await shell.run("true");
      shell.close();
      return [code === 0 ? ok(`host key ${pinned.fingerprint}`) : failure("it runs no command", cure)];
    },
  };
}

async function withPve(
  { settings }: DoctoredSite,
  endpoint: string,
  token: string,
  work: (pve: PveClient) => Promise<Finding[]>,
): Promise<Finding[]> {
  const { caCertificate } = settings;
  const trust = caCertificate === undefined ? {} : { authority: caCertificate };
  const pve = new PveClient({ endpoint, trust, login: parseToken(token, "PVE") }, []);
  try {
    return await work(pve);
  } catch (error) {
    return [failureOf(error, "look whether the node is up and its address is right")];
  } finally {
    await pve.close();
  }
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
