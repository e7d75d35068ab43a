import { readFileSync } from "node:fs";

import { failed, printed, type CommandResult, type Program } from "../core/program";
import { newPrivateKey, publicKeyOf } from "./keys";
import { type Links } from "./links";

/** `wg` of a machine: keys, and what its interfaces are. */
export function wg(links: Links): Program {
  return ([verb = "", ...argv], variables = {}) => {
    if (verb === "genkey") return printed(`${newPrivateKey()}\n`);
    if (verb === "pubkey") return attempt(() => printed(`${publicKeyOf(variables["INPUT"] ?? "")}\n`));
    if (verb !== "show") return failed(1, `Invalid subcommand: \`${verb}'`);
    const [name = "interfaces", what = ""] = argv;
    if (name === "interfaces") return printed(`${links.names.join(" ")}\n`);
    const found = links.get(name);
    if (found === undefined) return failed(1, `Unable to access interface: No such device`);
    if (what === "listen-port") return printed(`${found.configuration.listenPort ?? 0}\n`);
    if (what === "public-key")
      return printed(`${publicKeyOf(readFileSync(links.file(`/etc/wireguard/${name}.key`), "utf8"))}\n`);
    return printed(`interface: ${name}\n`);
  };
}

/** `nft -f FILE`: whole or not at all. */
export function nft(links: Links): Program {
  return ([option, path = ""]) => {
    if (option !== "-f" && option !== "-cf") return failed(1, "the lab's nft only reads files");
    return attempt(() => {
      links.load(path);
      return printed("");
    });
  };
}

/** The units `wg-quick@<interface>`; every other is another's. */
export function wgQuick(links: Links, otherwise: Program): Program {
  return async (argv, variables) => {
    const [verb = "", ...named] = argv.filter((word) => !word.startsWith("-"));
    const [unit = "", ...more] = named;
    const name = /^wg-quick@([\w-]+?)(?:\.service)?$/.exec(unit)?.[1];
    if (name === undefined || more.length > 0) return otherwise(argv, variables);
    try {
      return await handled(links, verb, name, argv.includes("--now"));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed(1, `Job for ${unit}.service failed because the control process exited with error code.\n${why}`);
    }
  };
}

async function handled(links: Links, verb: string, name: string, now: boolean): Promise<CommandResult> {
  const isUp = links.names.includes(name);
  if (verb === "is-active") return isUp ? printed("active\n") : { status: 3, stdout: "inactive\n", stderr: "" };
  if (verb === "is-enabled")
    return links.isEnabled(name) ? printed("enabled\n") : { status: 1, stdout: "disabled\n", stderr: "" };
  if (verb === "enable" || verb === "disable") links.enable(name, verb === "enable");
  if (isUp && (verb === "restart" || verb === "stop" || (verb === "disable" && now))) await links.down(name);
  if (verb === "restart" || ((verb === "start" || (verb === "enable" && now)) && !isUp)) await links.up(name);
  return printed("");
}

function attempt(work: () => CommandResult): CommandResult {
  try {
    return work();
  } catch (error) {
    return failed(1, error instanceof Error ? error.message : String(error));
  }
}
