import * as pulumi from "@pulumi/pulumi";

import { BackupServer, type ProviderArgs } from "../components";
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
}

/** The way to a backup server that exists: by the settings. */
export function serverAccess({ estate, secrets }: Configuration): ServerAccess {
  const { address, port, fingerprint } = estate.backupServer;
  const provider = {
    pbsEndpoint: `https://${address}:${port}`,
    ...defined({ pbsFingerprint: fingerprint, pbsToken: secrets.pbsToken }),
  };
  return { provider, fingerprint, reuse: undefined };
}

/**
 * The way to a backup server that the program makes: by what its machine shows. It has providers of its own on purpose, for what
 * makes the server cannot wait for it.
 */
export function madeServer(
  { estate, secrets }: Configuration,
  machine: ServerMachine,
  opts: pulumi.ComponentResourceOptions,
): ServerAccess {
  const { address, datastore } = estate.backupServer;
  const ssh = estate.nodes.find(({ name }) => name === machine.node)?.ssh;
  if (ssh === undefined) throw new pulumi.RunError(`The settings do not name node ${machine.node}.`);
  const { prefix, dataSize, memory, nameServers, vlan, ...rest } = machine;
  const sizes = { dataSize: dataSize, ...defined({ memory: memory, nameServers, vlan }) };
  const place = { shell: { ...ssh, privateKey: secrets.sshPrivateKey }, address: `${address}/${prefix}`, datastore };
  const server = new BackupServer("backup", { ...rest, ...sizes, ...place }, opts);
  const { fingerprint, token, holdsBackups: reuse, endpoint } = server;
  return {
    provider: { pbsEndpoint: endpoint, pbsFingerprint: fingerprint, pbsToken: token },
    fingerprint,
    reuse,
  };
}
