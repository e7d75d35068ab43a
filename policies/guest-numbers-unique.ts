import { ofType, stackRule } from "./rule";
import { CONTAINER, VM } from "./types";

/** A VMID names a guest's disks, backups and replicas: two guests with one would take each other's. */
export const guestNumbersUnique = stackRule(
  { name: "guest-numbers-unique", description: "No two guests have one VMID." },
  (resources) => {
    const numbers = [...ofType(resources, VM), ...ofType(resources, CONTAINER)].flatMap(({ name, props }) =>
      props["vmId"] === undefined ? [] : [{ name, vmid: Number(props["vmId"]) }],
    );
    return numbers
      .filter(({ vmid }, place) => numbers.findIndex((other) => other.vmid === vmid) < place)
      .map(({ name, vmid }) => `${name} must have a VMID of its own: set another vmId than ${vmid}.`);
  },
);
