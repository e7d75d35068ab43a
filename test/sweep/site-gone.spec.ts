import { strict as assert } from "node:assert";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";
import * as z from "zod";

import { hostKeyOfLine } from "../../commands/ssh/host-key";
import { defined } from "../../estate/units/defined";
import { RestoreClient } from "../../provider/clients/restore-client";
import { PVE_ROLES, REBUILD_PRIVILEGES } from "../../provider/rights/pve-rights";
import { askLab, startLab, stopLab, type LabSheet } from "../../tools/lab-site/lab";
import { placesOf } from "../../tools/lab-site/places";
import { observeLabSite, referenceStanding, type LabSite, type ReferenceSite } from "../../tools/lab-site/prepare";
import { copyReaderOf, prepareLabVault, VAULT_STACK } from "../../tools/lab-site/vault";
import { changeSettings, run, type Upped } from "../engine/support/commands";
import { inOrder } from "../engine/support/in-order";
import { diskSums, forgetLabSite, freshLabSite, onNode, pbsOf, pveOf, runBackups } from "../engine/support/lab-site";
import { CleanMachine } from "./support/clean-machine";
import { CONNECTORS, dayWithCloudflare, fetched, makeConnectors, NAMES, writeTunnel } from "./support/tunnel-site";

interface Case {
  readonly prefixes: readonly [string, string];
  readonly nodes: readonly [string, ...string[]];
  /** Whether its backup server is a machine of its own, which somebody sets up and enrols. */
  readonly ownServer: boolean;
  /** Whether its services are reached through a tunnel, and fail over. */
  readonly cluster: boolean;
}

const CASES: Readonly<Record<ReferenceSite, Case>> = {
  "single-node": { prefixes: ["127.0.104", "127.0.105"], nodes: ["tappaas1"], ownServer: true, cluster: false },
  "three-node": {
    ...{ prefixes: ["127.0.106", "127.0.107"], nodes: ["tappaas1", "tappaas2", "tappaas3"] },
    ...{ ownServer: false, cluster: true },
  },
};

for (const [name, one] of Object.entries(CASES) as [ReferenceSite, Case][]) goneSite(name, one);

