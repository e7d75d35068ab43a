import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../estate/units/defined";
import { type Duration } from "../../estate/units/duration";
import { type GuestId } from "../../estate/units/guest-id";
import { GuestStart, RestoredGuest } from "../../provider/sdk/restored-guest";
import { rejectProblems } from "../internal/problems";
import { rebuiltGuestsProblems } from "./rebuilt-guests-problems";

/** One guest that comes back. */
export interface RebuiltGuest {
  /** The guest, `vm:<vmid>` or `ct:<vmid>`; its number has to be free. */
  readonly guest: GuestId;
  /** The snapshot, `main:backup/vm/140/2026-11-20T21:00:00Z`. */
  readonly archive: string;
  /** Node on which it comes back. */
  readonly node: string;
  /** Storage for all its disks. @default - each where it was */
  readonly storage?: string;
  /**
   * Lines of its configuration that are other than in the backup: name, networks, memory. They are so before it is ever started.
   * @default - as in the backup
   */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Lines of its configuration that are left out: devices of another node. @default - none */
  readonly without?: readonly string[];
  /** Whether it is started. */
  readonly starts: boolean;
  /** Guests whose restore ends before its own begins. @default - none */
  readonly restoreAfter?: readonly GuestId[];
  /** Guests that are started before it: what it needs. Those that stay off are not waited for. @default - none */
  readonly startAfter?: readonly GuestId[];
}

/** Arguments of {@link RebuiltGuests}. */
export interface RebuiltGuestsArgs {
  /** Who restores them, `user@realm!token`. */
  readonly login: string;
  /** When their numbers were proved free, RFC 3339. */
  readonly freeSince: string;
  /** The guests, in any order. */
  readonly guests: readonly RebuiltGuest[];
  /**
   * How long the guest agent of each is waited for before what needs it is started.
   * @default "5 minutes"
   */
  readonly startLimit?: Duration;
}

/**
 * Guests that come back from backups: each restored in its turn, over nothing, and started once what it needs was started. What leaves
 * the program stays on the site as it is.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-vzdump.html#vzdump_restore
 */
export class RebuiltGuests extends pulumi.ComponentResource {
  /** Guests out of their snapshots. */
  public readonly restored: ReadonlyMap<GuestId, RestoredGuest>;
  /** First starts of those that are started. */
  public readonly starts: ReadonlyMap<GuestId, GuestStart>;

  constructor(name: string, args: RebuiltGuestsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("tappaas:recovery:RebuiltGuests", name, {}, opts);
    rejectProblems(this, `RebuiltGuests "${name}"`, rebuiltGuestsProblems(args));

    this.restored = inTurn(
      args.guests,
      ({ restoreAfter = [] }) => restoreAfter,
      (guest, after) => this.#restoredOf(name, args, guest, after),
    );
    const started = args.guests.filter(({ starts }) => starts);
    this.starts = inTurn(
      started,
      ({ startAfter = [] }) => startAfter,
      (guest, after) => this.#startOf(name, args, guest, after),
    );

    this.registerOutputs({ guests: args.guests.map(({ guest }) => guest) });
  }

  #restoredOf(
    name: string,
    { login, freeSince }: RebuiltGuestsArgs,
    { guest, archive, node, storage, configuration, without }: RebuiltGuest,
    dependsOn: pulumi.Resource[],
  ): RestoredGuest {
    const inputs = { guest, archive, node, login, freeSince, ...defined({ storage, configuration }) };
    const lines = without === undefined ? {} : { without: [...without] };
    return new RestoredGuest(
      `${name}-${guest.replace(":", "-")}`,
      { ...inputs, ...lines },
      { parent: this, dependsOn },
    );
  }

  #startOf(
    name: string,
    { startLimit: limit = "5 minutes" }: RebuiltGuestsArgs,
    { guest }: RebuiltGuest,
    needs: pulumi.Resource[],
  ): GuestStart {
    const restored = this.restored.get(guest);
    const startsWithNode = restored?.startsWithNode ?? false;
    const dependsOn = [...(restored === undefined ? [] : [restored]), ...needs];
    const options = { parent: this, dependsOn };
    return new GuestStart(`${name}-${guest.replace(":", "-")}`, { guest, startsWithNode, limit }, options);
  }
}

/** Makes something of each guest, after those that it waits for; the arguments were seen to have no cycle. */
function inTurn<T>(
  guests: readonly RebuiltGuest[],
  waitsFor: (guest: RebuiltGuest) => readonly GuestId[],
  make: (guest: RebuiltGuest, after: T[]) => T,
): ReadonlyMap<GuestId, T> {
  const made = new Map<GuestId, T>();
  const makeOne = (guest: RebuiltGuest): T => {
    const known = made.get(guest.guest);
    if (known !== undefined) return known;
    const before = waitsFor(guest).flatMap((id) => guests.find((one) => one.guest === id) ?? []);
    const one = make(guest, before.map(makeOne));
    made.set(guest.guest, one);
    return one;
  };
  guests.forEach(makeOne);
  return made;
}
