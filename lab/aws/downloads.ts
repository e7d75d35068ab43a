import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { nodeFile } from "../core/own-root";
import { failed, printed, type Program } from "../core/program";
import { type Site } from "../core/site";

/**
 * Digest of Proxmox' key for Debian 13, as its wiki publishes it. The lab has not that key, and signs no packages.
 * Source: https://pve.proxmox.com/wiki/Install_Proxmox_VE_on_Debian_13_Trixie
 */
const PROXMOX_KEY = "136673be77aba35dcce385b28737689ad64fd785a797e57897589aed08db6e45";

const STAND_IN = "the lab's stand-in for Proxmox' key of Debian 13\n";

/** What a machine of AWS reaches on the internet at its first start: content by address. */
const INTERNET: readonly (readonly [address: RegExp, content: string])[] = [
  [/^https:\/\/enterprise\.proxmox\.com\/debian\/proxmox-archive-keyring-trixie\.gpg$/, STAND_IN],
  [
    /^https:\/\/s3\.([a-z0-9-]+)\.amazonaws\.com\/amazon-ssm-\1\/latest\/debian_amd64\/amazon-ssm-agent\.deb$/,
    "agent\n",
  ],
];

/** Programs of such a machine that reach out of it, or would look at the machine that runs the lab. */
export function downloads(site: Site, machine: string): Readonly<Record<string, Program>> {
  return {
    curl: (argv) => {
      const file = argv[argv.indexOf("-o") + 1] ?? "";
      const found = INTERNET.find(([address]) => address.test(argv.at(-1) ?? ""));
      if (found === undefined || !file.startsWith("/")) return failed(6, `curl: (6) Could not resolve host`);
      const path = nodeFile(site, machine, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, found[1]);
      return printed("");
    },
    cksum: (argv) => {
      const list = argv.at(-1) ?? "";
      if (!argv.includes("sha256") || !argv.includes("-c")) return failed(1, "cksum: the lab's only checks SHA-256");
      const [digest = "", file = ""] = readFileSync(nodeFile(site, machine, list), "utf8")
        .trim()
        .split(/\s+/);
      const content = readFileSync(nodeFile(site, machine, file), "utf8");
      const own = createHash("sha256").update(content).digest("hex");
      const real = content === STAND_IN ? PROXMOX_KEY : own;
      return digest === real ? printed(`${file}: OK\n`) : failed(1, `${file}: FAILED`);
    },
    reboot: () => printed(""),
  };
}
