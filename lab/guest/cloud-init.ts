import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { type Debian } from "./system-state";

const UserData = z.looseObject({
  hostname: z.string().optional(),
  timezone: z.string().optional(),
  packages: z.array(z.string()).default([]),
  write_files: z
    .array(
      z.looseObject({
        path: z.string(),
        encoding: z.string().optional(),
        content: z.string(),
        permissions: z.string().optional(),
      }),
    )
    .default([]),
  runcmd: z.array(z.union([z.string(), z.array(z.string())])).default([]),
});

/**
 * What cloud-init does at the first start: files, packages, host name, time zone, and the services that `runcmd` enables. User data
 * that is none is passed over, as the real one does. Source: cloud-init's module reference.
 */
export function firstBoot(debian: Debian, userData: string | undefined): void {
  const { state, root } = debian;
  if (state.value.initialised) return;
  const isUserData = userData?.startsWith("#cloud-config\n") === true;
  const read = UserData.safeParse(isUserData ? parse(userData) : {});
  const wanted = read.success ? read.data : UserData.parse({});
  for (const { path, encoding, content } of wanted.write_files) {
    const file = join(root, path.replace(/^\/usr\//, "/etc/usr/"));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, encoding === "b64" ? Buffer.from(content, "base64") : content);
  }
  state.change((draft) => {
    draft.initialised = true;
    draft.hostname = wanted.hostname ?? draft.hostname;
    draft.timeZone = wanted.timezone ?? draft.timeZone;
    draft.packages.push(...wanted.packages);
    draft.enabled.push(...wanted.runcmd.flatMap(unitsOf));
  });
  writeFileSync(join(root, "etc/hostname"), `${state.value.hostname}\n`);
}

/** Units that a command of `runcmd` enables. */
function unitsOf(command: string | readonly string[]): string[] {
  const [program, verb, ...rest] = typeof command === "string" ? command.split(/\s+/) : command;
  if (program !== "systemctl" || verb !== "enable") return [];
  return rest.filter((word) => !word.startsWith("-"));
}
