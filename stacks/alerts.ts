import { type ComponentResourceOptions, type Output } from "@pulumi/pulumi";

import { Alerts } from "../components";
import { type Finding } from "../estate/problem";
import { type AlertForm } from "../estate/units/alert-form";

/** Where messages go; each is a secret of the stack. */
export interface AlertAddresses {
  /** Called when something fails. */
  readonly failures: Output<string> | undefined;
  /** Called when a backup succeeded. */
  readonly heartbeat: Output<string> | undefined;
  /** Form in which the receiver of failures wants them. */
  readonly form: AlertForm;
}

/** Tells whom the owner named. The names in PVE say whose they are. */
export function declareAlerts({ failures, heartbeat, form }: AlertAddresses, opts: ComponentResourceOptions): void {
  if (failures === undefined && heartbeat === undefined) return;
  const args = {
    ...(failures !== undefined && { failureAddress: failures, form }),
    ...(heartbeat !== undefined && { heartbeatAddress: heartbeat }),
  };
  new Alerts("resilience", args, opts);
}

/** Silence that nobody would hear. */
export function alertFindings({ failures, heartbeat }: Omit<AlertAddresses, "form">): Finding[] {
  const findings: Finding[] = [];
  if (failures === undefined) {
    const advice = "nobody is told when a backup fails; pulumi config set --secret alertAddress";
    findings.push({ path: "alerts", advice });
  }
  if (heartbeat === undefined) {
    const advice =
      "nobody notices when the whole site is silent; pulumi config set --secret heartbeatAddress, of a dead-man switch";
    findings.push({ path: "alerts", advice });
  }
  return findings;
}
