import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseDocument } from "yaml";
import * as z from "zod";

import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { pvePrivileges } from "../../provider/rights/pve-rights";
import { type LabSite } from "../../tools/lab-site/prepare";
import { type Ran } from "../../tools/lab-site/run";
import { inOrder } from "./support/in-order";
import { forgetLabSite, freshLabSite, onSite, pveOf, up } from "./support/lab-site";

const NAME = "test-enrol";

describe("a site with the logins that enrolling makes", function () {
  inOrder(this);
  let site: LabSite;

  before(async () => {
    site = await freshLabSite(NAME, "127.0.65");
  });
  after(() => {
    forgetLabSite(NAME);
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

  it("has nothing wrong with it for the doctor, but that the lab's stand-ins must never touch a real site", async () => {
    const { code, all } = await examined(site.places.stackFile);
    assert.equal(code, 1);
    const failures = all.filter(({ is }) => is === "failure").map(({ says }) => says);
    const standIns = failures.map((says) => /^(\w+) [\d.]+ is the lab's stand-in/.exec(says)?.[1] ?? says);
    assert.deepEqual(standIns.sort(), ["cloudflare", "command"]);
    const names = new Set(all.map(({ name }) => name));
    for (const name of [
      "API of tappaas1",
      "SSH of tappaas1",
      "known hosts",
      "backup server",
      "state",
      "key",
      "plugin proof",
    ])
      assert.ok(names.has(name), name);
    const proof = all.find(({ name }) => name === "plugin proof");
    assert.equal(proof?.is, "ok", proof?.says);
  });

  it("has each thing that is wrong named by the doctor, with a cure, and all of them at once", async () => {
    const folder = join(site.places.root, "ill");
    mkdirSync(folder);
    const ill = join(folder, "Pulumi.single-node.yaml");
    const other = {
      host: "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      print: "0e".repeat(32),
    };
    const text = readFileSync(site.places.stackFile, "utf8");
    const document = parseDocument(text);
    const settings = ["config", "tappaas-resilience:settings"];
    document.setIn([...settings, "nodes", "tappaas1", "ssh", "hostKey"], `ssh-ed25519 ${other.host}`);
    document.setIn([...settings, "backupServer", "fingerprint"], other.print);
    document.setIn([...settings, "key", "fingerprint"], other.print);
    document.setIn([...settings, "state", "backend"], "s3://bucket?endpoint=http://identity:9000");
    document.deleteIn(["config", "tappaas-resilience:pveObserveToken"]);
    writeFileSync(ill, document.toString());

    const { all } = await examined(ill, "--no-proof");

    const found = all
      .filter(({ is }) => is !== "ok")
      .map(({ name, says }) => `${name}: ${says}`)
      .join("\n");
    for (const expected of [
      /API of tappaas1: there is no pveObserveToken/,
      /SSH of tappaas1: it shows the host key SHA256:.*, the settings say SHA256:/,
      /known hosts: .* knows another key/,
      /backup server: .*expected a certificate with fingerprint 0e:0e/,
      /state: PULUMI_BACKEND_URL says file:.*the environment wins/,
      /state: .*is on identity, which this stack protects/,
      /key: .* holds the key .*, the settings say 0e:0e/,
    ])
      assert.match(found, expected);
    for (const { is, cure } of all) if (is !== "ok") assert.ok(cure);
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

  interface Found {
    readonly name: string;
    readonly is: string;
    readonly says: string;
    readonly cure?: string;
  }

  async function examined(settings: string, ...options: string[]): Promise<{ code: number; all: Found[] }> {
    const args = ["doctor", "--settings", settings, "--json", ...options];
    const { code, stdout, stderr } = await site.stack.command(args, { quiet: true, env: { LAB_PREFIX: "127.0.69" } });
    assert.match(stdout, /^\{/, stderr);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; findings: Omit<Found, "name">[] }[] };
    return { code, all: checks.flatMap(({ name, findings }) => findings.map((finding) => ({ name, ...finding }))) };
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
});
