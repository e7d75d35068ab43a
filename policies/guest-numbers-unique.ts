import { ofType, stackRule, type DeclaredInStack } from "./rule";
import { vmidOf } from "./failover";
import { CONTAINER, RESTORED_GUEST, VM } from "./types";

/** A VMID names a guest's disks, backups and replicas: two guests with one would take each other's. */
export const guestNumbersUnique = stackRule(
  { name: "guest-numbers-unique", description: "No two guests have one VMID." },
  (resources) => {
    const numbers = ofType(resources, VM, CONTAINER, RESTORED_GUEST).flatMap((guest) => {
      const vmid = numberOf(guest);
      return vmid === undefined ? [] : [{ name: guest.name, vmid }];
    });
    return numbers
      .filter(({ vmid }, place) => numbers.findIndex((other) => other.vmid === vmid) < place)
      .map(({ name, vmid }) => `${name} must have a VMID of its own: set another vmId than ${vmid}.`);
  },
);

function numberOf({ type, props }: DeclaredInStack): number | undefined {
  if (type === RESTORED_GUEST) return vmidOf(String(props["guest"]));
  return props["vmId"] === undefined ? undefined : Number(props["vmId"]);
}
