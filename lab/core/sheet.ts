import { renameSync, rmSync, writeFileSync } from "node:fs";

import { type StateDirectory } from "./state";

/** Logins to a machine's API, by auth id: a password for users, the secret for tokens. */
export interface Logins {
  /** Password of `root@pam`. */
  readonly "root@pam": { readonly password: string };
  /** An API token with all rights. `id` is `user@realm!name`. */
  readonly token: { readonly id: string; readonly secret: string };
}

/** How to reach a node by SSH. */
export interface SshAccess {
  /** Address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** User to log in as. */
  readonly user: string;
  /** Host key in the form of a line of authorized_keys: `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  /** File with the private key that may log in. */
  readonly privateKeyFile: string;
}

/** What a client needs to know of a PVE node. */
export interface NodeEntry {
  /** IP address. */
  readonly address: string;
  /** `https://address:8006`. */
  readonly api: string;
  /** API logins. */
  readonly logins: Logins;
  /** SSH access, once that module runs. */
  readonly ssh?: SshAccess;
}

/** What a client needs to know of a PBS. */
export interface PbsEntry {
  /** IP address. */
  readonly address: string;
  /** `https://address:8007`. */
  readonly api: string;
  /** SHA-256 of its certificate with colons. */
  readonly fingerprint: string;
  /** API logins. */
  readonly logins: Logins;
  /** SSH access, once that module runs. */
  readonly ssh?: SshAccess;
}

/** What a client needs to know of an account at Cloudflare. */
export interface CloudflareEntry {
  /** Base of its API. */
  readonly api: string;
  /** Identifier of the account. */
  readonly accountId: string;
  /** Identifiers of its zones by domain. */
  readonly zones: Readonly<Record<string, string>>;
  /** API token with all rights. */
  readonly apiToken: string;
}

/** What a client needs to know of an S3 provider, or of an account with AWS. */
export interface S3Entry {
  /** IP address. */
  readonly address: string;
  /** Port of its API. */
  readonly port: number;
  /** Region of all that is there. */
  readonly region: string;
  /** SHA-256 of its certificate with colons. */
  readonly fingerprint: string;
  /** Key of the account's owner, with all rights. */
  readonly owner: { readonly accessKey: string; readonly secretKey: string };
}

/** What `sheet.json` holds. */
export interface SheetContent {
  /** File with the CA certificate, PEM. */
  readonly ca: string;
  /** First three numbers of every address. */
  readonly prefix: string;
  /** PVE nodes by name. */
  readonly nodes: Record<string, NodeEntry>;
  /** Backup servers by name. */
  readonly pbs: Record<string, PbsEntry>;
  /** The account at Cloudflare; absent when the site has none. */
  cloudflare?: CloudflareEntry;
  /** The S3 provider; absent when the site has none. */
  s3?: S3Entry;
  /** The account with AWS; absent when the site has none. */
  aws?: S3Entry;
}

/** The sheet of paper by the rack: addresses and logins of the site. Published when the lab is ready, mode 0600. */
export class Sheet {
  readonly content: SheetContent;

  constructor(
    private readonly state: StateDirectory,
    prefix: string,
    ca: string,
  ) {
    this.content = { ca, prefix, nodes: {}, pbs: {} };
  }

  /** Adds what is known of a node; parts given later complete the entry. */
  node(name: string, part: Partial<NodeEntry>): void {
    this.content.nodes[name] = { ...this.content.nodes[name], ...part } as NodeEntry;
  }

  /** Adds what is known of a backup server; parts given later complete the entry. */
  pbs(name: string, part: Partial<PbsEntry>): void {
    this.content.pbs[name] = { ...this.content.pbs[name], ...part } as PbsEntry;
  }

  /** Adds what is known of the account at Cloudflare. */
  cloudflare(entry: CloudflareEntry): void {
    this.content.cloudflare = entry;
  }

  /** Adds what is known of the S3 provider. */
  s3(entry: S3Entry): void {
    this.content.s3 = entry;
  }

  /** Adds what is known of the account with AWS. */
  aws(entry: S3Entry): void {
    this.content.aws = entry;
  }

  /** Forgets a machine that is gone. */
  forget(name: string): void {
    Reflect.deleteProperty(this.content.nodes, name);
    Reflect.deleteProperty(this.content.pbs, name);
  }

  /** Takes the sheet of an earlier run away, so that who waits for it waits for this one. */
  withdraw(): void {
    rmSync(this.state.path("sheet.json"), { force: true });
  }

  /** Writes `sheet.json` whole or not at all, and returns its path. */
  publish(): string {
    const path = this.state.path("sheet.json");
    writeFileSync(`${path}.new`, `${JSON.stringify(this.content, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return path;
  }
}
