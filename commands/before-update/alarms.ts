import { type Observation } from "../../estate/observation";
import { isAway } from "../../provider/clients/api-error";
import { type PveClient } from "../../provider/clients/pve-client";
import { typeOf } from "../../provider/clients/restore-client";
import { type Alarm } from "../watch/checks";
import { snapshotsOf } from "./guest-now";
import { isOverdue, ownSnapshots, type ListedSnapshot } from "./snapshot-name";

/** Snapshots of one guest. */
export interface GuestSnapshots {
  /** The guest's number. */
  readonly vmid: number;
  /** Its snapshots, whoever took them. */
  readonly listed: readonly ListedSnapshot[];
}

/** Snapshots from before an update whose day has passed: each grows with every write until its pool is full. */
export function snapshotAlarms(guests: readonly GuestSnapshots[], now: Date): Alarm[] {
  return guests.flatMap(({ vmid, listed }) =>
    ownSnapshots(listed)
      .filter((own) => isOverdue(own, now))
      .map(({ name, until }) => ({
        what: `snapshot ${name} of guest ${vmid}`,
        text: `it was wanted until ${until} and grows with every write; make before-update GUEST=${vmid} UPDATE_OPTIONS="--remove ${name}"`,
      })),
  );
}

/** Snapshots of all guests that have some; a guest whose node does not answer is passed over, which is said elsewhere. */
export async function snapshotsOfAll(pve: Pick<PveClient, "ask">, { guests }: Observation): Promise<GuestSnapshots[]> {
  const having = guests.items.filter(({ snapshots, lastSeen }) => snapshots === true && lastSeen === undefined);
  const listed = having.map(async ({ vmid, kind, node }) => {
    try {
      return [{ vmid, listed: await snapshotsOf(pve, { node, type: typeOf(kind), vmid }) }];
    } catch (error) {
      if (isAway(error)) return [];
      throw error;
    }
  });
  return (await Promise.all(listed)).flat();
}
