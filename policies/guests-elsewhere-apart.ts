import { ofType, stackRule, type Declared } from "./rule";
import { RESTORED_GUEST, VM } from "./types";

/**
 * A guest on a borrowed node that comes up in a network of the node's owner can reach what is there, and be reached from there. Which VLANs
 * are the owner's PVE does not show: the configuration says so. Source: requirements T30, candidate guest-vlan-isolated.
 */
export const guestsElsewhereApart = stackRule(
  { name: "guests-elsewhere-apart", description: "Guests on a borrowed node are in no network of its owner." },
  (resources, { vlans }) => {
    const taken = (vlans as readonly number[] | undefined) ?? [];
    return ofType(resources, RESTORED_GUEST, VM).flatMap(({ type, name, props }) =>
      (type === VM ? tagsOfMachine(props) : tagsOfLines(props))
        .filter((tag) => taken.includes(tag))
        .map((tag) => `${name} must not be in VLAN ${tag}, which is the owner's: set another VLAN in networks.`),
    );
  },
  { vlans: { type: "array", items: { type: "number" } } },
);

function tagsOfMachine(props: Declared["props"]): number[] {
  const devices = (props["networkDevices"] as readonly { readonly vlanId?: number }[] | undefined) ?? [];
  return devices.flatMap(({ vlanId }) => vlanId ?? []);
}

/** `net0: virtio=…,bridge=lan,tag=3001`. */
function tagsOfLines(props: Declared["props"]): number[] {
  const lines = Object.entries((props["configuration"] ?? {}) as Readonly<Record<string, string>>);
  return lines.flatMap(([key, line]) => {
    const tag = /^net\d+$/.test(key) ? /(?:^|,)tag=(\d+)/.exec(line)?.[1] : undefined;
    return tag === undefined ? [] : [Number(tag)];
  });
}
