import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { pvePrivileges } from "../../provider/rights/pve-rights";
import { type LabSite } from "../../tools/lab-site/prepare";
import { type Ran } from "../../tools/lab-site/run";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, onSite, pveOf, up } from "./support/lab-site";

const NAME = "test-enrol";

describe("a site that begins with make init and make enrol", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.48");
  });
  after(() => {
    forgetLabSite(NAME);
  });

  it("has its settings, its stack and every login in them, encrypted, after the two commands", async () => {
    const project = join(site.places.root, "project");
    mkdirSync(project);
    writeFileSync(join(project, "Pulumi.yaml"), "name: tappaas-resilience\nruntime: nodejs\n");
    const settings = join(project, "Pulumi.home.yaml");
    const backend = `file://${join(project, "state")}`;
    await done(["init", "--site", "home", "--project", project, "--backend", backend, "--pbs", "10.0.0.12"]);
    await done(["enrol", "--settings", settings, ...whereAndWho(), "--yes"]);

    const { config } = parse(readFileSync(settings, "utf8")) as { config: Record<string, { secure?: string }> };
    for (const key of ["pveApiToken", "pveObserveToken", "sshPrivateKey"])
      assert.match(config[`tappaas-resilience:${key}`]?.secure ?? "", /^v1:/, key);
    assert.match(readFileSync(settings, "utf8"), /# What this stack is/);

    await done(["enrol", "--settings", settings, ...whereAndWho(), "--undo", "--yes"]);
    const { data } = { data: (await users()).map(({ userid }) => userid) };
    assert.deepEqual(data, ["root@pam"]);
    assert.ok(!readFileSync(settings, "utf8").includes("pveApiToken:"));
  });

  it("is brought up by the login that enrolling made, with exactly the rights that are written down", async () => {
    const { stderr } = await done(["enrol", "--settings", site.places.stackFile, ...whereAndWho(), "--yes"]);
    assert.match(stderr, /in place of root@pam!lab/);
    assert.equal(await heldBy("pveApiToken"), pvePrivileges("apply").join());

    const output = await up(site);

    assert.match(output, /created/);
    assert.match(await up(site), /unchanged/);
  });

  it("is observed in full by the login that can change nothing", async () => {
    assert.equal(await heldBy("pveObserveToken"), pvePrivileges("observe").join());
    const token = await secret("pveObserveToken");
    const args = ["observe", "--settings", site.places.stackFile, "--json", "--dry-run"];
    const { code, stdout, stderr } = await site.stack.command(args, { quiet: true, env: { PVE_API_TOKEN: token } });
    assert.equal(code, 0, stderr);
    const seen = JSON.parse(stdout) as Record<string, { complete?: boolean }>;
    const complete = Object.values(seen).flatMap((section) => section.complete ?? []);
    assert.ok(complete.length >= 4);
    assert.ok(complete.every((one) => one));
  });

  it("is not enrolled over a login that its key does not open, and says how to get in", async () => {
    const key = join(site.places.root, "stranger");
    writeFileSync(key, readFileSync(site.sheet.nodes["spare"]!.ssh.privateKeyFile));
    const { host, port } = site.sheet.nodes["tappaas1"]!.ssh;
    const ran = await site.stack.command(
      [
        "enrol",
        "--settings",
        site.places.stackFile,
        "--host",
        host,
        "--port",
        String(port),
        "--user",
        "nobody",
        "--key",
        key,
      ],
      { quiet: true },
    );
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /lets nobody in with not this key|ssh-copy-id/);
  });

  /** The node, and the owner with the fingerprint that they have compared. */
  function whereAndWho(): string[] {
    const { host, port, hostKey, privateKeyFile } = site.sheet.nodes["tappaas1"]!.ssh;
    const { fingerprint } = hostKeyOfLine(hostKey);
    return ["--host", host, "--port", String(port), "--key", privateKeyFile, "--accept-host-key", fingerprint];
  }

  async function done(args: string[]): Promise<Ran> {
    const ran = await site.stack.command(args, { quiet: true });
    assert.equal(ran.code, 0, ran.stderr + ran.stdout);
    return ran;
  }

  async function secret(key: string): Promise<string> {
    return (await onSite(site, "config", "get", key)).stdout.trim();
  }

  async function heldBy(key: string): Promise<string> {
    const [user = ""] = (await secret(key)).split("=");
    const shape = z.record(z.string(), z.record(z.string(), z.number()));
    const asked = { method: "GET", path: "/access/permissions", parameters: { userid: user, path: "/" } } as const;
    const rights = await pveOf(site.sheet, "tappaas1").ask(shape, asked);
    return Object.keys(rights["/"] ?? {})
      .sort()
      .join();
  }

  function users() {
    const shape = z.array(z.looseObject({ userid: z.string() }));
    return pveOf(site.sheet, "tappaas1").ask(shape, { method: "GET", path: "/access/users" });
  }
});
