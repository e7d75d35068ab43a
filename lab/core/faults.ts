import { type Document } from "./state";

/** A failure that a test orders. */
export interface Fault {
  /** Machine that fails: `tappaas1`, `backup`. */
  readonly machine: string;
  /** Operation that fails, `POST /storage`; `*` for every one. */
  readonly operation: string;
  /**
   * `cut-before-work` and `cut-after-work` close the connection without an answer, `status-500` answers 500 without
   * working, `down` refuses connections. Modules may know more kinds.
   */
  readonly kind: string;
  /** How often it still happens. */
  readonly times: number;
}

/** The failures ordered and not yet spent. */
export class Faults {
  constructor(private readonly orders: Document<{ faults: Fault[] }>) {}

  /** Orders a failure. */
  order(fault: Fault): void {
    this.orders.change(({ faults }) => faults.push(fault));
  }

  /** All failures still to come. */
  pending(): readonly Fault[] {
    return this.orders.value.faults;
  }

  /** Takes back every order. */
  clear(): void {
    this.orders.change((orders) => (orders.faults = []));
  }

  /** Whether a failure of `kind` is due now; spends one of its times. */
  strikes(machine: string, operation: string, kind: string): boolean {
    const index = this.orders.value.faults.findIndex((fault) => hits(fault, machine, operation, kind));
    if (index < 0) return false;
    this.orders.change((orders) => {
      orders.faults = orders.faults
        .map((fault, at) => (at === index ? { ...fault, times: fault.times - 1 } : fault))
        .filter(({ times }) => times > 0);
    });
    return true;
  }
}

function hits(fault: Fault, machine: string, operation: string, kind: string): boolean {
  const same = fault.operation === "*" || fault.operation === operation;
  return same && fault.machine === machine && fault.kind === kind;
}
