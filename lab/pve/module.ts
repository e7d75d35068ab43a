import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";

import { pveApi } from "./api";
import { programsOf } from "./cli/programs";
import { QDEVICE_PACKAGE, writeCorosyncConf } from "./cli/quorum-device";
import { showGuestFiles } from "./cli/guest-files";
import { registerControls } from "./controls";
import { ClusterLife } from "./life/cluster-life";
import { PveNode } from "./node";
import { serveHttps } from "../core/http";
import { type Boot } from "../core/guest-system";
import { type LiveGuest } from "../core/live-guest";
import { nodeFile } from "../core/own-root";
import { type Site } from "../core/site";
import { type NodeDescription } from "../core/site-description";
import { type Connect } from "../pbs/client-interface";

/** Port of PVE's API. */
const API_PORT = 8006;

/** Starts the API of a PVE node, which reaches backup servers by `connect` and starts machines by `boot`. */
export async function startPve(
  site: Site,
  description: NodeDescription,
  connect: Connect,
  boot?: Boot,
): Promise<PveNode> {
  const machine = site.machine(description.name, description.host);
  const { fingerprint } = await site.authority.certificateFor(machine.name, machine.address);
  const node = new PveNode(machine, description, connect, fingerprint.toUpperCase(), boot);
  machine.beforeRequest = () => ClusterLife.of(node.cluster)?.catchUp();
  machine.runs(await serveHttps(machine, API_PORT, pveApi(node)));
  registerControls(node);
  showSecrets(node);
  machine.showFiles = () => showGuestFiles(node);
  for (const [name, program] of Object.entries(programsOf(node))) machine.programs.set(name, program);
  const { installed, packages } = machine;
  packages.set(QDEVICE_PACKAGE, () => {
    const isNew = !installed.has(QDEVICE_PACKAGE);
    installed.add(QDEVICE_PACKAGE);
    return Promise.resolve(isNew);
  });
  if (node.cluster.name !== undefined) writeCorosyncConf(node);
  const token = { id: "root@pam!lab", secret: node.cluster.rootToken };
  const logins = { "root@pam": { password: node.cluster.rootPassword }, token };
  const { address } = machine;
  site.sheet.node(node.name, { address, api: `https://${address}:${API_PORT}`, logins });
  site.guestSources.push(() => liveGuestsOf(node));
  await node.systems.startAll();
  return node;
}

/** Guests that run on a node, as long as it has power. */
function liveGuestsOf(node: PveNode): LiveGuest[] {
  const life = ClusterLife.of(node.cluster);
  life?.catchUp();
  if (life !== undefined && life.simulation.model.nodes[node.name]?.power !== "on") return [];
  const running = node.allGuests().filter((guest) => guest.running);
  return running.map(({ vmid, config }) => ({
    name: config["name"] ?? config["hostname"] ?? String(vmid),
    node: node.name,
    tunnelToken: node.systems.of(vmid)?.tunnelToken(),
  }));
}

/** Every node sees in /etc/pve/priv/storage the logins and keys of the cluster's storages; here it is a link to the place of them. */
function showSecrets({ site, name, cluster }: PveNode): void {
  const shown = nodeFile(site, name, "/etc/pve/priv/storage");
  if (existsSync(shown)) return;
  mkdirSync(dirname(shown), { recursive: true, mode: 0o700 });
  symlinkSync(dirname(cluster.secretFile("any", "pw")), shown);
}
