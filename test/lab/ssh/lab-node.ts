import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Client, type ConnectConfig } from "ssh2";

import { type Site } from "../../../lab/core/site";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { startSite } from "../../../lab/lab";
import { startSsh } from "../../../lab/ssh/module";
import { login, run, type Outcome, type RunOptions } from "./ssh-client";

const GIB = 2 ** 30;

function disk(letter: string, more: object = {}) {
  const id = `ata-LAB_DISK_${letter.toUpperCase()}`;
  return { id, device: `sd${letter}`, size: 64 * GIB, serial: `LAB${letter}`, model: "LAB", kind: "ssd", ...more };
}

const DESCRIPTION = parseSiteDescription(
  JSON.stringify({
    name: "one-node",
    nodes: [
      {
        name: "tappaas1",
        host: 10,
        disks: [
          ...["a", "b", "c", "d", "e", "f"].map((letter) => disk(letter)),
          disk("g", { holds: "ext4" }),
          disk("h", { size: 32 * GIB }),
        ],
        pools: [
          {
            name: "tanka1",
            vdev: "mirror",
            disks: ["ata-LAB_DISK_A", "ata-LAB_DISK_B"],
            properties: { ashift: "12" },
            dataset: { compression: "lz4", atime: "off" },
          },
        ],
        storages: [],
        guests: [],
      },
    ],
    pbs: [],
  }),
);

/** One node of a lab with SSH alone, on loopback, for a test. */
export class LabNode {
  private constructor(
    readonly state: string,
    readonly prefix: string,
    public site: Site,
  ) {}

  static async start(prefix: string): Promise<LabNode> {
    const state = mkdtempSync(join(tmpdir(), "lab-ssh-"));
    return new LabNode(state, prefix, await open(state, prefix));
  }

  /** Stops the lab and starts it again on the same state. */
  async restart(): Promise<void> {
    await this.site.stop();
    this.site = await open(this.state, this.prefix);
  }

  async stop(): Promise<void> {
    await this.site.stop();
    rmSync(this.state, { recursive: true });
  }

  get ssh() {
    const ssh = this.site.sheet.content.nodes["tappaas1"]?.ssh;
    if (ssh === undefined) throw new Error("no SSH on the sheet");
    return ssh;
  }

  /** How the key on the sheet logs in. */
  get access(): ConnectConfig {
    const { host, port, user, privateKeyFile } = this.ssh;
    return { host, port, username: user, privateKey: readFileSync(privateKeyFile, "utf8") };
  }

  async login(more: ConnectConfig = {}): Promise<Client> {
    return login({ ...this.access, ...more });
  }

  /** Logs in, runs one command and logs out. */
  async run(command: string, options: RunOptions = {}): Promise<Outcome> {
    const client = await this.login();
    try {
      return await run(client, command, options);
    } finally {
      client.end();
    }
  }

  /** What the log says of one kind of event, as exact arguments. */
  events(kind: string): string[] {
    return this.site.events
      .all()
      .filter((event) => event.kind === kind)
      .map(({ text }) => text);
  }
}

function open(state: string, prefix: string): Promise<Site> {
  return startSite({ state, prefix, description: DESCRIPTION }, { startSsh });
}
