import { type Document } from "./state";

/** How the site's time runs, as it is kept across a restart. */
export interface ClockSetting {
  /** Milliseconds that the time of day is ahead of the time that passes; ignored while frozen. */
  offset: number;
  /** Moment at which the time of day stands still, in milliseconds since 1970; null while it runs. */
  frozenAt: number | null;
  /** Since the real moment `from`, time passes at `speed`, beginning with `at`; absent while it passes as outside. */
  pace?: { from: number; at: number; speed: number };
}

/**
 * Virtual time of the whole site: the time that passes, which only ever goes forward and may go fast, and the time of day,
 * which tests set. Timeouts and task durations stay in real time.
 */
export class Clock {
  constructor(
    private readonly setting: Document<ClockSetting>,
    private readonly real: () => number = Date.now,
  ) {}

  /** Milliseconds since 1970, as every machine of the site sees it. */
  now(): number {
    const { offset, frozenAt } = this.setting.value;
    return frozenAt ?? this.passed() + offset;
  }

  /** Whole seconds since 1970, as Proxmox stamps tasks, tickets and backups. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** Milliseconds that have passed since some moment. Setting the time of day changes nothing in it. */
  passed(): number {
    const { pace } = this.setting.value;
    return pace === undefined ? this.real() : pace.at + (this.real() - pace.from) * pace.speed;
  }

  /** Sets the time of day in milliseconds since 1970; `frozen` keeps it there until the next setting. */
  set(moment: number, frozen = false): void {
    this.setting.change((setting) => {
      setting.offset = moment - this.passed();
      setting.frozenAt = frozen ? moment : null;
    });
  }

  /** Lets `milliseconds` pass at once, for the time of day too, frozen or not. */
  pass(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`Expected time to go forward, got ${milliseconds} milliseconds.`);
    this.setting.change((setting) => {
      const speed = setting.pace?.speed ?? 1;
      setting.pace = { from: this.real(), at: this.passed() + milliseconds, speed };
      if (setting.frozenAt !== null) setting.frozenAt += milliseconds;
    });
  }

  /** Makes time pass `speed` times as fast as outside from now on. */
  run(speed: number): void {
    if (!(speed > 0 && speed <= FASTEST)) throw new RangeError(`Expected a speed up to ${FASTEST}, got ${speed}.`);
    this.setting.change((setting) => {
      setting.pace = { from: this.real(), at: this.passed(), speed };
    });
  }

  /** Goes back to real time. */
  release(): void {
    this.set(this.real());
  }
}

/** An hour a second. */
const FASTEST = 3600;
