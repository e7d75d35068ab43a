import { existsSync, readFileSync } from "node:fs";

import { hostKeyOfLine } from "../ssh/host-key";
import { lookUp, nameOf } from "../ssh/known-hosts";
import { failure, ok, warning, type Check } from "./check";
import { type DoctoredSite } from "./site";

/** known_hosts, which the proxmoxve plugin's own SSH reads: it takes any key of a machine that is not in it. */
export function knownHostsCheck({ settings }: DoctoredSite, file: string): Check {
  return {
    name: "known hosts",
    run: () => {
      const text = existsSync(file) ? readFileSync(file, "utf8") : "";
      const findings = Object.entries(settings.nodes).map(([name, { ssh }]) => {
        const known = lookUp(text, ssh.host, ssh.port, hostKeyOfLine(ssh.hostKey));
        const cure = `make enrol HOST=${ssh.host} again`;
        if (known.is === "same") return ok(`${name} is known`);
        if (known.is === "unknown") return warning(`${file} does not know ${nameOf(ssh.host, ssh.port)}`, cure);
        const says = `${file} knows another key for ${nameOf(ssh.host, ssh.port)} than the settings`;
        return failure(says, `compare on its console, then ssh-keygen -R '${nameOf(ssh.host, ssh.port)}' and ${cure}`);
      });
      return Promise.resolve(findings);
    },
  };
}
