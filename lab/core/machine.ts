import { type Listening } from "./http";
import { type Program } from "./program";
import { type Site } from "./site";

/** One machine of the site: a name, an address on loopback, and what runs on it. */
export class Machine {
  /** Programs on its PATH by name, besides the shell's own. */
  readonly programs = new Map<string, Program>();
  /** What its package manager can install, by name: does it, and says whether it was new. */
  readonly packages = new Map<string, () => Promise<boolean>>();
  /** Packages that it has installed, of those that bring something. */
  readonly installed = new Set<string>();
  /** Directory with its programs, once it has a shell. */
  shellPrograms = "";
  /** Whether a package that could be installed stands in one of its package sources. */
  offers: (name: string) => boolean = () => true;
  /** Whether it has no power: it answers nothing until it has booted again. Its services stay for then. */
  isUnplugged = false;
  /** Called when a request comes, before it is answered or not: the site may have to catch up with its clock. */
  beforeRequest: () => void = () => undefined;
  /** Files of its shell that stand for something else: shown before a command runs; the answer takes in what it left. */
  showFiles: () => () => void = () => () => undefined;
  /** Starts what is enabled to start with the machine, before its guests or after them; says whether they may start. */
  startUnits: (moment: "before-guests" | "after-guests") => Promise<boolean> = () => Promise.resolve(true);
  /** Whether something is to start before its guests. */
  hasEarlyUnits: () => boolean = () => false;
  private readonly services: Pick<Listening, "stop">[] = [];
  private dead = false;

  constructor(
    readonly site: Site,
    readonly name: string,
    readonly address: string,
  ) {}

  /** Whether a connection from that address reaches it: this machine's own and the site's are inside. */
  isReachedFrom(address: string | undefined): boolean {
    return !this.site.isBehindNat || address === "127.0.0.1" || address?.startsWith(`${this.site.prefix}.`) === true;
  }

  /** Whether it comes to that address now: a line may be cut around it and others, and then it reaches only those. */
  reaches(address: string): boolean {
    const behind = this.site.behindCutLine;
    if (address === this.address || !behind.includes(this.name)) return true;
    return [...this.site.machines.values()].some((one) => one.address === address && behind.includes(one.name));
  }

  /** Hands a running service to the machine, which stops it with itself. */
  runs(service: Pick<Listening, "stop">): void {
    this.services.push(service);
  }

  /** Whether it was switched off: what its tasks would still do does not happen. */
  get isDead(): boolean {
    return this.dead;
  }

  /** Stops every service, last started first. */
  async stop(): Promise<void> {
    this.dead = true;
    for (const service of this.services.splice(0).reverse()) await service.stop();
  }
}
