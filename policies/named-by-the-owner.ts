import { resourceRule } from "./rule";
import { CEPH_POOL, CONTAINER, PROXMOX_ZFS, VM } from "./types";

/** What the engine adds to a name that nobody gave. */
const INVENTED = /-[0-9a-f]{7}$/;

/** A name that the engine invents is another one in the next state: the object would be made a second time. */
export const namedByTheOwner = resourceRule(
  { name: "named-by-the-owner", description: "Guests and pools have names that somebody gave them." },
  [CEPH_POOL, CONTAINER, PROXMOX_ZFS, VM],
  ({ name, props }) => {
    const own = props["name"] as unknown;
    return typeof own === "string" && own.startsWith(`${name}-`) && INVENTED.test(own)
      ? [`${name} must have a name of its own and not an invented one: set name.`]
      : [];
  },
);
