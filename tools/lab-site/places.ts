import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** Absolute path of the checkout that runs. */
export const REPOSITORY = resolve(__dirname, "../..");

/** Where one lab site keeps everything that is its own; nothing of it is committed. */
export interface Places {
  /** Folder of them all. */
  readonly root: string;
  /** The lab's own state: machines, disks, chunks; it publishes sheet.json there. */
  readonly lab: string;
  /** Copy of the reference site, to which the observation is added. */
  readonly site: string;
  /** Copy of the stack's settings file, with the lab's addresses. */
  readonly stackFile: string;
  /** Pulumi's state, as a folder. */
  readonly backend: string;
  /** Home of the programs that run here: bpg writes ~/.ssh/known_hosts. */
  readonly home: string;
  /** Passphrase of the stack's secrets. */
  readonly passphraseFile: string;
  /** The encryption key, age-encrypted. */
  readonly keyFile: string;
  /** What opens it. */
  readonly identityFile: string;
  /** The escrow sheet. */
  readonly escrowFile: string;
  /** System roots and the site's CA. */
  readonly trustFile: string;
}

/**
 * The places of the lab site `name` for a stack, in `.lab` in the repository that the program is run from: settings name a site's
 * folder from there. The folders are made.
 * @default - what LAB says, else "single-node"
 */
export function placesOf(
  name = process.env["LAB"] ?? "single-node",
  stack = "single-node",
  repository = REPOSITORY,
): Places {
  const at = (...names: string[]) => join(repository, ".lab", name, ...names);
  const places: Places = {
    root: at(),
    lab: at("machines"),
    site: at("site"),
    stackFile: at(`Pulumi.${stack}.yaml`),
    backend: at("backend"),
    home: at("home"),
    passphraseFile: at("passphrase"),
    keyFile: at("keys", "backup-key.age"),
    identityFile: at("keys", "identity.txt"),
    escrowFile: at("keys", "escrow.txt"),
    trustFile: at("trust.pem"),
  };
  for (const folder of [places.lab, places.site, places.backend, places.home, at("keys")]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  return places;
}
