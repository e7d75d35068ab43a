import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type ReportViolation, type ResourceValidationArgs } from "@pulumi/policy";
import { parse } from "yaml";

import { estateOf } from "../../estate/estate";
import { valueOf } from "../../estate/problem";
import { parseSettings } from "../../estate/settings";
import { readSiteFolder } from "../../estate/site-folder";
import { RULES } from "../../policies/rules";
import { writtenMachine } from "../estate/site";
import { declaredRegistrations } from "../stacks/declared";

const REPOSITORY = join(__dirname, "../..");
const ADDRESS = "10.0.0.12";

/** How the backup server of a site can come to be. */
const SERVERS: Readonly<Record<string, object>> = {
  "as written": {},
  "made in a machine": {
    backupServer: {
      address: ADDRESS,
      machine: writtenMachine,
    },
  },
};

/** What the rules say of a whole site, as it reaches the engine. */
async function saidOf(stack: string, server: object): Promise<string[]> {
  const file = parse(readFileSync(join(REPOSITORY, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, object>;
  };
  const settings = valueOf(parseSettings({ ...file.config["tappaas-resilience:settings"], ...server }), stack);
  const { inventory, observation } = valueOf(readSiteFolder(join(REPOSITORY, settings.site)), stack);
  const estate = valueOf(estateOf({ inventory, settings, observation }), stack);
  const registrations = await declaredRegistrations(settings, estate, "2026-11-20T04:00:00Z");
  const all = registrations.everything.map(({ type, name }) => ({
    urn: `${stack}/${JSON.stringify(Object.keys(server))}/${type}/${name}`,
    type,
    name,
    props: plain(registrations.ofType(type)[name]),
    opts: registrations.optionsOf(name, type),
    propertyDependencies: {},
    getConfig: () => ({}),
  }));
  const said: string[] = [];
  for (const rule of RULES) {
    if (rule.enforcementLevel !== "mandatory") continue;
    const report: ReportViolation = (message) => said.push(`${rule.name}: ${message}`);
    if ("validateStack" in rule) {
      const guests = inventory.guests.map(({ vmid }) => vmid);
      void rule.validateStack({ resources: all, getConfig: () => ({ guests }) } as never, report);
    } else {
      const validate = rule.validateResource as (args: ResourceValidationArgs, report: ReportViolation) => void;
      for (const one of all) validate(one as unknown as ResourceValidationArgs, report);
    }
  }
  assert.ok(all.length > 30, `${all.length} resources`);
  return said;
}

/** Inputs without the marks of secrets, as a policy reads them. */
function plain(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && "value" in one && SECRET in one ? one.value : one,
  );
  return JSON.parse(text) as Record<string, unknown>;
}

const SECRET = "4dabf18193072939515e22adb298388d";

describe("the reference sites", () => {
  for (const stack of ["single-node", "three-node"]) {
    for (const [how, server] of Object.entries(SERVERS)) {
      it(`keep every mandatory rule on ${stack}, with a backup server ${how}`, async () => {
        assert.deepEqual(await saidOf(stack, server), []);
      });
    }
  }
});
