import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { enrol, type EnrolOrder, type EnrolReport } from "../../../commands/enrol";
import { SettingsFile } from "../../../commands/settings-file";
import { type Secrets } from "../../../commands/secrets";
import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { type Site } from "../../../lab/core/site";
import { newPrivateKey, publicLine } from "../../../lab/ssh/ssh-key";
import { SshServer } from "../../../lab/ssh/ssh-server";
import { accessTo, newStateDirectory, startPveSite } from "../support/pve-site";
import { ask, type PveAnswer } from "../support/pve-client";

/** A node of the lab that nobody has enrolled, and a stack that knows nothing of it. */
export class NodeToEnrol {
  readonly secrets = new Map<string, string>();
  readonly said: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "enrol-"));

  private constructor(
    readonly site: Site,
    readonly state: string,
    readonly ssh: SshServer,
    readonly hostKey: string,
    readonly loginKey: string,
    readonly root: string,
  ) {
    writeFileSync(this.settingsFile, SETTINGS);
  }

  static async start(prefix: string): Promise<NodeToEnrol> {
    const state = newStateDirectory();
    const site = await startPveSite(state, prefix);
    const root = join(state, "root");
    const programs = join(state, "programs");
    for (const folder of [join(root, "etc/pve"), programs]) mkdirSync(folder, { recursive: true });
    const { ca, nodes } = site.sheet.content;
    copyFileSync(ca, join(root, "etc/pve/pve-root-ca.pem"));
    const { address, api, logins } = nodes["tappaas1"]!;
    const words = [
      process.execPath,
      resolve(__dirname, "pvesh.cjs"),
      api,
      `${logins.token.id}=${logins.token.secret}`,
      ca,
    ];
    const line = words.map((word) => `'${word}'`).join(" ");
    writeFileSync(join(programs, "pvesh"), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
    const hostKey = newPrivateKey("host");
    const loginKey = newPrivateKey("owner");
    const ssh = await SshServer.listen({
      ...{ address, port: 0, hostKey, loginKey, root, programs },
      onCommand: () => undefined,
      breaks: () => false,
    });
    return new NodeToEnrol(site, state, ssh, hostKey, loginKey, root);
  }

  async stop(): Promise<void> {
    await this.ssh.stop();
    await this.site.stop();
    for (const folder of [this.state, this.folder]) rmSync(folder, { recursive: true });
  }

  get settingsFile(): string {
    return join(this.folder, "Pulumi.home.yaml");
  }

  /** What the console shows. */
  get fingerprint(): string {
    return hostKeyOfLine(publicLine(this.hostKey)).fingerprint;
  }

  get address() {
    return { host: this.site.sheet.content.nodes["tappaas1"]!.address, port: this.ssh.port };
  }

  /** What enrols this node; `changes` differ. */
  order(changes: Partial<EnrolOrder> = {}): EnrolOrder {
    return {
      address: this.address,
      login: { user: "root", privateKey: this.loginKey },
      settings: new SettingsFile(this.settingsFile),
      secrets: this.secretsOfStack,
      knownHosts: join(this.folder, "known_hosts"),
      siteFolder: this.folder,
      site: "home",
      dryRun: false,
      acceptedHostKey: this.fingerprint,
      isRight: () => Promise.resolve(false),
      goOn: () => Promise.resolve(true),
      say: (line) => this.said.push(line),
      ...changes,
    };
  }

  enrol(changes: Partial<EnrolOrder> = {}): Promise<EnrolReport> {
    return enrol(this.order(changes));
  }

  /** Asks the node's API as root. */
  ask(operation: string, parameters = {}): Promise<PveAnswer> {
    return ask(accessTo(this.site, "tappaas1"), operation, parameters);
  }

  /** Everything that enrolling could have changed on the node. */
  async everything(): Promise<unknown> {
    const paths = ["/access/users", "/access/roles", "/access/acl", "/storage"];
    const answers = await Promise.all(paths.map((path) => this.ask(`GET ${path}`)));
    return [...answers.map(({ data }) => data), this.authorizedKeys];
  }

  get authorizedKeys(): string[] {
    try {
      return readFileSync(join(this.root, ".ssh/authorized_keys"), "utf8")
        .split("\n")
        .filter((line) => line !== "");
    } catch {
      return [];
    }
  }

  private get secretsOfStack(): Secrets {
    return {
      get: (key) => Promise.resolve(this.secrets.get(key)),
      set: (key, value) => Promise.resolve(void this.secrets.set(key, value)),
      remove: (key) => Promise.resolve(void this.secrets.delete(key)),
    };
  }
}

const SETTINGS = `# mine
config:
  tappaas-resilience:settings:
    # The folder.
    site: sites/home
`;
