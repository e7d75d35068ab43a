import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { failed, printed, type Program } from "../core/program";
import { type Debian, readOwn } from "./system-state";

/** Package with the connector of a tunnel. */
const PACKAGE = "cloudflared";
const KEY = "https://pkg.cloudflare.com/cloudflare-main.gpg";

/**
 * Cloudflare's package source: its key can be fetched, and its package is there once the source stands in apt's list with that key.
 * @param programs Directory with the programs of the machine, where the installed one appears.
 */
export function offerCloudflared({ machine, root, state }: Debian, programs: string): void {
  const appear = (): void => {
    writeFileSync(join(programs, PACKAGE), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  };
  if (state.value.packages.includes(PACKAGE)) appear();
  machine.packages.set(PACKAGE, () => {
    const isNew = !state.value.packages.includes(PACKAGE);
    if (isNew) state.change(({ packages }) => packages.push(PACKAGE));
    appear();
    return Promise.resolve(isNew);
  });
  const before = machine.offers;
  machine.offers = (name) => (name === PACKAGE ? isTrusted({ root }) : before(name));
}

function isTrusted(debian: Pick<Debian, "root">): boolean {
  const list = readOwn(debian as Debian, "etc/apt/sources.list.d/cloudflared.list") ?? "";
  const key = /^deb \[signed-by=\/(\S+)\] https:\/\/pkg\.cloudflare\.com\/cloudflared any main$/m.exec(list)?.[1];
  return key !== undefined && (readOwn(debian as Debian, key) ?? "") !== "";
}

/** `curl -o FILE ADDRESS`: from inside the lab only that key is reached. */
export function curl({ root }: Pick<Debian, "root">): Program {
  return (argv) => {
    const file = argv[argv.indexOf("-o") + 1];
    if (argv.at(-1) !== KEY || file?.startsWith("/etc/") !== true) return failed(6, "curl: (6) Could not resolve host");
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "a key of the lab\n");
    return printed("");
  };
}
