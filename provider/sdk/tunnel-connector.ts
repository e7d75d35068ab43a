import * as pulumi from "@pulumi/pulumi";

import { demandPluginLines } from "./plugin-lines";

/** Arguments of {@link TunnelConnector}. */
export interface TunnelConnectorArgs {
  /** The virtual machine; it needs the guest agent. **Cannot be changed.** */
  readonly vmid: pulumi.Input<number>;
  /** Its name in PVE: another machine under that number is not touched. */
  readonly machine: pulumi.Input<string>;
  /** Token of the tunnel; a secret. Another one is written over it, and the connector dials in anew. */
  readonly token: pulumi.Input<string>;
}

/** The connector of a Cloudflare tunnel in a virtual machine: its package, its token, its service. */
export class TunnelConnector extends pulumi.CustomResource {
  constructor(name: string, args: TunnelConnectorArgs, opts: pulumi.CustomResourceOptions = {}) {
    demandPluginLines();
    const hidden = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["token"] });
    const inputs = { ...args, token: pulumi.secret(args.token), adopted: undefined };
    super("resilience:pve:TunnelConnector", name, inputs, hidden);
  }
}
