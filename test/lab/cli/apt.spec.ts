import { strict as assert } from "node:assert";

import { describedSite, prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

describe("a backup server that comes to a node of the lab with its package", () => {
  let shell: ShellSite;
  const run = (command: string) => shell.run("tappaas1", command);

  before(async () => {
    const site = describedSite();
    const [node] = site.nodes;
    const pbs = site.pbs.map((server) => ({ ...server, host: node?.host ?? 0 }));
    shell = await ShellSite.start(prefixOf(84), { ...site, pbs });
  });
  after(() => shell.stop());

  it("is not there before", async () => {
    const { code, stderr } = await run("proxmox-backup-manager datastore list");
    assert.deepEqual([code, stderr], [127, "bash: line 1: proxmox-backup-manager: command not found\n"]);
  });

  it("is in none of the node's own package sources", async () => {
    const { code, stderr } = await run("apt-get update && apt-get install -y proxmox-backup-server");
    assert.deepEqual([code, stderr], [100, "E: Unable to locate package proxmox-backup-server\n"]);
    assert.match((await run("apt-cache policy proxmox-backup-server")).stdout, /Candidate: \(none\)/);
    const key = "/usr/share/keyrings/proxmox-archive-keyring.gpg";
    const source = `Types: deb\\nURIs: http://download.proxmox.com/debian/pbs\\nSuites: trixie\\nSigned-By: ${key}\\n`;
    const folder = "/etc/apt/sources.list.d";
    assert.equal((await run(`mkdir -p ${folder} && printf '${source}' >${folder}/own.sources`)).code, 0);
    assert.match((await run("apt-cache policy proxmox-backup-server")).stdout, /Installed: \(none\)\n {2}Candidate: 4/);
  });

  it("is installed once, and nothing that nobody knows", async () => {
    const { code, stdout } = await run("apt update && apt install -y proxmox-backup-server proxmox-backup-client");
    assert.equal(code, 0);
    assert.match(stdout, /Setting up proxmox-backup-server/);
    assert.match((await run("apt-get install proxmox-backup-server")).stdout, /already the newest version/);
    const unknown = await run("apt install no-such-thing");
    assert.deepEqual([unknown.code, unknown.stderr], [100, "E: Unable to locate package no-such-thing\n"]);
  });

  it("is known to the package manager, brings its services, and a source for subscribers alone", async () => {
    const status = "dpkg-query -W -f '${db:Status-Status}' proxmox-backup-server";
    assert.equal((await run(status)).stdout, "installed");
    assert.equal((await run("systemctl enable --now proxmox-backup-proxy.service")).code, 0);
    assert.match((await run("cat /etc/apt/sources.list.d/pbs-enterprise.sources")).stdout, /enterprise\.proxmox\.com/);
  });

  it("then answers at the node's own address, and keeps its tasks apart from the node's", async () => {
    assert.equal((await run("proxmox-backup-manager datastore create store1 /tanka1/store1")).code, 0);
    const { nodes, pbs } = shell.site.sheet.content;
    assert.equal(pbs["backup"]?.address, nodes["tappaas1"]?.address);
    assert.equal((await run("pvesh get /nodes/tappaas1/tasks --output-format json")).stdout, "[]\n");
    assert.match((await run("proxmox-backup-manager task list")).stdout, /create-datastore/);
  });
});
