import * as pulumi from "@pulumi/pulumi";

import { CloudHost } from "../components";
import { type CloudHostSettings } from "../estate/cloud-machine-settings";
import { defined } from "../estate/units/defined";
import { awsProvider } from "./aws";
import { type DrHostConfiguration } from "./config";

/** The machine at AWS: what one opens a session with, and from where it speaks with others. */
export type DeclaredCloud = pulumi.Output<Readonly<Record<"instanceId" | "publicAddress", string>>>;

/** No machine. */
export const NO_CLOUD: DeclaredCloud = pulumi.output({ instanceId: "", publicAddress: "" });

/**
 * The node at AWS: nothing where nothing stands ready, what costs nothing as a pilot light, and the machine once somebody agreed to it or
 * where it waits in peace time.
 * @returns The machine; its texts are empty without one.
 */
export function declareCloud({ settings, machine: agreed, awsSecretKey }: DrHostConfiguration): DeclaredCloud {
  const { cloud, host } = settings;
  if (cloud === undefined) return NO_CLOUD;
  const machine = agreed ?? waiting(cloud);
  if (machine === undefined && cloud.standby === "none") return NO_CLOUD;
  const { region, zone = `${region}a`, publicKey, budget, storage, bridge, address, inner, accessKey, api } = cloud;
  const provider = awsProvider({ region, accessKey, secretKey: awsSecretKey, api });
  const size = machine && { instanceType: machine.instanceType, disk: machine.disk };
  const place = { region, zone, publicKey, budget, node: host.node, storage, bridge, address, inner };
  const { instanceId, publicAddress } = new CloudHost(
    "cloud",
    { ...place, ...defined({ machine: size }) },
    { providers: [provider] },
  );
  return pulumi.output({ instanceId, publicAddress });
}

/** In peace time nobody reckons what must run: type and disk are said. */
function waiting({ standby, instanceType, disk }: CloudHostSettings) {
  if (standby !== "warm") return undefined;
  if (instanceType !== undefined && disk !== undefined) return { instanceType, disk };
  throw new pulumi.RunError(
    "cloud.standby is warm, and cloud.instanceType or cloud.disk is missing.\n" +
      "Cure: `make rebuild STACK=<this stack> REBUILD_OPTIONS=--dry-run` says which the guests need; write both.",
  );
}