/** Fire: of the site there is nothing left but a bundle, what its owner has on paper and in mind, and the copies in a vault. */
function goneSite(stack: ReferenceSite, { prefixes, nodes, ownServer, cluster }: Case): void {
  describe(`${stack}, of which nothing is left but its bundle, its sheet and the copies elsewhere`, function () {
    inOrder(this);
    const [homeName, vaultName] = [`sweep-gone-${stack}`, `sweep-gone-${stack}-vault`];
    const copies = "home-copies";
    /** On these the login has roles of its own, which take the place of those above. */
    const rightPaths = ["/", ...(cluster ? Object.keys(CONNECTORS).map((vmid) => `/vms/${vmid}`) : [])];
    let home: LabSite;
    let vault: LabSite;
    let folder: string;
    let machine: CleanMachine;
    let reader: string;
    let sheet: LabSheet;
    /** SHA-256 of each guest's disks, while it lived. */
    let living: Readonly<Record<string, readonly string[]>>;

    before(async () => {
      forgetVault();
      const day = cluster ? dayWithCloudflare(homeName) : undefined;
      home = await freshLabSite(homeName, prefixes[0], { ...referenceStanding(stack), ...defined({ day }) });
      if (cluster) {
        await makeConnectors(home);
        await writeTunnel(home);
        for (const vmid of Object.keys(CONNECTORS)) await ownDisksAlone(Number(vmid));
      }
      changeSettings(home, (settings) => ({
        ...settings,
        backup: { ...(settings.backup as object), readers: ["vault@pbs"] },
        offsite: { vault: { kind: "vault", place: "my sister's house", reader: "vault@pbs" } },
      }));
      assert.equal(await observeLabSite(home, true), 0);
      const { code, stdout, stderr } = await run(home, "up", "--yes");
      assert.equal(code, 0, stderr + stdout);
      runBackups(home);
      living = await contents();
      vault = await prepareLabVault(vaultName, prefixes[1], { home: (await copyReaderOf(home, "vault@pbs"))! });
      assert.equal((await run(vault, "up", "--yes")).code, 0);
      const pbs = pbsOf(vault.sheet, "vault");
      await pbs.taskEnd(await pbs.ask(z.string(), { method: "POST", path: "/admin/sync/home/run", parameters: {} }));
      // What the vault's owner gives on the day: a login that reads, and nothing else.
      await pbs.createUser({ userid: "home@pbs" });
      reader = await pbs.createToken("home@pbs", "read", {});
      for (const who of ["home@pbs", "home@pbs!read"])
        await pbs.grant(`/datastore/${copies}`, "DatastoreReader", who, true);
      await pbs.close();

      folder = mkdtempSync(join(tmpdir(), "gone-"));
      machine = new CleanMachine(folder, home);
      const out = ["bundle", "--settings", home.places.stackFile, "--out", join(folder, "usb"), "--json"];
      const bundled = await home.stack.command(out, { quiet: true });
      assert.ok(bundled.code === 0 || bundled.code === 2, bundled.stderr);
      const { archive } = JSON.parse(bundled.stdout) as { archive: string };
      copyFileSync(home.places.escrowFile, join(machine.folder, "escrow.txt"));

      stopLab(home.places);
      const { site, backend, keyFile, identityFile, stackFile } = home.places;
      for (const path of [site, backend, keyFile, identityFile, stackFile]) rmSync(path, { recursive: true });
      askLab(home.places, "reinstall", "--blank", ...nodes, "backup");
      // The same program stands elsewhere for the clean machine; what the site knew of itself is in the bundle alone.
      const opened = machine.shell(`tar -xf ${archive} && cd ${machine.bundle} && sh open.sh`);
      assert.equal(opened.status, 0, opened.stderr);
    });
    after(() => {
      forgetLabSite(homeName, placesOf(homeName, stack));
      forgetLabSite(`${homeName}-day`);
      forgetVault();
      rmSync(folder, { recursive: true, force: true });
    });

    function forgetVault(): void {
      forgetLabSite(vaultName, placesOf(vaultName, VAULT_STACK));
    }

    /** A machine with a file of its node in its configuration does not start on another one: its owner takes it out. */
    async function ownDisksAlone(vmid: number): Promise<void> {
      const node = CONNECTORS[vmid as keyof typeof CONNECTORS];
      const drop = { method: "PUT" as const, path: `/nodes/${node}/qemu/${vmid}/config` };
      await pveOf(home.sheet, node).ask(z.unknown(), { ...drop, parameters: { delete: "cicustom,ide2", onboot: 1 } });
    }

    async function contents(of: LabSheet = home.sheet): Promise<Record<string, readonly string[]>> {
      const pve = pveOf(of, nodes[0]);
      const guests = (await new RestoreClient(pve).guests()).filter(({ node }) => nodes.includes(node));
      await pve.close();
      const entries = guests.map(({ vmid, node }) => [vmid, Object.values(diskSums(home.places, node, vmid))] as const);
      return Object.fromEntries(entries);
    }
    const program = (words: string, env: NodeJS.ProcessEnv = {}) =>
      machine.inBundle(`node --import=tsx commands/main.ts ${words}`, { env: { TAPPAAS_REHEARSAL: "1", ...env } });
    function done(words: string, env: NodeJS.ProcessEnv = {}): string {
      const { status, stdout, stderr } = program(words, env);
      assert.equal(status, 0, `${words}\n${stderr}\n${stdout}`);
      return stdout;
    }
    const upped = () => JSON.parse(done(`up ${machine.which} --yes --json`)) as Upped;

    it("has new machines under the old names, with empty disks, made known by enrolling them", async () => {
      sheet = await startLab(home.places, undefined, prefixes[0]);
      assert.deepEqual(await contents(sheet), {});
      assert.equal(machine.inBundle(`pulumi stack init ${stack} --no-select >&2`).status, 0);
      const servers = ownServer ? [[sheet.pbs["backup"]!, "--backup-server"] as const] : [];
      const all = [...nodes.map((node) => [sheet.nodes[node]!, ""] as const), ...servers];
      for (const [{ ssh }, more] of all) {
        const { host, port, hostKey, privateKeyFile } = ssh;
        const where = `--host ${host} --port ${port} --key ${privateKeyFile} ${more}`;
        const words = `enrol ${machine.which} ${where} --accept-host-key ${hostKeyOfLine(hostKey).fingerprint} --yes`;
        if (more === "") assert.match(program(words).stderr, /was set up anew: say it again with --set-up-anew/);
        done(`${words} --set-up-anew`);
      }
    });

    it("has its key again from the sheet, the one that its settings name and no other", () => {
      const settings = join(machine.bundle, "resilience", machine.which.slice("--settings ".length));
      const written = (parse(readFileSync(settings, "utf8")) as Written).config["tappaas-resilience:settings"];
      const { key, backupServer } = written;
      const files = `--key-file ${key.file} --identity-file ${key.identityFile} --escrow-file ../again.txt`;
      const words = `key import --from-paper ../../escrow.txt --no-master-key --site ${stack} --pbs ${backupServer.address} ${files}`;
      const other = program(`${words} --expect ${"0e:".repeat(31)}0e`);
      assert.notEqual(other.status, 0);
      done(`${words} --expect ${key.fingerprint}`);
    });

    if (cluster)
      it("knows its tunnel again, which did not burn, and nothing of what did", () => {
        const [copy] = readdirSync(join(machine.bundle, "state"));
        const said = program(`state restore ${machine.which} --site-gone --from ../state/${copy} --yes`);
        assert.equal(said.status, 0, said.stderr);
        for (const published of NAMES) assert.match(said.stderr + said.stdout, new RegExp(published));
        const known = machine.inBundle(`pulumi stack export --stack ${stack}`).stdout;
        assert.match(known, /ZeroTrustTunnelCloudflared/);
        assert.doesNotMatch(known, /"type": ?"(?:command|resilience):/);
        for (const published of NAMES.slice(0, 2)) assert.equal(fetched(home, published).status, 530);
      });

    it("has pools, storages, server and nightly job by one run, before any guest is there", async () => {
      done(`observe ${machine.which}`);
      // Connectors and failover wait for guests that are still to come; nothing else does.
      if (cluster) assert.match(program(`up ${machine.which} --yes`).stderr, /there is no virtual machine 611/);
      else {
        const { end, harm } = upped();
        assert.deepEqual([end, harm], ["applied", []]);
      }
      const pve = pveOf(sheet, nodes[0]);
      assert.ok((await pve.storages()).some(({ storage }) => storage === "tanka1"));
      assert.deepEqual(
        (await pve.backupJobs()).map(({ vmid }) => vmid),
        [Object.keys(living).join(",")],
      );
      await pve.close();
    });

    it("has every guest back, byte for byte, out of the vault, with a login there that only reads", async () => {
      await onNode(sheet, nodes[0], `pveum role add ${PVE_ROLES.rebuild} -privs "${REBUILD_PRIVILEGES.join(" ")}"`);
      for (const path of rightPaths) {
        const grant = `--users pulumi@pve --roles ${PVE_ROLES.apply},${PVE_ROLES.rebuild}`;
        await onNode(sheet, nodes[0], `pveum acl modify ${path} ${grant}`);
      }
      const { address, fingerprint } = vault.sheet.pbs["vault"]!;
      const words =
        `rebuild ${machine.which} --escrow-file ../../escrow.txt --over-internet --pbs ${address} --datastore ${copies} ` +
        `--pbs-fingerprint ${fingerprint} --pbs-login home@pbs!read --json --yes`;
      const { end, left } = JSON.parse(done(words, { PBS_PASSWORD: reader })) as Rebuilt;
      assert.deepEqual([end, left], ["done", []]);
      assert.deepEqual(await contents(sheet), living);
    });

    it("is what the program says at its end, and is backed up in the next night with the same key", async () => {
      for (const path of rightPaths)
        await onNode(sheet, nodes[0], `pveum acl delete ${path} --users pulumi@pve --roles ${PVE_ROLES.rebuild}`);
      done(`observe ${machine.which}`);
      assert.deepEqual(upped().harm, []);
      const again = upped();
      assert.deepEqual([again.end, again.changes], ["nothing", []]);
      askLab(home.places, "run-jobs");
      const kept = await pbsOf(sheet).snapshots("tappaas_backup");
      const [key, ...others] = new Set(kept.map(({ fingerprint }) => fingerprint));
      const [theirs] = new Set(
        (await pbsOf(vault.sheet, "vault").snapshots(copies)).map(({ fingerprint }) => fingerprint),
      );
      assert.deepEqual([key, others], [theirs, []]);
      assert.ok(kept.length >= Object.keys(living).length);
    });

    if (cluster)
      it("answers under its old names from outside, and goes on answering when a node dies", () => {
        const statuses = () => NAMES.map((published) => fetched(home, published).status);
        assert.deepEqual(statuses(), [200, 200, 302]);
        askLab(home.places, "pass-time", "1800");
        askLab(home.places, "pull-plug", "tappaas1");
        askLab(home.places, "pass-time", "600");
        assert.deepEqual(fetched(home, NAMES[0]!), {
          ...{ status: 200, says: "identity on tappaas2", through: "connector2" },
        });
      });
  });
}

interface Rebuilt {
  readonly end: string;
  readonly left: readonly { readonly guest: string }[];
}
interface Written {
  readonly config: {
    readonly "tappaas-resilience:settings": {
      readonly backupServer: { readonly address: string };
      readonly key: { readonly file: string; readonly identityFile: string; readonly fingerprint: string };
    };
  };
}
