import * as pulumi from "@pulumi/pulumi";

import { BucketDatastore, Provider, VaultMachine } from "../components";
import { defined } from "../estate/units/defined";
import { httpsAddress } from "../estate/units/web-address";
import { awsProvider } from "./aws";
import { bucketArgs } from "./bucket-args";
import { type VaultConfiguration } from "./config";
import { declareCopies, type CopyJobs } from "./copies";
import { decided } from "./decided";
import { declareLinks, type LinkKeys } from "./links";

/** What a declared vault tells the person who runs it. */
export interface DeclaredVault {
  /** Sync job of each source, by its name. */
  readonly copies: CopyJobs;
  /** Public key of this end of each link, by its name. */
  readonly linkKeys: LinkKeys;
  /** The machine under the server, where it is ours: with its identifier one opens a session to it. */
  readonly machine: pulumi.Output<Readonly<Record<"instanceId" | "volumeId" | "publicAddress", string>>> | undefined;
}

/**
 * A backup server at another place that fetches the backups of other sites.
 *
 * The promise: whoever holds a site, its nodes, its backup server and its stack, can delete none of the copies here, for it has no
 * login here; and who holds the vault reads none of them and changes nothing over there. What stays, stays by this side's rules. Copies of a site that is gone
 * are taken up besides, to read its guests back.
 */
export function declareVault(configuration: VaultConfiguration): DeclaredVault {
  const machine = declareMachine(configuration);
  const { vault, pbsToken, readers, buckets, sshPrivateKey } = configuration;
  if (vault.server === undefined || pbsToken === undefined)
    return { copies: pulumi.output<Readonly<Record<string, string>>>({}), linkKeys: {}, machine };
  const { address, port, fingerprint } = vault.server;
  const provider = new Provider("vault", {
    pbsEndpoint: httpsAddress(address, port),
    ...defined({ pbsFingerprint: fingerprint }),
    pbsToken,
    ...decided(configuration),
  });
  const links = declareLinks(vault.links, vault.server.ssh, sshPrivateKey);
  const shell = vault.server.ssh && sshPrivateKey && { ...vault.server.ssh, privateKey: sshPrivateKey };
  const place = { links: Object.values(links), shell };
  const copies = declareCopies(vault.sources, { readers, buckets }, place, { providers: [provider] });
  // Nobody feeds these and nobody thins them out; whoever rereads them all pays for each chunk, and a restore rereads what it takes.
  for (const { name, datastore, path, ...held } of vault.holds)
    new BucketDatastore(name, bucketArgs({ ...held, into: { datastore, path }, mode: "append-only" }, buckets[name]), {
      providers: [provider],
    });
  return { copies, linkKeys: links, machine };
}

/** The machine at AWS; undefined where the server exists elsewhere. Its name is an identity: another one is another machine. */
function declareMachine({ vault, awsSecretKey }: VaultConfiguration): DeclaredVault["machine"] {
  if (vault.machine === undefined) return undefined;
  const { accessKey, api, ...args } = vault.machine;
  const provider = awsProvider({ region: args.region, accessKey, secretKey: awsSecretKey, api });
  const { instanceId, volumeId, publicAddress } = new VaultMachine("vault", args, { providers: [provider] });
  return pulumi.output({ instanceId, volumeId, publicAddress });
}
