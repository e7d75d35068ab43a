import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

import { httpsAddress } from "../../estate/units/web-address";
import { DATA_GUARD } from "../internal/data-guard";
import { identifierProblems } from "../internal/identifiers";
import { rejectProblems, type Problem } from "../internal/problems";
import { connectionOf, QUIET } from "../internal/shell";
import { type NodeShell } from "../storage/zfs-pool";
import { NODE_BACKUP_SERVER_LOGIN_SCRIPT, NODE_BACKUP_SERVER_SCRIPT } from "./node-backup-server-script";

/** Arguments of {@link NodeBackupServer}. */
export interface NodeBackupServerArgs {
  /** Node that becomes the backup server besides. With three nodes, the one that is there for others to fail over to. */
  readonly node: string;
  /** Way to that node's shell, as root. */
  readonly shell: NodeShell;
  /** Address of the node, by which the others reach the server: `10.0.0.12`. */
  readonly address: string;
  /** Name of the datastore that is to be made on it. */
  readonly datastore: string;
  /** Directory of that datastore, `/tankc1/tappaas_backup`: not on the node's system disk. */
  readonly path: string;
  /** SHA-256 of its certificate, to be compared with the one that it shows; another one stops the run. @default - what it shows over SSH */
  readonly fingerprint?: string;
  /**
   * Token that manages it, as `user@realm!name:secret`, where there is one.
   * @default - one is made, of a user that has no password
   */
  readonly token?: pulumi.Input<string>;
  /** User of that new token. @default "pulumi@pbs" */
  readonly userId?: string;
  /** Name of that new token. @default "server" */
  readonly tokenName?: string;
}

/**
 * A Proxmox Backup Server that stands on a node itself, from Proxmox' package source to its first login.
 *
 * With that node it is lost as well. It is never removed from here: when it leaves the program, the package and all backups stay.
 *
 * @see https://pbs.proxmox.com/docs/installation.html#install-proxmox-backup-server-on-proxmox-ve
 */
export class NodeBackupServer extends pulumi.ComponentResource {
  /** Address of its API, `https://10.0.0.12:8007`. */
  public readonly endpoint: string;
  /** SHA-256 of its certificate, read on the node over SSH. */
  public readonly fingerprint: pulumi.Output<string>;
  /** Token that manages it, as `user@realm!name:secret`. A secret. */
  public readonly token: pulumi.Output<string>;
  /** Whether backups lay in the directory: then the datastore is taken up and not made anew. */
  public readonly holdsBackups: pulumi.Output<boolean>;
  /** Tokens whose secrets were lost with a run that was cut, or with the state; to be removed by hand. */
  public readonly superseded: pulumi.Output<string[]>;

  constructor(name: string, args: NodeBackupServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:backup:NodeBackupServer", name, {}, opts);
    rejectProblems(this, `NodeBackupServer "${name}"`, nodeBackupServerProblems(args));

    const { node, shell, address, token } = args;
    // Looked at again when anything of it changes; a rotated SSH key is no such thing.
    const guarded = { parent: this, ...DATA_GUARD, ignoreChanges: ["connection"] };
    const inputs = { connection: connectionOf(shell), ...QUIET };
    const own = `${name}-${node}`;
    const install = { create: NODE_BACKUP_SERVER_SCRIPT, stdin: serverLines(args) };
    const server = new remote.Command(own, { ...inputs, ...install }, guarded);
    const shown = server.stdout.apply((printed) => JSON.parse(printed) as Shown);
    const login = token === undefined ? loginOf(`${own}-login`, args, { ...guarded, dependsOn: [server] }) : undefined;
    this.endpoint = httpsAddress(address, 8007);
    this.fingerprint = shown.apply(({ fingerprint }) => fingerprint);
    this.holdsBackups = shown.apply(({ reuse }) => reuse);
    this.token = pulumi.secret(login?.apply(({ tokenId, secret }) => `${tokenId}:${secret}`) ?? token ?? "");
    this.superseded = pulumi.unsecret(login?.apply(({ superseded }) => superseded) ?? pulumi.output<string[]>([]));

    const { endpoint, fingerprint } = this;
    this.registerOutputs({ node, endpoint, fingerprint });
  }
}

interface Shown {
  readonly fingerprint: string;
  readonly reuse: boolean;
}

interface Login {
  readonly tokenId: string;
  readonly secret: string;
  readonly superseded: string[];
}

/** Made once, whatever of the script or of the way to the node changes: another run would make another token. */
function loginOf(name: string, args: NodeBackupServerArgs, opts: pulumi.CustomResourceOptions): pulumi.Output<Login> {
  const { node, shell, userId = "pulumi@pbs", tokenName = "server" } = args;
  const stdin = [`node=${node}`, `user=${userId}`, `token=${tokenName}`, ""].join("\n");
  const inputs = { connection: connectionOf(shell), create: NODE_BACKUP_SERVER_LOGIN_SCRIPT, stdin, ...QUIET };
  const once = { ignoreChanges: ["connection", "create", "stdin"], additionalSecretOutputs: ["stdout", "stderr"] };
  const made = new remote.Command(name, inputs, { ...opts, ...once });
  return pulumi.secret(made.stdout).apply((printed) => JSON.parse(printed) as Login);
}

/** What the script reads: one `key=value` a line. */
function serverLines({ node, datastore, path, fingerprint }: NodeBackupServerArgs): string {
  const compared = fingerprint === undefined ? [] : [`fingerprint=${fingerprint}`];
  return [`node=${node}`, `datastore=${datastore}`, `path=${path}`, ...compared, ""].join("\n");
}

/** All that is wrong with `args`; empty when they can be declared. Needs no Pulumi runtime. */
export function nodeBackupServerProblems(args: Omit<NodeBackupServerArgs, "shell" | "token">): Problem[] {
  const { node, address, datastore, path, fingerprint, userId, tokenName } = args;
  const problems = [
    ...identifierProblems("node", "node", node),
    ...identifierProblems("address", "address", address),
    ...identifierProblems("pbsId", "datastore", datastore),
    ...identifierProblems("path", "path", path),
    ...(userId === undefined ? [] : identifierProblems("userId", "userId", userId)),
    ...(tokenName === undefined ? [] : identifierProblems("pbsId", "tokenName", tokenName)),
  ];
  if (fingerprint !== undefined && !/^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/.test(fingerprint)) {
    const reason = `expected 32 pairs of lower-case hexadecimal digits with colons, got "${fingerprint}"`;
    problems.push({ path: "fingerprint", reason });
  }
  return problems;
}
