import { setTimeout as wait } from "node:timers/promises";

import { type Site } from "../../core/site";

/** How fast restores are, in bytes of restored data a second of the site's time; what is absent takes none. */
export interface TransferRates {
  /** One restore alone. */
  stream?: number;
  /** Reading each backup server. */
  store?: number;
  /** The network between nodes and backup servers. */
  link?: number;
  /** Writing to the disks of each node. */
  disk?: number;
  /** Seconds from the start of a guest until its agent answers. */
  boot?: number;
}

/** A restore that is on its way. */
interface Transfer {
  readonly passes: readonly string[];
  left: number;
}

const TICK_MS = 20;
const transfersOfSite = new WeakMap<Site, Transfers>();

/** What restores share, in the site's own time: whoever passes the same way has an even part of it. */
export class Transfers {
  readonly #active = new Set<Transfer>();
  #now = 0;

  private constructor(private readonly site: Site) {}

  /** The transfers of a site. */
  static of(site: Site): Transfers {
    const known = transfersOfSite.get(site) ?? new Transfers(site);
    transfersOfSite.set(site, known);
    return known;
  }

  /** Rates, kept across a restart. */
  get rates() {
    return this.site.state.document<TransferRates>("transfer-rates", () => ({}));
  }

  /**
   * Ends when `bytes` have come from a backup server to a node.
   * @param progress Called with the bytes that have come, now and then.
   */
  async carry(server: string, node: string, bytes: number, progress: (came: number) => void): Promise<void> {
    const transfer = { passes: [`store:${server}`, "link", `disk:${node}`], left: bytes };
    if (this.#fastest(transfer) === Infinity) return;
    if (this.#active.size === 0) this.#now = this.site.clock.passed();
    this.#active.add(transfer);
    try {
      for (let said = 0; transfer.left > 0;) {
        await wait(TICK_MS);
        this.#catchUp();
        const tenths = Math.floor(((bytes - transfer.left) / bytes) * 10);
        if (tenths > said) progress(bytes - transfer.left);
        said = Math.max(said, tenths);
      }
    } finally {
      this.#active.delete(transfer);
    }
  }

  /** Lets everything come that came since the last look, each at its rate until the next one is whole. */
  #catchUp(): void {
    const now = this.site.clock.passed();
    for (let seconds = (now - this.#now) / 1000; seconds > 0;) {
      const moving = [...this.#active].filter(({ left }) => left > 0);
      if (moving.length === 0) break;
      const rates = this.#shares(moving);
      const step = Math.min(seconds, ...moving.map((one) => one.left / (rates.get(one) ?? Infinity)));
      for (const one of moving) {
        const left = one.left - (rates.get(one) ?? Infinity) * step;
        one.left = left < 1 ? 0 : left;
      }
      seconds -= step;
    }
    this.#now = now;
  }

  /** The way with the least for each who passes it is dealt out first, then what is left of the others. */
  #shares(moving: readonly Transfer[]): ReadonlyMap<Transfer, number> {
    const rates = new Map<Transfer, number>();
    const free = new Map([...new Set(moving.flatMap(({ passes }) => passes))].map((way) => [way, this.#capacity(way)]));
    for (let open = [...moving]; open.length > 0; open = open.filter((one) => !rates.has(one))) {
      const users = (way: string) => open.filter(({ passes }) => passes.includes(way)).length;
      const shareOf = ({ passes }: Transfer) =>
        Math.min(this.rates.value.stream ?? Infinity, ...passes.map((way) => (free.get(way) ?? Infinity) / users(way)));
      const shares = open.map((one) => ({ one, share: shareOf(one) }));
      const least = Math.min(...shares.map(({ share }) => share));
      for (const { one } of shares.filter(({ share }) => share <= least * 1.000_001)) {
        rates.set(one, least);
        for (const way of one.passes) free.set(way, (free.get(way) ?? Infinity) - least);
      }
    }
    return rates;
  }

  #fastest({ passes }: Transfer): number {
    return Math.min(this.rates.value.stream ?? Infinity, ...passes.map((way) => this.#capacity(way)));
  }

  #capacity(way: string): number {
    const { store, link, disk } = this.rates.value;
    if (way === "link") return link ?? Infinity;
    return (way.startsWith("store:") ? store : disk) ?? Infinity;
  }
}
