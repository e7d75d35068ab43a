import { type Document } from "./state";

/** How far the site's time is from the machine's, as it is kept across a restart. */
export interface ClockSetting {
  /** Milliseconds added to real time; ignored while frozen. */
  offset: number;
  /** Moment at which time stands still, in milliseconds since 1970; null while it runs. */
  frozenAt: number | null;
}

/** Time of day of the whole site. Tests set it; timeouts and task durations stay in real time. */
export class Clock {
  constructor(private readonly setting: Document<ClockSetting>) {}

  /** Milliseconds since 1970, as every machine of the site sees it. */
  now(): number {
    const { offset, frozenAt } = this.setting.value;
    return frozenAt ?? Date.now() + offset;
  }

  /** Whole seconds since 1970, as Proxmox stamps tasks, tickets and backups. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** Sets the time in milliseconds since 1970; `frozen` keeps it there until the next setting. */
  set(moment: number, frozen = false): void {
    this.setting.change((setting) => {
      setting.offset = moment - Date.now();
      setting.frozenAt = frozen ? moment : null;
    });
  }

  /** Goes back to real time. */
  release(): void {
    this.set(Date.now());
  }
}
