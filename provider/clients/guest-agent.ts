import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

import { ApiError, NotPermitted } from "./api-error";
import { type PveClient } from "./pve-client";

/** What a program inside a guest left. */
export interface Ran {
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
  /** What it printed. **It may hold a secret.** */
  readonly stdout: string;
  /** What it complained of. */
  readonly stderr: string;
}

const PID = z.object({ pid: z.number().int() });
const FLAG = z.union([z.boolean(), z.number()]).transform(Boolean);
const END = z.looseObject({
  exited: FLAG,
  exitcode: z.number().optional(),
  "out-data": z.string().optional(),
  "err-data": z.string().optional(),
  "out-truncated": FLAG.optional(),
});

const CARDS = z.looseObject({
  result: z.array(z.looseObject({ "ip-addresses": z.array(z.looseObject({ "ip-address": z.string() })).optional() })),
});

/**
 * A virtual machine's guest agent, through PVE: a way into a machine that has no login yet.
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_qemu_agent
 */
export class GuestAgent {
  readonly #path: string;

  constructor(
    private readonly pve: PveClient,
    node: string,
    vmid: number,
    /** Milliseconds between two looks. */
    private readonly pause = 1_000,
  ) {
    this.#path = `/nodes/${encodeURIComponent(node)}/qemu/${vmid}/agent`;
  }

  /** Whether it answers now; one that does not may be starting. */
  async answers(): Promise<boolean> {
    try {
      await this.pve.ask(z.unknown(), { method: "POST", path: `${this.#path}/ping` });
      return true;
    } catch (error) {
      if (error instanceof ApiError && !(error instanceof NotPermitted) && error.status === 500) return false;
      throw error;
    }
  }

  /** Waits until it answers, for at most `patience` milliseconds; false when it never did. */
  async awaited(patience: number): Promise<boolean> {
    const deadline = Date.now() + patience;
    for (;;) {
      if (await this.answers()) return true;
      if (Date.now() > deadline) return false;
      await sleep(this.pause);
    }
  }

  /** Addresses of its network cards; none of the machine's own loopback. */
  async addresses(): Promise<string[]> {
    const { result } = await this.pve.ask(CARDS, { method: "GET", path: `${this.#path}/network-get-interfaces` });
    const all = result.flatMap((card) => (card["ip-addresses"] ?? []).map((one) => one["ip-address"]));
    return all.filter((address) => !/^(?:127\.|::1$|fe80:)/i.test(address));
  }

  /**
   * Runs a script to its end, of bash unless another shell is named. The script goes in by standard input, so that nothing of it stands among the arguments
   * of a process.
   * @throws {RangeError} When it has not ended after `patience` milliseconds; it runs on.
   */
  async run(script: string, patience: number, shell = "/bin/bash"): Promise<Ran> {
    const order = { command: shell, "input-data": script };
    const { pid } = await this.pve.ask(PID, { method: "POST", path: `${this.#path}/exec`, parameters: order });
    const deadline = Date.now() + patience;
    for (;;) {
      const end = await this.pve.ask(END, { method: "GET", path: `${this.#path}/exec-status`, parameters: { pid } });
      if (end["out-truncated"] === true) throw new RangeError(`Process ${pid} printed more than the agent hands over.`);
      if (end.exited) return { code: end.exitcode, stdout: end["out-data"] ?? "", stderr: end["err-data"] ?? "" };
      if (Date.now() > deadline) throw new RangeError(`Expected process ${pid} in the guest to end; it still runs.`);
      await sleep(this.pause);
    }
  }
}
