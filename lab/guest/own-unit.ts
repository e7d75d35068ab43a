import { rmSync } from "node:fs";
import { join } from "node:path";

import { type Debian, readOwn } from "./system-state";

/** Services that somebody wrote into this system and that run now. */
export class OwnUnits {
  /** Each with the token that it had when it started. */
  private readonly running = new Map<string, string | undefined>();

  constructor(private readonly debian: Debian) {}

  /** Whether there is such a unit. */
  has(unit: string): boolean {
    return unit.endsWith(".service") && this.textOf(unit) !== undefined;
  }

  /** Whether it runs. */
  isActive(unit: string): boolean {
    return this.running.has(unit);
  }

  /** Starts it; a credential that it loads has to be there. @returns What is wrong; undefined when it runs. */
  start(unit: string): string | undefined {
    const text = this.textOf(unit) ?? "";
    const credential = /^LoadCredential=\w+:\/(\S+)$/m.exec(text)?.[1];
    const loaded = credential === undefined ? undefined : (readOwn(this.debian, credential) ?? "").trim();
    if (loaded === "") return `${unit}: Failed to set up credentials: No such file or directory`;
    this.running.set(unit, text.includes(" tunnel run ") ? loaded : undefined);
    return undefined;
  }

  /** Stops it. */
  stop(unit: string): void {
    this.running.delete(unit);
  }

  /** Token with which a connector that runs here dials out. */
  tunnelToken(): string | undefined {
    return [...this.running.values()].find((token) => token !== undefined);
  }

  /** After a start of the machine those run that are enabled. */
  startEnabled(): void {
    for (const unit of this.debian.state.value.enabled) if (this.has(unit)) this.start(unit);
  }

  /** Forgets that it starts with the machine. */
  disable(unit: string): void {
    this.debian.state.change((draft) => (draft.enabled = draft.enabled.filter((one) => one !== unit)));
    rmSync(join(this.debian.root, "etc/systemd/system/multi-user.target.wants", unit), { force: true });
  }

  private textOf(unit: string): string | undefined {
    return readOwn(this.debian, `etc/systemd/system/${unit}`);
  }
}
