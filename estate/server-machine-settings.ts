import * as z from "zod";

import { expecting, identifier, plainText, sizeText, text, vmidNumber } from "./schema";

const whole = (least: number, most: number) => {
  const expected = expecting(`a whole number from ${least} to ${most}`);
  return z.int(expected).min(least, expected).max(most, expected);
};
const ipv4 = text((value) => z.ipv4().safeParse(value).success, 'an address such as "10.0.0.1"');

/** The virtual machine in which the program makes and keeps the backup server. @default - the server exists, and is reached by its address */
export const serverMachineSettings = z
  .strictObject({
    /** Node on which it is made. */
    node: identifier("node"),
    /** Its VMID. **Another number is another server**: that is how its system is replaced. */
    vmid: vmidNumber,
    /** VMID of the machine that owns the data disk and never runs. */
    dataVmid: vmidNumber,
    /** Storage of the system disk. */
    systemStorage: identifier("storage"),
    /** Storage of the data disk. On the one where guests live, both are lost at once. */
    dataStorage: identifier("storage"),
    /** Size of the data disk when it is made. */
    dataSize: sizeText,
    /** Memory. @default - 4 GiB, and 1 GiB for each TiB of the data disk */
    memory: sizeText.optional(),
    /** Processor cores. @default 2 */
    cores: whole(1, 128).default(2),
    /** Length of the network's prefix. @default 24 */
    prefix: whole(8, 32).default(24),
    /** Router. */
    gateway: ipv4,
    /** Name servers. @default - the node's */
    nameServers: z.array(ipv4).optional(),
    /** Bridge of the node. @default "vmbr0" */
    bridge: text((value) => /^[A-Za-z][\w.-]{0,14}$/.test(value), 'a bridge such as "vmbr0"').default("vmbr0"),
    /** VLAN tag. @default - none */
    vlan: whole(1, 4094).optional(),
    /** Debian 13 cloud image for its system, read once. */
    image: z.strictObject({
      /** Address of a qcow2 image. */
      url: text((value) => /^https:\/\/\S+\.qcow2$/.test(value), "an https address of a .qcow2 image"),
      /** SHA-512 of it, from SHA512SUMS beside it. */
      sha512: text((value) => /^[0-9a-f]{128}$/.test(value), "128 hexadecimal digits"),
    }),
    /** Time zone of the nodes, for every schedule is local time. */
    timeZone: plainText,
  })
  .optional();

/** That machine. */
export type ServerMachine = NonNullable<z.infer<typeof serverMachineSettings>>;
