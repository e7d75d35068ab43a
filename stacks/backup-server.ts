import type * as proxmoxve from "@muhlba91/pulumi-proxmoxve";
import * as pulumi from "@pulumi/pulumi";

import { BackupServer, Provider, type ProviderArgs } from "../components";
import { type ServerMachine } from "../estate/server-machine-settings";
import { defined } from "../estate/units/defined";
import { type Configuration } from "./config";

/** How the program reaches the backup server. */
export interface ServerAccess {
  /** Part of the provider's configuration. */
  readonly provider: Pick<ProviderArgs, "pbsEndpoint" | "pbsFingerprint" | "pbsToken">;
  /** SHA-256 of its certificate; undefined when it is publicly trusted. */
  readonly fingerprint: pulumi.Input<string> | undefined;
  /** Whether backups lay in the datastore's directory before; undefined for a server that exists. */
  readonly reuse: pulumi.Input<boolean> | undefined;
  /** Provider for what needs no backup server; undefined where one provider serves both. */
  readonly near: Provider | undefined;
}

/** The way to the backup server: by the settings where it exists, by what the machine shows where the program makes it. */
export function serverAccess(
  configuration: Configuration,
  proxmox: proxmoxve.Provider,
  nodeAccess: ProviderArgs,
): ServerAccess {
  const { estate, secrets } = configuration;
  const { address, port, fingerprint, machine } = estate.backupServer;
  if (machine !== undefined) return madeServer(configuration, machine, proxmox, nodeAccess);
  const provider = {
    pbsEndpoint: `https://${address}:${port}`,
    ...defined({ pbsFingerprint: fingerprint, pbsToken: secrets.pbsToken }),
  };
  return { provider, fingerprint, reuse: undefined, near: undefined };
}

/** Two providers on purpose: what makes the server cannot wait for it. */
function madeServer(
  { estate, secrets }: Configuration,
  machine: ServerMachine,
  proxmox: proxmoxve.Provider,
  nodeAccess: ProviderArgs,
): ServerAccess {
  const { address, datastore } = estate.backupServer;
  const near = new Provider("nodes", nodeAccess);
  const ssh = estate.nodes.find(({ name }) => name === machine.node)?.ssh;
  if (ssh === undefined) throw new pulumi.RunError(`The settings do not name node ${machine.node}.`);
  const { prefix, dataSize, memory, nameServers, vlan, ...rest } = machine;
  const sizes = { dataSize: dataSize, ...defined({ memory: memory, nameServers, vlan }) };
  const place = { shell: { ...ssh, privateKey: secrets.sshPrivateKey }, address: `${address}/${prefix}`, datastore };
  const server = new BackupServer("backup", { ...rest, ...sizes, ...place }, { providers: [proxmox, near] });
  const { fingerprint, token, holdsBackups: reuse, endpoint } = server;
  return {
    provider: { pbsEndpoint: endpoint, pbsFingerprint: fingerprint, pbsToken: token },
    fingerprint,
    reuse,
    near,
  };
}
