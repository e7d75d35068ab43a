import * as z from "zod";

import { expecting, identifier, plainText, sizeText, text } from "./schema";

/** Login and place at AWS, of a stack that has machines there. */
export const cloudPlaceSettings = {
  /** Region of AWS, and so the country. **Another one is another machine.** */
  region: text((region) => /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region), 'a region such as "eu-central-1"'),
  /** Availability zone in it. **Another one is another machine with an empty disk.** @default - the region's first, `eu-central-1a` */
  zone: text((zone) => /^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/.test(zone), 'a zone such as "eu-central-1a"').optional(),
  /** Public key of who logs in, a line of authorized_keys. **Another one is another machine.** */
  publicKey: text(
    (key) => /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+) [A-Za-z0-9+/=]+(?: .*)?$/.test(key),
    'a line of authorized_keys, such as "ssh-ed25519 AAAA… me"',
  ),
  /** Access key of who makes it; the secret beside it is `awsSecretKey`. @default - the login of AWS' own tools on this machine */
  accessKey: text((key) => /^[A-Za-z0-9._-]{3,128}$/.test(key), 'an access key such as "AKIA…"').optional(),
  /** Address that stands in for AWS, `https://127.0.0.241:5000`. @default - AWS itself */
  api: text((address) => URL.canParse(address) && address.startsWith("https://"), "an https address").optional(),
};

/** The machine of AWS in which the vault's backup server stands. @default - the server exists, and is reached by its address */
export const vaultMachineSettings = z
  .strictObject({
    ...cloudPlaceSettings,
    /** Type of the machine, x86-64. A change restarts it. @default "t3.medium" */
    instanceType: text(
      (type) => /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type),
      'a type of machine such as "t3.medium"',
    ).default("t3.medium"),
    /** Size of the disk of copies. It grows in place and never shrinks. @default - what the quotas of all sources need */
    disk: sizeText.optional(),
    /**
     * IPv4 addresses from which its backup server is reached, TCP 8007: a node at AWS that reads guests back has one. With any, or a link
     * that is dialled, the machine keeps its public address. @default - none
     */
    letIn: z
      .array(text((address) => z.ipv4().safeParse(address).success, 'an address such as "203.0.113.7"'))
      .default([]),
  })
  .optional();

/** That machine. */
export type VaultMachineSettings = NonNullable<z.infer<typeof vaultMachineSettings>>;

const bridge = text((name) => /^[A-Za-z][\w.-]{0,14}$/.test(name), 'a bridge such as "vmbr1"');
const instanceType = text(
  (type) => /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type),
  'a type of machine such as "m8i.2xlarge"',
);

/** The machine of AWS that is to be the node of a lost site's guests. */
export const cloudHostSettings = z.strictObject({
  ...cloudPlaceSettings,
  /** Type of the machine, one that runs virtual machines of its own. @default - the smallest, or cheapest, on which the guests fit */
  instanceType: instanceType.optional(),
  /** Size of the disk for guests, whole GiB. @default - what their disks need, and a quarter more */
  disk: sizeText.optional(),
  /** Name of the pool and of the storage entry on that disk. @default "tanka1" */
  storage: identifier("storage").default("tanka1"),
  /** Bridge behind which the firewall, or whoever else, reaches the internet; the node routes. @default "vmbr1" */
  bridge: bridge.default("vmbr1"),
  /** The node's address on it, with the length of its prefix. @default "10.78.0.1/24" */
  address: text((value) => z.cidrv4().safeParse(value).success, 'an address such as "10.78.0.1/24"').default(
    "10.78.0.1/24",
  ),
  /** Bridge without a cable or an address, for all other networks of the site, which keep their VLANs. @default "dr0" */
  inner: bridge.default("dr0"),
  /**
   * What stands ready in peace time. `none`: nothing, and nothing is paid. `pilot-light`: network, login and budget, which cost nothing, so
   * that a rebuild begins with the machine. `warm`: the machine too, installed and waiting; it costs what `make rebuild` says. @default "none"
   */
  standby: z.enum(["none", "pilot-light", "warm"], expecting('"none", "pilot-light" or "warm"')).default("none"),
  /** Sum a month, in US dollars, above which AWS writes to somebody. */
  budget: z.strictObject({
    /** The sum. */
    perMonth: z.number(expecting("a number above 0")).positive(expecting("a number above 0")),
    /** Addresses to which AWS writes. */
    tell: z.array(plainText).min(1, expecting("at least one address")),
  }),
});

/** That machine. */
export type CloudHostSettings = z.infer<typeof cloudHostSettings>;
