import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { type ReportViolation } from "@pulumi/policy";

import { RULES } from "../../policies/rules";
import * as types from "../../policies/types";
import { OBJECTS } from "../../provider/objects/registry";
import { CASES } from "./cases";
import { ruleNamed, said, UNKNOWN } from "./judge";
import { rowOf } from "./rule-table";

/** What rules have in common. */
const HELPERS: readonly string[] = [
  ...["index.ts", "rule.ts", "rules.ts", "types.ts"],
  ...["bucket.ts", "failover.ts", "store.ts", "tunnel-names.ts"],
];

/** SDK of each provider of the engine's. */
const SDKS: Readonly<Record<string, string>> = {
  aws: "@pulumi/aws",
  cloudflare: "@pulumi/cloudflare",
  command: "@pulumi/command",
  proxmoxve: "@muhlba91/pulumi-proxmoxve",
};

const job = { vmids: [101, 102], enabled: true, schedule: "21:00" };
const NO_LINKS = { dependencies: [], propertyDependencies: {} };

/** Every key of every object in it, at any depth. */
function keysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...new Set([...own, ...Object.values(value).flatMap(keysIn)])];
}

/** The same, with null under each of the keys that an object does not have. */
function withNulls(value: unknown, keys: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => withNulls(one, keys));
  if (typeof value !== "object" || value === null) return value;
  const own = Object.entries(value).map(([key, one]) => [key, withNulls(one, keys)] as const);
  return { ...Object.fromEntries(keys.map((key) => [key, null])), ...Object.fromEntries(own) };
}

