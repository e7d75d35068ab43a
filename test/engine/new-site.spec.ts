import { strict as assert } from "node:assert";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { SettingsFile } from "../../commands/settings-file";
import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { openShell } from "../../commands/ssh/node-shell";
import { parseToken } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { PveClient } from "../../provider/clients/pve-client";
import { REPOSITORY } from "../../tools/lab-site/places";
import { type LabSite } from "../../tools/lab-site/prepare";
import { runProgram, type Ran } from "../../tools/lab-site/run";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, onNode, pveOf } from "./support/lab-site";
import { CHECKOUT } from "./support/checkout";

const NAME = "test-new-site";

/** An owner's first day, with the commands of the README and nothing that only the lab would know. */
describe("a site of one's own", function () {
  inOrder(this);
  let lab: LabSite;
  let checkout: string;

  before(async () => {
    lab = await freshLabSite(NAME, "127.0.66");
    checkout = join(lab.places.root, "checkout");
    mkdirSync(checkout);
    const there = CHECKOUT.filter((name) => readdirSync(REPOSITORY).includes(name));
    for (const name of there) cpSync(join(REPOSITORY, name), join(checkout, name), { recursive: true });
    symlinkSync(join(REPOSITORY, "node_modules"), join(checkout, "node_modules"));
  });
  after(() => {
    forgetLabSite(NAME);
  });

  it("begins with its folder, its settings and a stack whose state lies where its owner says", async () => {
    const backend = `file://${join(checkout, "state")}`;
    const copies = `file://${join(checkout, "copies")}`;
    const server = lab.sheet.pbs["backup"]!;
    const from = join(REPOSITORY, "sites/single-node");
    await done(
      "init",
      "--site",
      "home",
      "--from",
      from,
      "--backend",
      backend,
      "--copy",
      copies,
      "--pbs",
      server.address,
    );
    assert.deepEqual(
      readdirSync(join(checkout, "state/.pulumi/stacks/tappaas-resilience")).includes("home.json"),
      true,
    );
  });

  it("gets its logins by enrolling, encrypted, and keeps the explanations in its settings", async () => {
    await done("enrol", "--settings", "Pulumi.home.yaml", ...whereAndWho(), "--yes");
    await done("enrol", "--settings", "Pulumi.home.yaml", ...whereAndWho("backup"), "--backup-server", "--yes");
    const text = readFileSync(settings(), "utf8");
    const { config } = parse(text) as { config: Record<string, { secure?: string }> };
    for (const key of ["pveApiToken", "pveObserveToken", "pbsToken", "sshPrivateKey"])
      assert.match(config[`tappaas-resilience:${key}`]?.secure ?? "", /^v1:/, key);
    assert.match(text, /# What this stack is/);
  });

  it("is told by the doctor what only its owner can add", async () => {
    const { code, stdout } = await command("doctor", "--settings", "Pulumi.home.yaml", "--no-proof");
    assert.equal(code, 1);
    assert.match(stdout, /settings +key\.fingerprint: expected 32 bytes/);
  });

  it("is up before it has a backup server, and is told that nothing is backed up", async () => {
    const server = lab.sheet.pbs["backup"]!;
    const { stdout } = await done("key", "mint", "--site", "home", "--pbs", server.address, "--json");
    const file = new SettingsFile(settings());
    file.set(["key", "fingerprint"], (JSON.parse(stdout) as { fingerprint: string }).fingerprint);
    const reference = parse(readFileSync(join(REPOSITORY, "Pulumi.single-node.yaml"), "utf8")) as Reference;
    file.set(["pools"], reference.config["tappaas-resilience:settings"].pools);
    file.save();
    await done("observe", "--settings", "Pulumi.home.yaml");
    const written = readFileSync(settings(), "utf8");
    const without = new SettingsFile(settings());
    without.set(["backupServer"], {});
    without.save();
    const { stdout: json, stderr } = await done("up", "--stack", "home", "--yes", "--json");
    assert.equal((JSON.parse(json) as { end: string }).end, "applied");
    assert.match(stderr, /backupServer: there is none yet, so NOTHING IS BACKED UP: .*identity/);
    const again = await done("up", "--stack", "home", "--yes", "--json");
    assert.equal((JSON.parse(again.stdout) as { end: string }).end, "nothing");
    writeFileSync(settings(), written);
  });

  it("has everything that `make up` needs once it has one, and changes nothing the second time", async () => {
    const first = JSON.parse((await done("up", "--stack", "home", "--yes", "--json")).stdout) as { end: string };
    assert.equal(first.end, "applied");
    const second = JSON.parse((await done("up", "--stack", "home", "--yes", "--json")).stdout) as { end: string };
    assert.equal(second.end, "nothing");
    assert.ok(readdirSync(join(checkout, "copies")).length > 0);
  });

  it("gets new logins in one command: they work, the former ones are refused, and nothing on the site changes", async () => {
    const former = await logins();
    const keys = await authorizedKeys();
    await done("enrol", "--settings", "Pulumi.home.yaml", ...whereAndWho(), "--new-secrets", "--yes");
    const server = [...whereAndWho("backup"), "--backup-server"];
    await done("enrol", "--settings", "Pulumi.home.yaml", ...server, "--new-secrets", "--yes");
    const now = await logins();
    for (const [name, secret] of Object.entries(former)) assert.notEqual(now[name], secret, name);
    for (const [name, secret] of Object.entries(now)) assert.equal(await isTaken(name, secret), true, name);
    for (const [name, secret] of Object.entries(former)) assert.equal(await isTaken(name, secret), false, name);
    assert.equal((await authorizedKeys()).filter((line) => keys.includes(line)).length, keys.length - 1);
    assert.equal((await authorizedKeys()).length, keys.length);

    // What is told the new login is the program's own part; after that there is nothing to change.
    const told = JSON.parse((await done("up", "--stack", "home", "--yes", "--json")).stdout) as Upped;
    assert.deepEqual([...new Set(told.changes.map(({ op }) => op))], ["update"]);
    const again = JSON.parse((await done("up", "--stack", "home", "--yes", "--json")).stdout) as Upped;
    assert.equal(again.end, "nothing");
  });

  it("loses by undo what enrolling made on the node, and the secrets with it", async () => {
    await done("enrol", "--settings", "Pulumi.home.yaml", ...whereAndWho(), "--undo", "--yes");
    await done(
      "enrol",
      "--settings",
      "Pulumi.home.yaml",
      ...whereAndWho("backup"),
      "--backup-server",
      "--undo",
      "--yes",
    );
    const shape = z.array(z.looseObject({ userid: z.string() }));
    const users = await pveOf(lab.sheet, "tappaas1").ask(shape, { method: "GET", path: "/access/users" });
    assert.deepEqual(
      users.map(({ userid }) => userid),
      ["root@pam"],
    );
    for (const key of ["pveApiToken:", "pbsToken:"]) assert.ok(!readFileSync(settings(), "utf8").includes(key));
  });

  /** The program's secrets, decrypted. */
  async function logins(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const name of ["pveApiToken", "pveObserveToken", "pbsToken", "pbsObserveToken", "sshPrivateKey"]) {
      const words = ["config", "get", name, "--stack", "home", "--config-file", settings()];
      const { code, stdout, stderr } = await runProgram("pulumi", words, {
        cwd: checkout,
        quiet: true,
        env: { ...environment(), PULUMI_BACKEND_URL: `file://${join(checkout, "state")}` },
      });
      assert.equal(code, 0, stderr);
      found[name] = stdout.replace(/\n$/, "");
    }
    return found;
  }

  /** Whether the machine lets in who has that secret. */
  async function isTaken(name: string, secret: string): Promise<boolean> {
    const { nodes, pbs, ca } = lab.sheet;
    const { api, ssh } = nodes["tappaas1"]!;
    const ask = { method: "GET", path: "/version" } as const;
    try {
      if (name === "sshPrivateKey") {
        const { host, port, user, hostKey } = ssh;
        (await openShell({ host, port }, { user, privateKey: secret }, hostKeyOfLine(hostKey))).close();
      } else if (name.startsWith("pve")) {
        const trust = { authority: readFileSync(ca, "utf8") };
        const login = parseToken(secret, "PVE");
        await new PveClient({ endpoint: api, trust, login }).ask(z.unknown(), ask);
      } else {
        const { api: endpoint, fingerprint } = pbs["backup"]!;
        const login = parseToken(secret, "PBS");
        await new PbsClient({ endpoint, trust: { fingerprint }, login }).ask(z.unknown(), ask);
      }
      return true;
    } catch (error) {
      assert.ok(error instanceof Error);
      return false;
    }
  }

  async function authorizedKeys(): Promise<string[]> {
    const text = await onNode(lab.sheet, "tappaas1", "cat ~/.ssh/authorized_keys");
    return text.split("\n").filter((line) => line !== "");
  }

  const settings = () => join(checkout, "Pulumi.home.yaml");

  /** The machine, and the owner with the fingerprint that they have compared. */
  function whereAndWho(machine: "tappaas1" | "backup" = "tappaas1"): string[] {
    const { nodes, pbs } = lab.sheet;
    const { host, port, hostKey, privateKeyFile } = machine === "tappaas1" ? nodes[machine]!.ssh : pbs[machine]!.ssh;
    const { fingerprint } = hostKeyOfLine(hostKey);
    return ["--host", host, "--port", String(port), "--key", privateKeyFile, "--accept-host-key", fingerprint];
  }

  /** The engine and the home of the lab; where state lies and whom to trust has to come from the settings. */
  function environment(): NodeJS.ProcessEnv {
    return { ...lab.stack.env, PULUMI_BACKEND_URL: undefined, SSL_CERT_FILE: undefined, TAPPAAS_REHEARSAL: "1" };
  }

  function command(...args: string[]): Promise<Ran> {
    const options = { cwd: checkout, quiet: true, env: environment() };
    return runProgram(process.execPath, ["--import=tsx", "commands/main.ts", ...args], options);
  }

  async function done(...args: string[]): Promise<Ran> {
    const ran = await command(...args);
    assert.equal(ran.code, 0, ran.stderr + ran.stdout);
    return ran;
  }

  interface Upped {
    readonly end: string;
    readonly changes: readonly { readonly op: string }[];
  }

  interface Reference {
    readonly config: { readonly "tappaas-resilience:settings": { readonly pools: unknown } };
  }
});
