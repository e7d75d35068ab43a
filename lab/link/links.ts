import { existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";

import { type Machine } from "../core/machine";
import { nodeFile } from "../core/own-root";
import { type Site } from "../core/site";
import { parseInterface, type WgInterface } from "./interface";
import { Link } from "./link";
import { admits, loaded } from "./nft";

interface Up {
  readonly link: Link;
  readonly configuration: WgInterface;
}

/** The WireGuard interfaces of a machine, and the rules of its packet filter. Both outlive the lab. */
export class Links {
  readonly #up = new Map<string, Up>();
  readonly #state;

  private constructor(readonly machine: Machine) {
    const { site, name } = machine;
    this.#state = site.state.document(`machines/${name}/links`, () => ({
      enabled: [] as string[],
      up: [] as string[],
      rules: {},
    }));
  }

  /** Links of a machine; what was up when the lab stopped comes up again. */
  static async of(machine: Machine): Promise<Links> {
    const known = linksOf(machine).get(machine.address);
    if (known !== undefined) return known;
    const links = new Links(machine);
    linksOf(machine).set(machine.address, links);
    machine.runs({ stop: () => links.#stopAll() });
    for (const name of links.#state.value.up) await links.up(name).catch(() => undefined);
    return links;
  }

  /** Names of those that are up. */
  get names(): string[] {
    return [...this.#up.keys()];
  }

  /** One that is up; undefined when it is not. */
  get(name: string): Up | undefined {
    return this.#up.get(name);
  }

  /** Whether it comes up with the machine. */
  isEnabled(name: string): boolean {
    return this.#state.value.enabled.includes(name);
  }

  /** Lets it come up with the machine, or not. */
  enable(name: string, on: boolean): void {
    this.#state.change((draft) => {
      draft.enabled = [...draft.enabled.filter((one) => one !== name), ...(on ? [name] : [])];
    });
  }

  /** `wg-quick up`. @throws {Error} In the words of what fails. */
  async up(name: string): Promise<void> {
    if (this.#up.has(name)) throw new Error(`wg-quick: \`${name}' already exists`);
    const file = this.file(`/etc/wireguard/${name}.conf`);
    if (!existsSync(file)) throw new Error(`wg-quick: \`/etc/wireguard/${name}.conf' does not exist`);
    const configuration = parseInterface(readFileSync(file, "utf8"));
    for (const command of configuration.preUp) this.#load(command.replaceAll("%i", name));
    const [, keyFile = ""] =
      configuration.postUp
        .map((command) => /^wg set %i private-key (\S+)$/.exec(command))
        .find((one) => one !== null) ?? [];
    if (keyFile === "")
      throw new Error("the lab knows private keys of a file alone: PostUp = wg set %i private-key FILE");
    const link = new Link({
      address: this.machine.address,
      configuration,
      privateKey: readFileSync(this.file(keyFile.replaceAll("%i", name)), "utf8").trim(),
      admits: ({ allowed: [source = ""] }, port) =>
        admits(this.#state.value.rules, { iif: name, source, destination: configuration.address, port }),
    });
    await link.start();
    this.#up.set(name, { link, configuration });
    this.#note();
  }

  /** `wg-quick down`. */
  async down(name: string): Promise<void> {
    const found = this.#up.get(name);
    if (found === undefined) throw new Error(`wg-quick: \`${name}' is not a WireGuard interface`);
    this.#up.delete(name);
    await found.link.stop();
    this.#note();
  }

  /** `nft -f`. @throws {Error} In nft's words. */
  load(path: string): void {
    const text = readFileSync(this.file(path), "utf8");
    this.#state.change((draft) => {
      draft.rules = loaded(draft.rules, text);
    });
  }

  /** A connection of this machine to another: through a link whose other end has that address, else over the network. */
  async dial(host: string, port: number): Promise<Socket> {
    for (const { link, configuration } of this.#up.values()) {
      const peer = configuration.peers.find(({ allowed }) => allowed.includes(host));
      if (peer !== undefined) return link.open(peer, port);
    }
    if (!host.startsWith("127.")) throw new Error("No route to host (os error 113)");
    return connect({ host, port, localAddress: this.machine.address });
  }

  /** Where a file of the machine lies. */
  file(path: string): string {
    return nodeFile(this.machine.site, this.machine.name, path);
  }

  #load(command: string): void {
    const path = /^nft -f (\S+)$/.exec(command)?.[1];
    if (path === undefined) throw new Error(`the lab does not know: ${command}`);
    this.load(path);
  }

  #note(): void {
    this.#state.change((draft) => (draft.up = this.names));
  }

  async #stopAll(): Promise<void> {
    linksOf(this.machine).delete(this.machine.address);
    for (const { link } of this.#up.values()) await link.stop();
    this.#up.clear();
  }
}

/** By address: a backup server on a node has the node's. */
const BY_SITE = new WeakMap<Site, Map<string, Links>>();

function linksOf({ site }: Machine): Map<string, Links> {
  const known = BY_SITE.get(site) ?? new Map<string, Links>();
  BY_SITE.set(site, known);
  return known;
}

/** A connection of a machine; over the network where it has no links. */
export async function dialFrom(machine: Machine, host: string, port: number): Promise<Socket> {
  return (await Links.of(machine)).dial(host, port);
}
