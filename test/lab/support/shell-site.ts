import { readFileSync, rmSync } from "node:fs";

import { type Client } from "ssh2";

import { type Boot } from "../../../lab/core/guest-system";
import { type Site } from "../../../lab/core/site";
import { type SiteDescription } from "../../../lab/core/site-description";
import { startCloudflare } from "../../../lab/cloudflare/module";
import { startSite } from "../../../lab/lab";
import { connect } from "../../../lab/pbs/client";
import { startPbs } from "../../../lab/pbs/module";
import { startPve } from "../../../lab/pve/module";
import { startSsh } from "../../../lab/ssh/module";
import { login, run, type Outcome } from "../ssh/ssh-client";
import { describedSite, newStateDirectory } from "./pve-site";

/** The lab's whole site with a shell as root on its machines. */
export class ShellSite {
  private readonly clients = new Map<string, Client>();

  private constructor(
    readonly site: Site,
    private readonly state: string,
  ) {}

  static async start(prefix: string, description: SiteDescription = describedSite(), boot?: Boot): Promise<ShellSite> {
    const state = newStateDirectory();
    const modules = {
      startPbs,
      startPve: (one: Site, node: Parameters<typeof startPve>[1]) => startPve(one, node, connect, boot),
      startSsh,
      startCloudflare,
    };
    return new ShellSite(await startSite({ state, prefix, description }, modules), state);
  }

  async stop(): Promise<void> {
    for (const client of this.clients.values()) client.end();
    await this.site.stop();
    rmSync(this.state, { recursive: true });
  }

  /** What a command as root on a machine comes to. */
  async run(machine: string, command: string): Promise<Outcome> {
    const { nodes, pbs } = this.site.sheet.content;
    const { host, port, user, privateKeyFile } = (nodes[machine] ?? pbs[machine])!.ssh!;
    const known = this.clients.get(machine);
    const client =
      known ?? (await login({ host, port, username: user, privateKey: readFileSync(privateKeyFile, "utf8") }));
    client.setMaxListeners(0);
    this.clients.set(machine, client);
    // A machine that lost its power hangs up.
    client.once("close", () => this.clients.delete(machine)).on("error", () => undefined);
    return run(client, command);
  }
}
