import type * as pulumi from "@pulumi/pulumi";

import { Link } from "../components";
import { type LinkPlan } from "../estate/link-settings";
import { type SshSettings } from "../estate/ssh-settings";
import { defined } from "../estate/units/defined";

/** Public key of this end of each link, by the name of the link. */
export type LinkKeys = Readonly<Record<string, pulumi.Output<string>>>;

/** The links by which other places reach this one's backup server, or it reaches theirs; the problems of the settings have been said. */
export function declareLinks(
  links: readonly LinkPlan[],
  ssh: SshSettings | undefined,
  privateKey: pulumi.Output<string> | undefined,
  opts?: pulumi.ComponentResourceOptions,
): LinkKeys {
  if (ssh === undefined || privateKey === undefined) return {};
  const shell = { ...ssh, privateKey };
  const keys = links.map(({ name, interface: device, address, listenPort, peer, serves }) => {
    const { publicKey, address: theirs, endpoint } = peer;
    const other = { publicKey, address: theirs, ...defined({ endpoint }) };
    const args = { shell, interface: device, address, peer: other, serves, ...defined({ listenPort }) };
    return [name, new Link(`link-${name}`, args, opts).publicKey] as const;
  });
  return Object.fromEntries(keys);
}
