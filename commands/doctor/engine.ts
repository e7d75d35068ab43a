import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { runPulumi, type PulumiRan } from "../pulumi-command";

/** The Pulumi command of this machine, as far as the doctor asks it. */
export interface Engine {
  /** Runs it; a code other than 0 also when there is none. */
  readonly run: (...args: string[]) => Promise<PulumiRan>;
  /** Whether a plugin in this home is the lab's stand-in. */
  readonly isStandIn: (name: string, version: string) => boolean;
}

/** Exit code where there is no such program, as a shell has it. */
export const NO_PROGRAM = 127;

/** The one on PATH. @param folder Where it runs. @param env Its environment. */
export function engineOf(folder: string, env: NodeJS.ProcessEnv = process.env): Engine {
  return {
    run: (...args) =>
      runPulumi(args, { cwd: folder, env }).catch((error: unknown) => ({
        code: NO_PROGRAM,
        stdout: "",
        stderr: String(error),
      })),
    isStandIn: (name, version) => {
      const home = env["PULUMI_HOME"] ?? join(env["HOME"] ?? homedir(), ".pulumi");
      const file = join(home, "plugins", `resource-${name}-v${version}`, "package.json");
      if (!existsSync(file)) return false;
      return (JSON.parse(readFileSync(file, "utf8")) as { version?: string }).version?.endsWith("-lab") === true;
    },
  };
}