describe("the rules that hold of any stack", () => {
  it("each stand in a file of their own, in the pack, and with a case of both kinds here", () => {
    const files = readdirSync(join(__dirname, "../../policies"))
      .filter((name) => name.endsWith(".ts") && !HELPERS.includes(name))
      .map((name) => name.slice(0, -".ts".length));
    assert.deepEqual(RULES.map(({ name }) => name).sort(), files.sort());
    assert.deepEqual(Object.keys(CASES).sort(), files.sort());
  });

  it("speak of types that the provider serves under that name", () => {
    const ours = Object.values(types)
      .flat()
      .filter((type) => type.startsWith("resilience:"));
    const served: readonly string[] = OBJECTS.map(({ token }) => token);
    assert.deepEqual(
      ours.filter((type) => !served.includes(type)),
      [],
    );
  });

  it("speak of types that the engine's own providers have under that name", () => {
    const folder = join(__dirname, "../../policies");
    const text = readdirSync(folder).map((name) =>
      name.endsWith(".ts") ? readFileSync(join(folder, name), "utf8") : "",
    );
    const tokens = new Set(text.join("\n").match(/(?:aws|cloudflare|command|proxmoxve):[\w/]+:\w+/g));
    assert.ok(tokens.size > 40);
    for (const token of tokens) {
      const [sdk = "", place = "", kind = ""] = token.split(":");
      const written = place.includes("/") ? place : `${place}/${kind.slice(0, 1).toLowerCase()}${kind.slice(1)}`;
      const file = join(__dirname, "../../node_modules", SDKS[sdk] ?? "", `${written.replace(/^index\//, "")}.js`);
      assert.ok(readFileSync(file, "utf8").includes(`'${token}'`), token);
    }
  });

  for (const [name, { good, bad, config = {} }] of Object.entries(CASES)) {
    it(`pass what complies with ${name}, and say of the rest what must be true and what to set`, () => {
      assert.ok(good.length > 0 && bad.length > 0);
      assert.deepEqual(said(name, good, config), []);
      for (const [resources, message, own = config] of bad) assert.deepEqual(said(name, resources, own), [message]);
    });
  }

  it("judge the same where a provider filled in null for what nobody declared", () => {
    for (const [name, { good, bad, config = {} }] of Object.entries(CASES)) {
      const keys = keysIn([good, bad.map(([resources]) => resources)].flat(2).map(({ props }) => props));
      const filled = (resources: typeof good) =>
        resources.map((one) => ({ ...one, props: withNulls(one.props ?? {}, keys) as typeof one.props & object }));
      assert.deepEqual(said(name, filled(good), config), [], name);
      for (const [resources, message, own = config] of bad)
        assert.deepEqual(said(name, filled(resources), own), [message]);
    }
    const user = { initialization: { userAccount: { keys: ["ssh-ed25519 AAAA"], password: null } } };
    assert.deepEqual(said("logins-take-keys", [{ type: types.VM, props: user }]), []);
  });

  it("ask for the guests that the site's files have, also when no job does", () => {
    assert.deepEqual(said("every-guest-backed-up", [{ type: types.BACKUP_JOB, props: job }], { guests: [101, 140] }), [
      "Guest 140 must be in a backup job: add it to one, or to backup.exclude with the reason.",
    ]);
    const off = { ...job, enabled: false };
    assert.equal(said("every-guest-backed-up", [{ type: types.BACKUP_JOB, props: off }], { guests: [101] }).length, 1);
  });

  it("judge a stack by what was declared, also where nothing came of it yet", () => {
    const [everyGuest, other] = [ruleNamed("every-guest-backed-up"), ruleNamed("retention-floor")];
    assert.ok("validateStack" in everyGuest && "validateResource" in other);
    const urn = "urn:of-a-job-on-a-server-that-is-not-there-yet";
    const declared = { type: types.BACKUP_JOB, name: "nightly", urn, props: job, opts: {}, ...NO_LINKS };
    const validate = other.validateResource as (args: unknown, report: ReportViolation) => void;
    validate(declared, () => assert.fail("a job is no prune job"));
    const messages: string[] = [];
    const made = { ...declared, props: {} };
    void everyGuest.validateStack({ resources: [made], getConfig: () => ({ guests: [101] }) } as never, (message) =>
      messages.push(message),
    );
    assert.deepEqual(messages, []);
  });

  it("say that they cannot judge when they meet what no plan knows, instead of letting it pass", () => {
    const unknown = { keepDaily: UNKNOWN };
    const [message = ""] = said("retention-floor", [
      { type: types.PRUNE_JOB, props: { keepWeekly: 4, keepMonthly: 12, ...unknown } },
    ]);
    assert.match(message, /^This cannot be judged before it is there, and must be: declare as a plain value/);
    const mandatory = RULES.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").map(({ name }) => name);
    assert.ok(mandatory.includes("retention-floor"));
    assert.deepEqual(
      RULES.filter(({ enforcementLevel }) => enforcementLevel !== "mandatory").map(({ name }) => name),
      ["chores-apart", "failures-are-told", "logins-take-keys"],
    );
  });

  it("stand in the how-to, each with what must be true, what to set and where that comes from", () => {
    const page = readFileSync(join(__dirname, "../../docs/how-to/rules.md"), "utf8");
    const rows = page.split("\n").filter((line) => /^\| `[a-z-]+`/.test(line));
    assert.deepEqual(
      rows.map((line) => line.split("|").slice(0, 4).join("|") + "|"),
      RULES.map((rule) => rowOf(rule)),
    );
    for (const row of rows) assert.match(row, /\| [^|]{3,} \|$/, row);
  });

  it("have an answer for every candidate that is mandatory", () => {
    const record = readFileSync(join(__dirname, "../../docs/decisions/0038-policies.md"), "utf8");
    const answers = [...record.matchAll(/^\| `([a-z0-9-]+)` +\| (.+?) +\|$/gm)].map(([, , answer = ""]) => answer);
    assert.equal(answers.length, 64);
    for (const answer of answers) {
      const named = [...answer.matchAll(/rule `([a-z-]+)`/g)].map(([, name = ""]) => name);
      assert.ok(named.length > 0 || answer.length > 20, answer);
      for (const name of named) assert.ok(ruleNamed(name));
    }
  });

  it("take no word from the code that they check", () => {
    for (const file of readdirSync(join(__dirname, "../../policies")).filter((name) => name.endsWith(".ts"))) {
      const text = readFileSync(join(__dirname, "../../policies", file), "utf8");
      assert.doesNotMatch(text, /from "\.\.\/(?!estate|planning)/, file);
    }
  });
});
