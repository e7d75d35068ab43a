import { strict as assert } from "node:assert";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { signed } from "../../../commands/drill/signature";
import { RETURN_GUARD_SCRIPT } from "../../../components/recovery/return-guard-script";
import { ASK_UNIT } from "../../../estate/units/return-guard-places";
import { AT_HOME, RETURN_NAMESPACE, returnRecordLine, returnRecordText } from "../../../estate/units/return-record";
import { parseSiteDescription } from "../../../lab/core/site-description";
import { newPrivateKey } from "../../../lab/ssh/ssh-key";
import { publicKeyOf } from "../../../provider/keys/ssh-public-key";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";
import { askPbs } from "../support/whole-site";

const NODES = ["tappaas1", "tappaas2", "tappaas3"];
const WATCHED = 140;

/** The same guard on each node of a cluster, where HA could start a guest on any of them. */
describe("a cluster that comes back, with the guard on each of its nodes", () => {
  let shell: ShellSite;
  let key: string;
  const written = JSON.parse(readFileSync(join(__dirname, "../../../lab/sites/three-node.json"), "utf8")) as object;
  // A server that is lost with no node.
  const day = JSON.stringify({ ...written, pbs: [{ name: "backup", host: 61, disks: [] }] });
  const done = async (node: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await shell.run(node, command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const control = (name: string, fields = {}) => shell.site.control.run(name, fields);
  const publish = async (serial: number, serves: string, guests: number[]) => {
    const until = serves === AT_HOME ? at(30 * 86_400_000) : undefined;
    const text = returnRecordText({ site: "home", serial, at: at(0), until, serves, guests });
    const notes = returnRecordLine(text, signed(text, key, RETURN_NAMESPACE).signature);
    const [snapshot] = (await askPbs(shell.site, "GET /admin/datastore/record/snapshots")) as Record<string, unknown>[];
    const where = { "backup-type": "host", "backup-id": "return-home", "backup-time": snapshot?.["backup-time"] };
    await askPbs(shell.site, "PUT /admin/datastore/record/notes", { ...where, notes });
  };
  const at = (offset: number) => new Date(Date.now() + offset).toISOString().replace(/\.\d+Z$/, "Z");
  const running = async () => {
    const text = await done("tappaas2", "pvesh get /cluster/resources --type vm --output-format json");
    const rows = JSON.parse(text) as { vmid: number; status: string; node: string }[];
    return new Map(rows.filter(({ status }) => status === "running").map(({ vmid, node }) => [vmid, node]));
  };
  const settle = async () => {
    await control("pass-time", { seconds: 150 });
    await control("booted");
    await control("pass-time", { seconds: 150 });
  };
  const come = async (nodes: readonly string[]) => {
    for (const node of nodes) await control("plug-in", { node });
    await settle();
  };
  const state = async () => /vm:140\s+(?:.*\n)*?\s+state (\w+)/.exec(await done("tappaas2", "ha-manager config"))?.[1];

  before(async () => {
    shell = await ShellSite.start(prefixOf(89), parseSiteDescription(day));
    key = newPrivateKey("site");
    const server = shell.site.sheet.content.pbs["backup"]!;
    const { address, fingerprint, logins } = server;
    const made = await shell.run("backup", "proxmox-backup-manager datastore create record /srv/record");
    assert.equal(made.code, 0, made.stderr);
    const root = shell.site.state.path("machines", "tappaas1", "root");
    mkdirSync(join(root, "srv/record"), { recursive: true });
    writeFileSync(join(root, "srv/record/readme"), "see the notes\n");
    const login = `PBS_REPOSITORY='root@pam@${address}:8007:record' PBS_PASSWORD='${logins["root@pam"].password}' PBS_FINGERPRINT=${fingerprint}`;
    await done("tappaas1", `${login} proxmox-backup-client backup record.pxar:/srv/record --backup-id return-home`);
    for (const node of NODES) {
      const lines = [
        ...["site=home", `node=${node}`, "limit=0", "outside=110", `prepared=${WATCHED}`],
        `signer=${publicKeyOf(key)} home`,
        `place=peer|pbs|root@pam@${address}:8007:record|${fingerprint}||return-home`,
        `secret=peer:${logins["root@pam"].password}`,
      ];
      const quoted = RETURN_GUARD_SCRIPT.replaceAll("'", "'\\''");
      await done(node, `bash -c '${quoted}' <<'LINES'\n${lines.join("\n")}\nLINES`);
    }
    await done("tappaas1", `ha-manager add vm:${WATCHED} --state started`);
    await settle();
  });
  after(() => shell.stop());

  it("starts a guest that HA watches when the record says home, and leaves no note", async () => {
    await publish(1, AT_HOME, []);
    for (const node of NODES) await control("pull-plug", { node });
    await come(NODES);
    assert.equal(await state(), "started");
    assert.ok((await running()).has(WATCHED));
    const notes = readdirSync(shell.site.state.path("machines", "tappaas2", "root", "etc/pve/tappaas-return-guard"));
    assert.deepEqual(
      notes.filter((name) => name !== "."),
      [],
    );
  });

  it("lets HA start it on no node while it is recorded elsewhere, not even when its own node stays dead", async () => {
    await publish(2, "dr-host", [WATCHED]);
    for (const node of NODES) await control("pull-plug", { node });
    await come(["tappaas2", "tappaas3"]);
    assert.equal(await state(), "ignored");
    assert.equal((await running()).has(WATCHED), false);
    await control("pass-time", { seconds: 600 });
    assert.equal((await running()).has(WATCHED), false);
    await come(["tappaas1"]);
    assert.equal((await running()).has(WATCHED), false);
  });

  it("gives it back to HA by a newer record that says home", async () => {
    await publish(3, AT_HOME, []);
    for (const node of NODES) await shell.run(node, `systemctl start ${ASK_UNIT}`);
    await settle();
    assert.equal(await state(), "started");
    assert.ok((await running()).has(WATCHED));
  });

  it("touches no guest of the others when one node alone restarts, whatever the record says", async () => {
    const before = await running();
    const home = before.get(WATCHED);
    const other = NODES.find((node) => node !== home && node !== "tappaas2") ?? "tappaas3";
    await publish(4, "dr-host", [WATCHED]);
    await control("pull-plug", { node: other });
    await come([other]);
    assert.equal((await running()).get(WATCHED), home);
    assert.equal(await state(), "started");
  });
});
