import { type LabSite } from "../../../tools/lab-site/prepare";
import { changeSettings, setSecret } from "./commands";
import { NIGHTLY } from "./dr-host";
import { onNode, pbsOf } from "./lab-site";

/** Guests of the reference site that may serve elsewhere, and the one that is asked for by nobody. */
export const PREPARED = [130, 140, 610];

/** What the owner of a backup server elsewhere does, so that it keeps the record of a site: a group, a login that reads, one that writes. */
export async function lendRecord({ sheet, stack }: LabSite): Promise<Readonly<Record<"reads" | "writes", string>>> {
  const { server, datastore } = NIGHTLY;
  const { address, fingerprint, logins } = sheet.pbs[server]!;
  const login = [
    `PBS_REPOSITORY='root@pam@${address}:8007:${datastore}'`,
    `PBS_PASSWORD='${logins["root@pam"].password}' PBS_FINGERPRINT=${fingerprint}`,
  ].join(" ");
  const group = `return-${stack.program.stack}`;
  const [node = ""] = Object.keys(sheet.nodes);
  await onNode(sheet, node, "mkdir -p /srv/record && echo 'see the notes' >/srv/record/readme");
  await onNode(sheet, node, `${login} proxmox-backup-client backup record.pxar:/srv/record --backup-id ${group}`);
  const pbs = pbsOf(sheet, server);
  const path = `/datastore/${datastore}`;
  await pbs.createUser({ userid: "record@pbs" });
  const made = { reads: "DatastoreAudit", writes: "DatastoreBackup" };
  const secrets: Record<string, string> = {};
  // A token may do what both may, and the one that reads must not write.
  for (const role of Object.values(made)) await pbs.grant(path, role, "record@pbs", true);
  for (const [name, role] of Object.entries(made)) {
    secrets[name] = await pbs.createToken("record@pbs", name, {});
    await pbs.grant(path, role, `record@pbs!${name}`, true);
  }
  await pbs.changeOwner(datastore, { type: "host", id: group }, "record@pbs!writes");
  await pbs.close();
  return secrets as Record<"reads" | "writes", string>;
}

/** Writes the guard into the settings of the site, with the logins. */
export async function writeGuard(site: LabSite, lent: Readonly<Record<"reads" | "writes", string>>): Promise<void> {
  const { sheet } = site;
  const { address, fingerprint } = sheet.pbs[NIGHTLY.server]!;
  const [node] = Object.values(sheet.nodes);
  const peer = {
    address,
    fingerprint,
    datastore: NIGHTLY.datastore,
    reader: "record@pbs!reads",
    writer: "record@pbs!writes",
  };
  const returnGuard = {
    ...{ prepared: PREPARED.map(String), outside: ["110"], limit: "1 minute" },
    ...{ probes: [`${node!.api}/`], servers: { peer } },
  };
  changeSettings(site, (settings) => ({ ...settings, returnGuard }));
  for (const [name, secret] of Object.entries(lent)) {
    await setSecret(site, `record${name === "reads" ? "Reads" : "Writes"}-peer`, secret);
  }
}
