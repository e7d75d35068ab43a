import { Authority } from "./authority";
import { Clock } from "./clock";
import { Control } from "./control";
import { type Event, EventLog } from "./event-log";
import { Faults } from "./faults";
import { type LiveGuest } from "./live-guest";
import { Machine } from "./machine";
import { Sheet } from "./sheet";
import { type SiteDescription } from "./site-description";
import { type Document, StateDirectory } from "./state";

/** How a lab is started. */
export interface SiteOptions {
  /** Directory that holds the site's state; made when missing. */
  readonly state: string;
  /** First three numbers of every address, `127.0.0`. Two labs at once need two prefixes. */
  readonly prefix: string;
  /** What the site consists of. Only the first start reads it; later ones take what the state holds. */
  readonly description: SiteDescription;
  /** Shown each event as it happens; by default nobody looks. */
  readonly onEvent?: (event: Event) => void;
}

/** Everything the modules of one lab share. */
export class Site {
  readonly machines = new Map<string, Machine>();
  /** Each tells which guests run on one node now. */
  readonly guestSources: (() => readonly LiveGuest[])[] = [];
  readonly sheet: Sheet;
  readonly control: Control;

  private constructor(
    readonly description: SiteDescription,
    readonly prefix: string,
    readonly state: StateDirectory,
    readonly authority: Authority,
    readonly clock: Clock,
    readonly events: EventLog,
    readonly faults: Faults,
    private readonly secrets: Document<Record<string, string>>,
    private readonly wan: Document<{ nat: boolean; cut?: string[] }>,
  ) {
    this.sheet = new Sheet(state, prefix, authority.caFile);
    this.control = new Control(state.path("control.sock"));
  }

  /** Opens or makes the state of a site. Nothing listens yet. */
  static open({ state: root, prefix, description, onEvent }: SiteOptions): Promise<Site> {
    requireLoopback(prefix);
    const state = new StateDirectory(root);
    const kept = state.document<SiteDescription>("site", () => description).value as SiteDescription;
    const clock = new Clock(state.document("clock", () => ({ offset: 0, frozenAt: null as number | null })));
    const events = new EventLog(state.path("events.jsonl"), () => clock.now(), onEvent ?? (() => undefined));
    const faults = new Faults(state.document("faults", () => ({ faults: [] })));
    const secrets = state.document<Record<string, string>>("secrets", () => ({}));
    const wan = state.document<{ nat: boolean; cut?: string[] }>("wan", () => ({ nat: false }));
    return Promise.resolve(new Site(kept, prefix, state, new Authority(state), clock, events, faults, secrets, wan));
  }

  /** The machine at `<prefix>.<host>`; the same name gives the same machine. */
  machine(name: string, host: number): Machine {
    const machine = this.machines.get(name) ?? new Machine(this, name, `${this.prefix}.${host}`);
    this.machines.set(name, machine);
    return machine;
  }

  /** Guests that run now, on all nodes. */
  liveGuests(): LiveGuest[] {
    return this.guestSources.flatMap((source) => source());
  }

  /** Whether the site has one address to the world and forwards nothing: who comes from another network reaches no machine. */
  get isBehindNat(): boolean {
    return this.wan.value.nat;
  }

  /** Puts the site behind NAT, or takes it out. */
  putBehindNat(nat: boolean): void {
    this.wan.change((draft) => (draft.nat = nat));
  }

  /** Machines around which the line to the rest of the world is cut; they reach each other and nothing else. */
  get behindCutLine(): readonly string[] {
    return this.wan.value.cut ?? [];
  }

  /** Cuts the line around machines, or mends it. */
  cutLineAround(machines: readonly string[]): void {
    this.wan.change((draft) => (draft.cut = [...machines]));
  }

  /** A secret of this site, made by `make` the first time and the same ever after. Never shown in the log. */
  secret(name: string, make: () => string): string {
    const known = this.secrets.value[name];
    if (known !== undefined) return known;
    return this.secrets.change((secrets) => (secrets[name] = make()));
  }

  /** Stops every machine and the control socket; the state stays. */
  async stop(): Promise<void> {
    for (const machine of this.machines.values()) await machine.stop();
    await this.control.stop();
  }
}

function requireLoopback(prefix: string): void {
  if (/^127\.\d{1,3}\.\d{1,3}$/.test(prefix)) return;
  throw new Error(`Expected a loopback prefix such as "127.0.0", got "${prefix}"; the lab never leaves this machine.`);
}
