import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  NODE_BACKUP_SERVER_LOGIN_SCRIPT,
  NODE_BACKUP_SERVER_SCRIPT,
} from "../../../components/backup/node-backup-server-script";
import { parseToken } from "../../../provider/clients/login";
import { PbsClient } from "../../../provider/clients/pbs-client";
import { describedSite, prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

const SOURCE = "etc/apt/sources.list.d/tappaas-backup-server.sources";
const STORE = "/tanka1/tappaas_backup";

interface Login {
  readonly tokenId: string;
  readonly secret: string;
  readonly superseded: readonly string[];
}

/** The library's own scripts on a node of the lab that has no backup server yet. */
describe("a node that becomes the backup server besides", () => {
  let shell: ShellSite;
  let root: string;
  const script = (text: string, ...lines: string[]) =>
    shell.run("tappaas1", `bash -c '${text.replaceAll("'", "'\\''")}' <<'LINES'\n${lines.join("\n")}\nLINES`);
  const server = (...more: string[]) =>
    script(NODE_BACKUP_SERVER_SCRIPT, "node=tappaas1", "datastore=tappaas_backup", `path=${STORE}`, ...more);
  const login = () => script(NODE_BACKUP_SERVER_LOGIN_SCRIPT, "node=tappaas1", "user=pulumi@pbs", "token=server");
  const file = (path: string) => readFileSync(join(root, path), "utf8");
  const pbs = () => shell.site.sheet.content.pbs["backup"]!;
  const commands = (what: string) =>
    shell.site.events.all().filter(({ kind, text }) => kind === "command" && text.startsWith(what)).length;

  before(async () => {
    const site = describedSite();
    const [node] = site.nodes;
    shell = await ShellSite.start(prefixOf(89), {
      ...site,
      pbs: site.pbs.map((one) => ({ ...one, host: node?.host ?? 0 })),
    });
    root = shell.site.state.path("machines", "tappaas1", "root");
  });
  after(() => shell.stop());

  it("does not get one whose datastore would lie on its system disk, as below a pool that is not imported", async () => {
    const { code, stderr } = await server("path=/tankc1/tappaas_backup");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /\/tankc1\/tappaas_backup would lie on the system disk.*import its pool first.*nothing was changed/,
    );
    assert.ok(!existsSync(join(root, SOURCE)));
    assert.equal((await shell.run("tappaas1", "proxmox-backup-manager version")).code, 127);
  });

  it("gets package source, package and services, and shows its certificate", async () => {
    const { code, stdout, stderr } = await server();
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { fingerprint: pbs().fingerprint, reuse: false });
    assert.match(
      file(SOURCE),
      /URIs: http:\/\/download\.proxmox\.com\/debian\/pbs\n.*\n.*pbs-no-subscription\nSigned-By: \//,
    );
    for (const service of ["proxmox-backup", "proxmox-backup-proxy"])
      assert.match(file(`etc/systemd/system/${service}.service.d/tappaas-pools.conf`), /After=zfs-mount\.service/);
  });

  it("has its source for subscribers switched off, which would stop every update; whoever switches it on keeps it", async () => {
    const subscribers = "etc/apt/sources.list.d/pbs-enterprise.sources";
    assert.match(file(subscribers), /^Enabled: false\nTypes: deb\n/m);
    writeFileSync(join(root, subscribers), file(subscribers).replace("Enabled: false", "Enabled: true"));
    assert.equal((await server()).code, 0);
    assert.match(file(subscribers), /^Enabled: true\nTypes: deb\n/m);
  });

  it("is the same after another run, which installs and restarts nothing", async () => {
    const [installs, reloads] = [commands("apt-get"), commands("systemctl daemon-reload")];
    const before = file(SOURCE);
    assert.equal((await server(`fingerprint=${pbs().fingerprint}`)).code, 0);
    assert.deepEqual([commands("apt-get"), commands("systemctl daemon-reload")], [installs, reloads]);
    assert.equal(file(SOURCE), before);
  });

  it("stops where its certificate is not the one that somebody has compared", async () => {
    const other = pbs().fingerprint.replace(/^../, (pair) => (pair === "00" ? "11" : "00"));
    const { code, stderr, stdout } = await server(`fingerprint=${other}`);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, new RegExp(`its certificate is ${pbs().fingerprint}, the settings say ${other}`));
  });

  it("gets a login that manages it, whose secret no other run tells; a lost one gives way to the next name", async () => {
    const first = await login();
    assert.equal(first.code, 0, first.stderr);
    const { tokenId, secret, superseded } = JSON.parse(first.stdout) as Login;
    assert.deepEqual([tokenId, superseded], ["pulumi@pbs!server", []]);
    assert.match(secret, /^[0-9a-f-]{36}$/);
    const { api, fingerprint } = pbs();
    const client = new PbsClient({
      endpoint: api,
      trust: { fingerprint },
      login: parseToken(`${tokenId}:${secret}`, "PBS"),
    });
    assert.equal((await client.privileges("/"))["Datastore.Allocate"], true);
    await client.close();

    const second = JSON.parse((await login()).stdout) as Login;
    assert.deepEqual([second.tokenId, second.superseded], ["pulumi@pbs!server-2", ["pulumi@pbs!server"]]);
    assert.notEqual(second.secret, secret);
    const log = JSON.stringify(shell.site.events.all());
    assert.ok(!log.includes(secret) && !log.includes(second.secret));
  });

  it("takes up what lies in the directory, wherever that is", async () => {
    mkdirSync(join(root, "srv/old/.chunks"), { recursive: true });
    assert.deepEqual(JSON.parse((await server("path=/srv/old")).stdout), {
      fingerprint: pbs().fingerprint,
      reuse: true,
    });
  });
});
