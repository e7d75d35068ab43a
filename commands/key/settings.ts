import { basename } from "node:path";

import { type BackupKey } from "../../provider/keys/backup-key";
import { type MasterKey } from "../../provider/keys/master-key";
import { SettingsFile } from "../settings-file";

/**
 * Writes the fingerprint and the public half of the master key into a stack's settings, where nothing stands there yet: what stands
 * there is what backups were made with.
 * @returns What was written, and what was left, in lines for a person.
 */
export function writeKeySettings(settingsFile: string, key: BackupKey, master: MasterKey | undefined): string[] {
  const settings = new SettingsFile(settingsFile);
  const wanted = { fingerprint: key.fingerprint, masterPublicKey: master?.publicKey };
  const lines: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const there = settings.get("key", name);
    if (there === value) continue;
    if (there === undefined || there === "") {
      settings.set(["key", name], value);
      lines.push(`Written into ${basename(settingsFile)}: key.${name}.`);
    } else
      lines.push(`key.${name} in ${basename(settingsFile)} is another and was left: decide there which one counts.`);
  }
  settings.save();
  return lines;
}
