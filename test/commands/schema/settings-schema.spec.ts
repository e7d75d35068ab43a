import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import {
  schemaText,
  settingPaths,
  settingsJsonSchema,
  stackFileSchema,
  type JsonSchema,
} from "../../../commands/schema/settings-schema";

const REPOSITORY = join(__dirname, "../../..");

const SCHEMA = settingsJsonSchema();

/** The part of the schema that is for one setting. */
function at(path: string): JsonSchema {
  return path.split(".").reduce<JsonSchema>((schema, name) => {
    const { oneOf = [], anyOf = [] } = schema;
    // A setting of several kinds is explained the same in each.
    const part = [schema, ...oneOf, ...anyOf]
      .map((one) => (name === "*" ? one.additionalProperties : one.properties?.[name.replace("[]", "")]))
      .find((one) => typeof one === "object");
    assert.ok(typeof part === "object", path);
    const { items } = part;
    return name.endsWith("[]") ? (items as JsonSchema) : part;
  }, SCHEMA);
}

describe("what an editor knows of a settings file", () => {
  it("explains every setting where it is written", () => {
    const silent = settingPaths().filter((path) => at(path).description === undefined);
    assert.deepEqual(silent, []);
  });

  it("says beside a setting what changing it does", () => {
    assert.match(at("backupServer.datastore.name").description ?? "", /stops the preview.*another, empty datastore/);
    assert.match(at("backup.schedule").description ?? "", /changes the site in place/);
  });

  it("gives the defaults that the program fills in", () => {
    assert.equal(at("backup.schedule").default, "21:00");
    assert.equal(at("backupServer.user").default, "tappaas@pbs");
  });

  it("marks a name that no setting has", () => {
    assert.equal(SCHEMA.additionalProperties, false);
    assert.equal(at("nodes.*").additionalProperties, false);
  });

  it("asks for nothing that the reference settings leave out", () => {
    const file = parse(readFileSync(join(REPOSITORY, "Pulumi.single-node.yaml"), "utf8")) as {
      config: Record<string, Record<string, unknown>>;
    };
    const written = file.config["tappaas-resilience:settings"] ?? {};
    const { required = [] } = SCHEMA;
    assert.deepEqual(
      required.filter((name) => !(name in written)),
      [],
    );
  });

  it("stands where Pulumi keeps the settings", () => {
    const config = stackFileSchema().properties?.["config"] as JsonSchema;
    assert.ok("tappaas-resilience:settings" in (config.properties ?? {}));
  });

  it("is what is committed, so that an editor is right about this checkout", () => {
    const committed = readFileSync(join(REPOSITORY, "settings.schema.json"), "utf8");
    assert.equal(committed, schemaText(), "the settings have changed; run `make schema`");
  });

  it("is one of its own for a vault, with every setting explained, and committed", () => {
    const committed = readFileSync(join(REPOSITORY, "vault.schema.json"), "utf8");
    assert.equal(committed, schemaText("vault"), "the settings have changed; run `make schema`");
    const vault = settingsJsonSchema("vault");
    assert.match(JSON.stringify(vault), /Directory.*there|Datastore on this side/);
    assert.match(vault.properties?.["sources"] === undefined ? "" : JSON.stringify(vault), /changes the site in place/);
    const [first] = readFileSync(join(REPOSITORY, "Pulumi.offsite.yaml"), "utf8").split("\n");
    assert.equal(first, "# yaml-language-server: $schema=vault.schema.json");
  });

  it("is named by the settings files of the reference sites", () => {
    for (const name of ["Pulumi.single-node.yaml", "Pulumi.three-node.yaml"]) {
      const [first] = readFileSync(join(REPOSITORY, name), "utf8").split("\n");
      assert.equal(first, "# yaml-language-server: $schema=settings.schema.json", name);
    }
  });
});
