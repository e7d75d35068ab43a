/** A network of a node: a bridge, and a VLAN on it; without one, what passes the bridge untagged. */
export interface NetworkPlace {
  /** Bridge of the node, `lan`. */
  readonly bridge: string;
  /** VLAN from 1 to 4094; undefined for none. */
  readonly vlan: number | undefined;
}

const PATTERN = /^(?<bridge>[a-zA-Z][a-zA-Z0-9_]{0,14})(?:\/(?<vlan>[1-9]\d{0,3}))?$/;

/** Whether `text` names a network: `lan`, or `lan/210`. */
export function isNetworkPlace(text: string): boolean {
  const { vlan } = PATTERN.exec(text)?.groups ?? {};
  return PATTERN.test(text) && (vlan === undefined || Number(vlan) <= 4094);
}

/**
 * Bridge and VLAN of a network.
 * @throws {RangeError} If the text is neither `<bridge>` nor `<bridge>/<VLAN from 1 to 4094>`.
 */
export function parseNetworkPlace(text: string): NetworkPlace {
  const { bridge, vlan } = PATTERN.exec(text)?.groups ?? {};
  if (bridge === undefined || !isNetworkPlace(text))
    throw new RangeError(`Expected a network such as "lan" or "lan/210", got "${text}".`);
  return { bridge, vlan: vlan === undefined ? undefined : Number(vlan) };
}

/** Name of a network: `lan`, or `lan/210`. */
export function networkPlaceText({ bridge, vlan }: NetworkPlace): string {
  return vlan === undefined ? bridge : `${bridge}/${vlan}`;
}
