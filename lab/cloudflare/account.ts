import { createHash, randomUUID } from "node:crypto";

import { type Site } from "../core/site";
import { type Document } from "../core/state";

/** What an object of the API is: its fields as they were sent, and its identifier. */
export type Kept = { id: string } & Record<string, unknown>;

/** Everything that an account and its zones hold. */
export interface Holdings {
  /** Tunnels, by what they were made with. */
  tunnels: Kept[];
  /** Where names lead, by tunnel. */
  configurations: Record<string, { ingress: Ingress[] }>;
  /** Access applications. */
  applications: Kept[];
  /** Access policies. */
  policies: Kept[];
  /** DNS records of all zones. */
  records: Kept[];
  /** Load balancers of all zones; they count before a record of their name. */
  balancers: Kept[];
  /** Places to which they lead. */
  pools: Kept[];
  /** How places are looked at. */
  monitors: Kept[];
  /** What people are told of, and how. */
  notifications: Kept[];
  /** Addresses to which messages are posted. */
  webhooks: Kept[];
}

/** One line of a tunnel's configuration; without a name it takes all that is left. */
export interface Ingress {
  /** Name that it is for. */
  readonly hostname?: string;
  /** Where it leads: `http://nextcloud:80`, `http_status:404`. */
  readonly service: string;
}

/** An account at Cloudflare with its zones, as its owner has it on day one. */
export class Account {
  readonly holdings: Document<Holdings>;
  /** How each tunnel was when its health was last looked at. */
  readonly seen: Document<Record<string, string>>;

  constructor(
    readonly site: Site,
    /** Identifier. */
    readonly id: string,
    /** Identifiers of its zones by domain. */
    readonly zones: Readonly<Record<string, string>>,
  ) {
    this.seen = site.state.document<Record<string, string>>("cloudflare-health", () => ({}));
    this.holdings = site.state.document<Holdings>("cloudflare", () => ({
      ...{
        tunnels: [],
        configurations: {},
        applications: [],
        policies: [],
        records: [],
        balancers: [],
        pools: [],
        monitors: [],
        notifications: [],
        webhooks: [],
      },
    }));
  }

  /** API token of the sheet, with all rights. */
  get apiToken(): string {
    return this.site.secret("cloudflare api token", () => digest(randomUUID()));
  }

  /** What a connector of the tunnel dials in with. */
  tokenOf(tunnel: string): string {
    const secret = this.site.secret(`tunnel ${tunnel}`, () => digest(randomUUID()));
    return Buffer.from(JSON.stringify({ a: this.id, t: tunnel, s: secret })).toString("base64");
  }

  /** Guests whose connectors hold this tunnel up. */
  connectorsOf(tunnel: string): string[] {
    const token = this.tokenOf(tunnel);
    return this.site.liveGuests().flatMap((guest) => (guest.tunnelToken === token ? guest.name : []));
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
