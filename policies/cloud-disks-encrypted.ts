import { listOf, resourceRule, type Declared } from "./rule";
import { CLOUD_MACHINE, CLOUD_TEMPLATE, CLOUD_VOLUME } from "./types";

/**
 * Guests that were restored into a cloud lie there open. A disk without encryption can be shared as a snapshot and read by whoever gets
 * hold of the account's storage. Source: requirements T18, T31; AWS, "Amazon EBS encryption".
 */
export const cloudDisksEncrypted = resourceRule(
  { name: "cloud-disks-encrypted", description: "Disks of machines in a cloud are encrypted." },
  [CLOUD_MACHINE, CLOUD_TEMPLATE, CLOUD_VOLUME],
  (resource) =>
    openOf(resource).map((field) => `Disks of ${resource.name} must be encrypted: set ${field}encrypted: true.`),
);

/** Where an encryption is missing, as the path before it. */
function openOf({ type, props }: Declared): string[] {
  if (type === CLOUD_VOLUME) return isOn(props["encrypted"]) ? [] : [""];
  if (type === CLOUD_TEMPLATE) {
    return listOf(props["blockDeviceMappings"]).flatMap(({ ebs }) =>
      ebs === undefined || isOn((ebs as Readonly<Record<string, unknown>>)["encrypted"])
        ? []
        : ["blockDeviceMappings.ebs."],
    );
  }
  const root = props["rootBlockDevice"] as Readonly<Record<string, unknown>> | undefined;
  const hasTemplate = root === undefined && "launchTemplate" in props;
  return [
    ...(hasTemplate || isOn(root?.["encrypted"]) ? [] : ["rootBlockDevice."]),
    ...listOf(props["ebsBlockDevices"]).flatMap(({ encrypted }) => (isOn(encrypted) ? [] : ["ebsBlockDevices."])),
  ];
}

/** A template writes it as a text. */
function isOn(value: unknown): boolean {
  return value === true || value === "true";
}
