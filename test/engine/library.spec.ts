import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { REPOSITORY } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { runProgram, type Ran } from "../../tools/lab-site/run";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, pbsOf } from "./support/lab-site";

const LINES = `plugins:
  providers:
    - name: resilience
      path: node_modules/tappaas-resilience/provider
`;

const PROGRAM = `const { Config } = require("@pulumi/pulumi");
const { Datastore, Provider, Retention } = require("tappaas-resilience");
const config = new Config();
const pbs = { pbsEndpoint: config.require("endpoint"), pbsFingerprint: config.require("fingerprint") };
const site = new Provider("site", { ...pbs, pbsToken: config.requireSecret("token") });
const opts = { providers: [site] };
const datastore = new Datastore("backup", { datastore: "home", path: "/tankc1/home" }, opts);
new Retention("backup", { datastore, jobId: "prune-home" }, opts);
`;

/** A rule of somebody's own, made with the library's, which looks at the provider itself. */
const OWN_PACK = {
  "PulumiPolicy.yaml": "runtime: nodejs\n",
  "package.json": JSON.stringify({
    name: "own",
    version: "1.0.0",
    private: true,
    main: "index.js",
  }),
  "index.js": `process.chdir(__dirname); // The SDK reads the version from where it runs.
const { PolicyPack } = require("@pulumi/policy");
const { resourceRule } = require("tappaas-resilience/dist/policies/rule");
const seen = resourceRule({ name: "sees-the-provider", description: "Seen." }, ["pulumi:providers:resilience"], ({ props }) =>
  "pbsEndpoint" in props ? ["The provider is seen, and has " + ("keyFile" in props ? "a key." : "no key.")] : [],
);
new PolicyPack("own", { policies: [seen] });
`,
} as const;

/** As somebody without TAPPaaS and without this repository would use it. */
describe("the library in a project of somebody's own", function () {
  inOrder(this);
  let site: LabSite;
  let project: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    site = await freshLabSite("test-library", "127.0.42");
    project = mkdtempSync(join(tmpdir(), "library-"));
    const backend = join(project, "backend");
    mkdirSync(backend);
    env = { ...site.stack.env, PULUMI_BACKEND_URL: `file://${backend}` };
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "mine", private: true, main: "index.js" }));
    writeFileSync(join(project, "index.js"), PROGRAM);
    await pulumiProject("");
    await install();
  });

  after(() => {
    forgetLabSite("test-library");
    rmSync(project, { recursive: true, force: true });
  });

  const pulumiProject = (lines: string) => {
    writeFileSync(join(project, "Pulumi.yaml"), `name: mine\nruntime: nodejs\n${lines}`);
    return Promise.resolve();
  };

  const run = (program: string, ...args: string[]): Promise<Ran> =>
    runProgram(program, args, { cwd: project, env, quiet: true });

  const pulumi = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run("pulumi", ...args);
    assert.equal(code, 0, `pulumi ${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  };

  /** Packs this repository as it is built and installs the package, as `npm install tappaas-resilience` would. */
  async function install(): Promise<void> {
    const quiet = { env, quiet: true };
    const packed = await runProgram("npm", ["pack", "--ignore-scripts", "--pack-destination", project], {
      ...quiet,
      cwd: REPOSITORY,
    });
    assert.equal(packed.code, 0, packed.stderr);
    const tarball = readdirSync(project).find((name) => name.endsWith(".tgz")) ?? "";
    const installed = await run(
      "npm",
      "install",
      `./${tarball}`,
      "--no-fund",
      "--no-audit",
      "--ignore-scripts",
      "--loglevel=error",
    );
    assert.equal(installed.code, 0, installed.stderr);
  }

  it("says in one sentence what is missing without the documented lines", async () => {
    await pulumi("stack", "init", "home");
    const { api, fingerprint, logins } = site.sheet.pbs["backup"] ?? assert.fail("The lab has no backup server.");
    await pulumi("config", "set", "endpoint", api);
    await pulumi("config", "set", "fingerprint", fingerprint);
    await pulumi("config", "set", "--secret", "token", `${logins.token.id}:${logins.token.secret}`);

    const { code, stdout } = await run("pulumi", "preview");

    assert.notEqual(code, 0);
    assert.match(stdout, /Pulumi\.yaml does not say where the provider "resilience" is\.\n\s*Cure: add to it/);
  });

  it("previews with them, and makes nothing", async () => {
    await pulumiProject(LINES);
    await pulumi("preview");
    assert.deepEqual(await pbsOf(site.sheet).datastores(), []);
  });

  it("is held against the rules that come with it, and is told what to set", async () => {
    const pack = ["--policy-pack", "node_modules/tappaas-resilience/policies"];
    const { code, stdout, stderr } = await run("pulumi", "preview", ...pack);
    assert.notEqual(code, 0);
    const said = stdout + stderr;
    assert.match(said, /\[mandatory\]\s+old-backups-verified/);
    assert.match(said, /Backups in backup must be reread against rot: declare a verify job with store: backup\./);
    assert.equal(said.match(/\[mandatory\]/g)?.length, 1, said);
  });

  it("lets rules see the provider itself, with a key or without", async () => {
    const folder = join(project, "own");
    mkdirSync(folder);
    for (const [name, text] of Object.entries(OWN_PACK)) writeFileSync(join(folder, name), text);
    const { code, stdout, stderr } = await run("pulumi", "preview", "--policy-pack", folder);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /The provider is seen, and has no key\./);
  });

  it("makes what the program says", async () => {
    await pulumi("up", "--yes", "--skip-preview");
    assert.deepEqual(
      (await pbsOf(site.sheet).datastores()).map(({ name }) => name),
      ["home"],
    );
    assert.deepEqual(
      (await pbsOf(site.sheet).pruneJobs()).map(({ id }) => id),
      ["prune-home"],
    );
  });

  it("finds nothing to change, in the program or on the site", async () => {
    await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("takes an object that exists into the state of another stack, as the site has it", async () => {
    await pulumi("stack", "init", "second");
    const { api, fingerprint, logins } = site.sheet.pbs["backup"] ?? assert.fail("The lab has no backup server.");
    await pulumi("config", "set", "resilience:pbsEndpoint", api);
    await pulumi("config", "set", "resilience:pbsFingerprint", fingerprint);
    await pulumi("config", "set", "--secret", "resilience:pbsToken", `${logins.token.id}:${logins.token.secret}`);

    const output = await pulumi("import", "resilience:pbs:Datastore", "backup", "home", "--yes");

    assert.match(output, /1 imported/);
    const state = await pulumi("stack", "export");
    assert.match(state, /"adopted": true/);
    assert.equal(state.includes(logins.token.secret), false);
    await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("destroys nothing that it took over, and no data that it made", async () => {
    const { code } = await run("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "second");
    const released = (await pbsOf(site.sheet).datastores()).map(({ name }) => name);
    const refused = await run("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "home");
    await pulumi("destroy", "--yes", "--skip-preview", "--stack", "home", "--exclude-protected");

    assert.notEqual(refused.code, 0);
    assert.match(refused.stdout + refused.stderr, /protected/);
    // An import protects by itself; either way the datastore is there.
    assert.ok(code === 0 || released.length === 1);
    assert.deepEqual(
      (await pbsOf(site.sheet).datastores()).map(({ name }) => name),
      ["home"],
    );
  });
});
