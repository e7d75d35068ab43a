import { type PveCluster } from "./cluster";
import { type Site } from "../core/site";
import { type DeviceDescription } from "../core/site-description";
import { type Document } from "../core/state";

/** What a cluster has to do with machines that may lend it a vote. */
export interface DevicesState {
  /** Name of the one that votes. */
  configured?: string;
  /** Names of those that let root of the nodes in. */
  authorized: string[];
}

/** What is written down of a cluster's devices. */
export function devicesOf({ site, key }: PveCluster): Document<DevicesState> {
  return site.state.document(`clusters/${key}/quorum-device`, (): DevicesState => ({ authorized: [] }));
}

/** The machine that lends a cluster its vote. */
export function deviceOf(cluster: PveCluster): DeviceDescription | undefined {
  const name = devicesOf(cluster).value.configured;
  return cluster.site.description.devices?.find((device) => device.name === name);
}

/** The machine at an address. */
export function deviceAt({ description, prefix }: Site, address: string): DeviceDescription | undefined {
  return description.devices?.find(({ host }) => `${prefix}.${host}` === address);
}
