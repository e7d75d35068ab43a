import { resolve } from "node:path";

import { readKeyFile } from "../../provider/keys/key-file";
import { failure, failureOf, ok, type Check } from "./check";
import { type DoctoredSite } from "./site";

/** The encryption key: its file is there, opens, and holds the key of the settings. */
export function keyCheck({ settings, project }: DoctoredSite): Check {
  return {
    name: "key",
    run: async () => {
      const { file, identityFile, fingerprint } = settings.key;
      try {
        const key = await readKeyFile(resolve(project, file), resolve(project, identityFile));
        if (key.fingerprint === fingerprint) return [ok(`${file} opens, ${fingerprint.slice(0, 23)}…`)];
        const says = `${file} holds the key ${key.fingerprint.slice(0, 23)}…, the settings say ${fingerprint.slice(0, 23)}…`;
        return [failure(says, "with the wrong key no new backup can be read: correct key.fingerprint or key.file")];
      } catch (error) {
        return [failureOf(error, "restore it from the escrow sheet, or make one with `make key`")];
      }
    },
  };
}
