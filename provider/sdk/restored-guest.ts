import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link RestoredGuest}. */
export interface RestoredGuestArgs {
  /** The restored guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.** */
  readonly guest: pulumi.Input<string>;
  /** The snapshot, `main:backup/vm/140/2026-11-20T21:00:00Z`. **Cannot be changed.** */
  readonly archive: pulumi.Input<string>;
  /** Node that reads it back. **Cannot be changed.** */
  readonly node: pulumi.Input<string>;
  /** Storage for all disks. **Cannot be changed.** @default - each where it was */
  readonly storage?: pulumi.Input<string>;
  /** Who asks for the restore, `user@realm!token`. */
  readonly login: pulumi.Input<string>;
  /** When the number was proved free, RFC 3339. */
  readonly freeSince: pulumi.Input<string>;
  /** Whether its network cards get new addresses. @default false */
  readonly newAddresses?: pulumi.Input<boolean>;
  /**
   * Lines of its configuration that are other than in the backup: `{ net0: "virtio=…,bridge=lan,tag=3210" }`. Given to PVE with the
   * restore, so that it never is anything else. **Cannot be changed.** @default - none
   */
  readonly configuration?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Lines of its configuration that are taken out before its first start. **Cannot be changed.** @default - none */
  readonly without?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * A guest out of a backup snapshot that was chosen once. It overwrites nothing: a number that is taken is refused by name. Taking it
 * out of the program leaves the guest as it is.
 * @see https://pve.proxmox.com/pve-docs/chapter-vzdump.html#vzdump_restore
 */
export class RestoredGuest extends pulumi.CustomResource {
  declare public readonly guest: pulumi.Output<string>;
  /** The task that restored it. */
  declare public readonly upid: pulumi.Output<string>;
  /** Whether it started with its node when it was backed up. */
  declare public readonly startsWithNode: pulumi.Output<boolean>;

  constructor(name: string, args: RestoredGuestArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const outputs = { upid: undefined, startsWithNode: undefined, adopted: undefined };
    super("resilience:pve:RestoredGuest", name, { ...args, ...outputs }, { retainOnDelete: true, ...opts });
  }
}

/** Arguments of {@link GuestStart}. */
export interface GuestStartArgs {
  /** The guest, `vm:<vmid>` or `ct:<vmid>`. **Cannot be changed.** */
  readonly guest: pulumi.Input<string>;
  /** Whether it starts with its node from now on. */
  readonly startsWithNode: pulumi.Input<boolean>;
  /** How long its guest agent is waited for, such as `"10 minutes"`. */
  readonly limit: pulumi.Input<string>;
}

/**
 * The first start of a restored guest, once what it needs has started. It is done once: what a person stops later stays stopped.
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_startup_and_shutdown
 */
export class GuestStart extends pulumi.CustomResource {
  declare public readonly guest: pulumi.Output<string>;

  constructor(name: string, args: GuestStartArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    super("resilience:pve:GuestStart", name, { ...args, adopted: undefined }, { retainOnDelete: true, ...opts });
  }
}
