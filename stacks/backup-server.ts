import * as pulumi from "@pulumi/pulumi";

import { BackupServer, NodeBackupServer, type ProviderArgs } from "../components";
import { type ServerMachine } from "../estate/server-machine-settings";
import { defined } from "../estate/units/defined";
import { httpsAddress } from "../estate/units/web-address";
import { type Configuration } from "./config";

/** How the program reaches the backup server. */
export interface ServerAccess {
  /** Part of the provider's configuration. */
  readonly provider: Pick<ProviderArgs, "pbsEndpoint" | "pbsFingerprint" | "pbsToken">;
  /** SHA-256 of its certificate; undefined when it is publicly trusted. */
  readonly fingerprint: pulumi.Input<string> | undefined;
  /** Whether backups lay in the datastore's directory before; undefined for a server that exists. */
  readonly reuse: pulumi.Input<boolean> | undefined;
  /** Tokens that were made for the program and whose secrets were lost. */
  readonly superseded: pulumi.Output<string[]> | undefined;
}

/** The way to a backup server that exists: by the settings. */
export function serverAccess({ estate, secrets }: Configuration): ServerAccess {
  const { address, port, fingerprint } = estate.backupServer;
  // Without one, only the nodes are reached.
  if (address === undefined) return { provider: {}, fingerprint: undefined, reuse: undefined, superseded: undefined };
  const provider = {
    pbsEndpoint: httpsAddress(address, port),
    ...defined({ pbsFingerprint: fingerprint, pbsToken: secrets.pbsToken }),
  };
  return { provider, fingerprint, reuse: undefined, superseded: undefined };
}

/**
 * The way to a backup server that the program makes; undefined where one exists. It has providers of its own on purpose, for what
 * makes the server cannot wait for it.
 */
export function madeServer(
  configuration: Configuration,
  opts: pulumi.ComponentResourceOptions,
): ServerAccess | undefined {
  const { address, machine, onNode } = configuration.estate.backupServer;
  if (address === undefined) return undefined;
  if (machine !== undefined) return serverInMachine(configuration, { address, machine }, opts);
  return onNode === undefined ? undefined : serverOnNode(configuration, { address, node: onNode }, opts);
}

/** It stands on a node itself: fingerprint and login come over that node's shell. */
function serverOnNode(
  configuration: Configuration,
  { address, node }: { readonly address: string; readonly node: string },
  opts: pulumi.ComponentResourceOptions,
): ServerAccess {
  const { datastore, path, fingerprint } = configuration.estate.backupServer;
  const given = defined({ fingerprint, token: configuration.secrets.pbsToken });
  const place = { node, shell: shellOf(configuration, node), address, datastore, path, ...given };
  const server = new NodeBackupServer("backup", place, opts);
  return accessOf(server, server.superseded);
}

/** It stands in a machine of ours, and the way to it is what that machine shows. */
function serverInMachine(
  configuration: Configuration,
  { address, machine }: { readonly address: string; readonly machine: ServerMachine },
  opts: pulumi.ComponentResourceOptions,
): ServerAccess {
  const { datastore } = configuration.estate.backupServer;
  const { prefix, dataSize, memory, nameServers, vlan, ...rest } = machine;
  const sizes = { dataSize: dataSize, ...defined({ memory: memory, nameServers, vlan }) };
  const place = { shell: shellOf(configuration, machine.node), address: `${address}/${prefix}`, datastore };
  return accessOf(new BackupServer("backup", { ...rest, ...sizes, ...place }, opts), undefined);
}

function shellOf({ estate, secrets }: Configuration, node: string) {
  const ssh = estate.nodes.find(({ name }) => name === node)?.ssh;
  if (ssh === undefined) throw new pulumi.RunError(`The settings do not name node ${node}.`);
  return { ...ssh, privateKey: secrets.sshPrivateKey };
}

function accessOf(
  { fingerprint, token, holdsBackups, endpoint }: BackupServer | NodeBackupServer,
  superseded: ServerAccess["superseded"],
): ServerAccess {
  const provider = { pbsEndpoint: endpoint, pbsFingerprint: fingerprint, pbsToken: token };
  return { provider, fingerprint, reuse: holdsBackups, superseded };
}
