import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { enrol, type EnrolOrder, type EnrolReport } from "../../../commands/enrol";
import { type Secrets } from "../../../commands/secrets";
import { SettingsFile } from "../../../commands/settings-file";
import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { type SshAccess } from "../../../lab/core/sheet";
import { type Site } from "../../../lab/core/site";
import { startSite } from "../../../lab/lab";
import { connect } from "../../../lab/pbs/client";
import { startPbs } from "../../../lab/pbs/module";
import { startPve } from "../../../lab/pve/module";
import { startSsh } from "../../../lab/ssh/module";
import { ask, type PveAnswer } from "../support/pve-client";
import { accessTo, describedSite, newStateDirectory } from "../support/pve-site";

/** A node or backup server of the lab that nobody has enrolled, and a stack that knows nothing of it. */
export class NodeToEnrol {
  readonly secrets = new Map<string, string>();
  readonly said: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "enrol-"));

  private constructor(
    readonly site: Site,
    readonly state: string,
    private readonly ssh: SshAccess,
  ) {
    writeFileSync(this.settingsFile, SETTINGS);
  }

  static async start(prefix: string, machine: "tappaas1" | "backup" = "tappaas1"): Promise<NodeToEnrol> {
    const state = newStateDirectory();
    const startNode = (site: Site, node: Parameters<typeof startPve>[1]) => startPve(site, node, connect);
    const modules = { startPve: startNode, startPbs, startSsh };
    const site = await startSite({ state, prefix, description: describedSite() }, modules);
    const { nodes, pbs } = site.sheet.content;
    return new NodeToEnrol(site, state, (machine === "tappaas1" ? nodes[machine] : pbs[machine])!.ssh!);
  }

  async stop(): Promise<void> {
    await this.site.stop();
    for (const folder of [this.state, this.folder]) rmSync(folder, { recursive: true });
  }

  /** Folder that the node's shell shows as its own. */
  get root(): string {
    return this.site.state.path("machines", "tappaas1", "root");
  }

  get settingsFile(): string {
    return join(this.folder, "Pulumi.home.yaml");
  }

  /** What the console shows. */
  get fingerprint(): string {
    return hostKeyOfLine(this.hostKey).fingerprint;
  }

  /** Its host key, as the sheet by the rack names it. */
  get hostKey(): string {
    return this.ssh.hostKey;
  }

  get address() {
    const { host, port } = this.ssh;
    return { host, port };
  }

  /** What enrols this node; `changes` differ. */
  order(changes: Partial<EnrolOrder> = {}): EnrolOrder {
    return {
      address: this.address,
      login: { user: "root", privateKey: readFileSync(this.ssh.privateKeyFile, "utf8") },
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
      open: () => Promise.resolve(),
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
