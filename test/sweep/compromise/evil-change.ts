import { strict as assert } from "node:assert";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { readKeyFile } from "../../../provider/keys/key-file";
import { stopLab } from "../../../tools/lab-site/lab";
import { placesOf, REPOSITORY } from "../../../tools/lab-site/places";
import { type LabSite } from "../../../tools/lab-site/prepare";
import { runProgram } from "../../../tools/lab-site/run";
import { labStack } from "../../../tools/lab-site/stack";
import { CHECKOUT } from "../../engine/support/checkout";
import { type Found } from "./thieves";

/** What a change carries away that somebody wrote into the program. */
const EVIL = `
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const loot = join(__dirname, "../loot");
const config = JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}") as Record<string, string>;
writeFileSync(join(loot, "seen.json"), JSON.stringify({ config, env: process.env }));
const { key } = JSON.parse(config["tappaas-resilience:settings"] ?? "{}") as { key: Record<string, string> };
copyFileSync(key["file"]!, join(loot, "key.age"));
copyFileSync(key["identityFile"]!, join(loot, "identity.txt"));
`;

/** A checkout with an evil change in its program. */
export interface EvilChange {
  /** What it carries away when the site's owner runs it. */
  readonly merged: () => Promise<Found>;
  /** What it carries away where it is only proposed, and everything that it saw there. */
  readonly inPreview: () => Promise<Found & { readonly seen: string }>;
  /** Removes it. */
  readonly forget: () => void;
}

/** Writes the change, beside the settings file of the site as it is committed: secrets and all, encrypted. */
export function evilChange(home: LabSite): EvilChange {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "change-")));
  const more = ["lab", "sites", "tools", "tsconfig.json", "report.schema.json", "settings.schema.json"];
  for (const name of [...CHECKOUT, ...more]) cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "loot"));
  writeFileSync(join(folder, "stacks/evil.ts"), EVIL);
  const program = join(folder, "stacks/index.ts");
  writeFileSync(program, `import "./evil";\n${readFileSync(program, "utf8")}`);
  writeFileSync(join(folder, "Pulumi.single-node.yaml"), committed(home));
  return {
    merged: async () => {
      mkdirSync(join(folder, ".lab"), { recursive: true });
      symlinkSync(home.places.root, join(folder, ".lab/test-compromise-home"));
      const stack = await labStack(home.places, { repository: folder, stack: home.stack.program.stack });
      const { code, stdout, stderr } = await stack.onStack(["preview"], { quiet: true });
      assert.equal(code, 0, stdout + stderr);
      unlinkSync(join(folder, ".lab/test-compromise-home"));
      return lootOf(folder);
    },
    inPreview: async () => {
      rmSync(join(folder, "loot"), { recursive: true });
      mkdirSync(join(folder, "loot"));
      const ask = ["--import=tsx", "tools/pull-request/main.ts", "--base", REPOSITORY, "--stack", "single-node"];
      const env = { ...process.env, LAB_PREFIX: "127.0.151" };
      const ran = await runProgram(process.execPath, [...ask, "--out", join(folder, "comments")], {
        ...{ cwd: folder, env, quiet: true },
      });
      const comment = readFileSync(join(folder, "comments/single-node.md"), "utf8");
      assert.equal(ran.code, 0, ran.stderr + comment);
      return { ...(await lootOf(folder)), seen: readFileSync(join(folder, "loot/seen.json"), "utf8") + comment };
    },
    forget: () => {
      const places = placesOf("pull-request");
      stopLab(places);
      rmSync(places.root, { recursive: true, force: true });
      rmSync(folder, { recursive: true });
    },
  };
}

/** The reference settings, with home's secrets as they stand in its settings file. */
function committed({ places }: LabSite): string {
  const reference = parse(readFileSync(join(REPOSITORY, "Pulumi.single-node.yaml"), "utf8")) as StackFile;
  const own = parse(readFileSync(places.stackFile, "utf8")) as StackFile;
  // The program refuses a login for a peer that its settings do not have.
  const secrets = Object.entries(own.config).filter(([key]) => !/:settings$|Reader$/.test(key));
  return stringify({ ...own, config: { ...Object.fromEntries(secrets), ...reference.config } });
}

interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
}

async function lootOf(folder: string): Promise<Found> {
  const at = (name: string) => join(folder, "loot", name);
  const { config } = JSON.parse(readFileSync(at("seen.json"), "utf8")) as { config: Record<string, string> };
  const all = Object.entries(config).map(([key, value]) => [key.slice(key.indexOf(":") + 1), value] as const);
  const { json } = await readKeyFile(at("key.age"), at("identity.txt"));
  return { secrets: Object.fromEntries(all.filter(([key]) => key !== "settings")), backupKey: json };
}
