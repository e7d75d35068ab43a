import { strict as assert } from "node:assert";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { utils } from "ssh2";

import { signed } from "../../../commands/drill/signature";
import { RETURN_GUARD_REMOVAL, RETURN_GUARD_SCRIPT } from "../../../components/recovery/return-guard-script";
import { ASK_UNIT, HOLD_UNIT } from "../../../estate/units/return-guard-places";
import {
  AT_HOME,
  RETURN_NAMESPACE,
  returnRecordLine,
  returnRecordText,
  type ReturnRecord,
} from "../../../estate/units/return-record";
import { newPrivateKey } from "../../../lab/ssh/ssh-key";
import { prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";
import { askPbs } from "../support/whole-site";

const NODE = "tappaas1";
const DAY = 86_400_000;
const FIREWALL = 110;
const PREPARED = [140, 610];

/** The library's own script on a node of the lab that loses its power and comes back. */
describe("a node that comes back, with the guard against two sites that serve at once", () => {
  let shell: ShellSite;
  let key: string;
  let lines: string[];
  let all: number[];
  const run = (command: string) => shell.run(NODE, command);
  const done = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await run(command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const script = (text: string, input: readonly string[] = []) =>
    run(`bash -c '${text.replaceAll("'", "'\\''")}' <<'LINES'\n${input.join("\n")}\nLINES`);
  const control = (name: string, fields = {}) => shell.site.control.run(name, fields);
  const at = (offset: number) => new Date(Date.now() + offset).toISOString().replace(/\.\d+Z$/, "Z");
  const record = (more: Partial<ReturnRecord>): ReturnRecord => ({
    ...{ site: "home", serial: 1, at: at(0), until: at(30 * DAY), serves: AT_HOME, guests: [] },
    ...more,
  });
  const line = (one: ReturnRecord, by = key, purpose = RETURN_NAMESPACE) => {
    const text = returnRecordText(one);
    return returnRecordLine(text, signed(text, by, purpose).signature);
  };
  const away = (serial: number, guests: number[], more: Partial<ReturnRecord> = {}) =>
    record({ serial, guests, serves: "dr-host", until: undefined, ...more });
  const publish = async (text: string) => {
    const [snapshot] = (await askPbs(shell.site, "GET /admin/datastore/record/snapshots")) as Record<string, unknown>[];
    const where = { "backup-type": "host", "backup-id": "return-home", "backup-time": snapshot?.["backup-time"] };
    await askPbs(shell.site, "PUT /admin/datastore/record/notes", { ...where, notes: text });
  };
  const running = async () =>
    (
      JSON.parse(await done("pvesh get /cluster/resources --type vm --output-format json")) as {
        vmid: number;
        status: string;
        node: string;
      }[]
    )
      .filter((one) => one.status === "running" && one.node === NODE)
      .map(({ vmid }) => vmid)
      .sort((a, b) => a - b);
  const internet = (on: boolean) => control("cut-line", { machines: on ? [] : [NODE] });
  const decision = () => done("bash /etc/tappaas-return-guard/program show");
  const powerCut = async () => {
    await control("pull-plug", { node: NODE });
    await control("plug-in", { node: NODE });
    await control("pass-time", { seconds: 120 });
    await control("booted");
  };
  const without = (...vmids: number[]) => all.filter((vmid) => !vmids.includes(vmid));

  before(async () => {
    shell = await ShellSite.start(prefixOf(88));
    key = newPrivateKey("site");
    const made = await shell.run("backup", "proxmox-backup-manager datastore create record /srv/record");
    assert.equal(made.code, 0, made.stderr);
    const { address, fingerprint, logins } = shell.site.sheet.content.pbs["backup"]!;
    const root = shell.site.state.path("machines", NODE, "root");
    mkdirSync(join(root, "srv/record"), { recursive: true });
    writeFileSync(join(root, "srv/record/readme"), "where the guests serve stands in the note of this backup\n");
    const login = `PBS_REPOSITORY='root@pam@${address}:8007:record' PBS_PASSWORD='${logins["root@pam"].password}' PBS_FINGERPRINT=${fingerprint}`;
    await done(`${login} proxmox-backup-client backup record.pxar:/srv/record --backup-id return-home`);
    const parsed = utils.parseKey(key);
    assert.ok(!(parsed instanceof Error));
    lines = [
      ...["site=home", `node=${NODE}`, "limit=0", `outside=${FIREWALL}`, `prepared=${PREPARED.join(" ")}`],
      `signer=${parsed.type} ${parsed.getPublicSSH().toString("base64")} home`,
      `place=peer|pbs|root@pam@${address}:8007:record|${fingerprint}||return-home`,
      `secret=peer:${logins["root@pam"].password}`,
    ];
    all = await running();
    for (const vmid of all.filter((one) => one !== 312)) await done(`qm set ${vmid} --onboot 1`);
    if (all.includes(312)) await done("pct set 312 --onboot 1");
  });
  after(() => shell.stop());

  it("is set up while the site serves, and touches no guest", async () => {
    const before = await running();
    const first = await script(RETURN_GUARD_SCRIPT, lines);
    assert.deepEqual([first.code, first.stdout], [0, `{"node":"${NODE}","unit":"${ASK_UNIT}"}\n`], first.stderr);
    assert.equal((await script(RETURN_GUARD_SCRIPT, lines)).code, 0);
    for (const unit of [HOLD_UNIT, ASK_UNIT])
      assert.equal((await run(`systemctl is-enabled ${unit}`)).stdout, "enabled\n");
    assert.deepEqual(await running(), before);
    assert.ok(before.length >= 4);
  });

  it("starts all after a power cut when the record says that home serves, and holds the firewall at no time", async () => {
    await publish(line(record({ serial: 1 })));
    await powerCut();
    assert.deepEqual(await running(), all);
    const journal = shell.site.events.all().filter(({ kind }) => kind === "journal");
    const held = journal.flatMap(({ text }) => /^(?:vm|ct):(\d+) is held/.exec(text)?.[1] ?? []).map(Number);
    assert.deepEqual(
      held.sort((a, b) => a - b),
      without(FIREWALL),
    );
    assert.match(await decision(), /answer=home[\s\S]*place=peer: record 1 says home/);
    for (const vmid of without(312)) assert.match(await done(`qm config ${vmid}`), /^onboot: 1$/m);
  });

  it("says whenever it is asked what each place would tell it now, and keeps nothing of it", async () => {
    const probed = () => done("bash /etc/tappaas-return-guard/program probe");
    const kept = await decision();
    assert.equal(await probed(), "seen=peer:good:record 1 says home\n");
    await internet(false);
    assert.match(await probed(), /^seen=peer:bad:.*unreachable/);
    await internet(true);
    await publish(line(record({ serial: 2, at: at(-60 * DAY), until: at(-30 * DAY) })));
    assert.match(await probed(), /^seen=peer:bad:its record 2 says home, and its time is over/);
    await publish(line(record({ serial: 3 }), newPrivateKey("thief")));
    assert.match(await probed(), /^seen=peer:bad:what it holds is not signed by this site/);
    await publish("nothing of ours");
    assert.match(await probed(), /^seen=peer:bad:it answers, and holds no record/);
    await publish(line(record({ serial: 1 })));
    assert.equal(await decision(), kept);
  });

  it("without the internet starts those for which no failover was prepared, and keeps the others off", async () => {
    await internet(false);
    await powerCut();
    assert.deepEqual(await running(), without(...PREPARED));
    assert.match(
      await decision(),
      /answer=none[\s\S]*place=peer: no answer: .*unreachable[\s\S]*guest=140:hold:no place of record answered[\s\S]*held=140\nheld=610/,
    );
  });

  it("says who is held, and lets a person release one, while it still waits for an answer", async () => {
    const program = "/etc/tappaas-return-guard/program";
    const limit = (seconds: number) =>
      done(`sed -i 's/^limit=.*/limit=${seconds}/' /etc/tappaas-return-guard/settings`);
    await limit(20);
    let isAsking = true;
    const asking = run(`bash ${program} ask`).finally(() => (isAsking = false));
    assert.match(await done(`bash ${program} show`), /held=140\nheld=610/);
    assert.match(await done(`bash ${program} probe`), /^seen=peer:bad:.*unreachable/);
    await done(`bash ${program} release 610`);
    assert.equal(isAsking, true);
    assert.deepEqual(await running(), without(140));
    assert.equal((await asking).code, 75);
    assert.match(await decision(), /held=140\n$/);
    await limit(0);
  });

  it("starts the others, too, as soon as it is asked again and the internet is there", async () => {
    await internet(true);
    await done(`systemctl start ${ASK_UNIT}`);
    assert.deepEqual(await running(), all);
    assert.match(await done("qm config 140"), /^onboot: 1$/m);
  });

  it("keeps off what is recorded elsewhere, and starts everything else", async () => {
    await publish(line(away(2, [130, 140])));
    await powerCut();
    assert.deepEqual(await running(), without(130, 140));
    assert.match(await decision(), /answer=elsewhere[\s\S]*guest=140:hold:it is recorded as serving elsewhere/);
    assert.match(await done("qm config 140"), /^onboot: 0$/m);
  });

  it("remembers that over a further power cut without the internet", async () => {
    await internet(false);
    await powerCut();
    assert.deepEqual(await running(), without(130, 140));
    await internet(true);
  });

  const worthless: Readonly<Record<string, () => string>> = {
    "signed by somebody else": () => line(record({ serial: 9 }), newPrivateKey("thief")),
    "signed by the site for something else": () => line(record({ serial: 9 }), key, "tappaas-drill"),
    "of another site": () => line(record({ serial: 9, site: "neighbour" })),
    "over its time": () => line(record({ serial: 9, at: at(-40 * DAY), until: at(-10 * DAY) })),
    "not signed yet": () => line(record({ serial: 9, at: at(10 * DAY), until: at(40 * DAY) })),
    "older than what is known": () => line(record({ serial: 1 })),
    "cut off": () => line(record({ serial: 9 })).slice(0, -40),
    "changed after it was signed": () => {
      const [form, , signature] = line(away(9, [140])).split(".");
      return [form, Buffer.from(returnRecordText(record({ serial: 9 }))).toString("base64"), signature].join(".");
    },
    "not there": () => "nothing to see",
  };
  for (const [what, text] of Object.entries(worthless)) {
    it(`starts nothing that is held by a record that is ${what}`, async () => {
      await publish(text());
      assert.notEqual((await run(`systemctl start ${ASK_UNIT}`)).code, 0);
      assert.deepEqual(await running(), without(130, 140));
    });
  }

  it("gives everything back by a newer record that says home", async () => {
    await publish(line(record({ serial: 3 })));
    await done(`systemctl start ${ASK_UNIT}`);
    assert.deepEqual(await running(), all);
    assert.match(await done("qm config 140"), /^onboot: 1$/m);
    assert.deepEqual(
      readdirSync(shell.site.state.path("machines", NODE, "root", "etc/pve/tappaas-return-guard")).filter(
        (name) => name !== ".",
      ),
      [],
    );
  });

  it("stops nothing by an old or a forged record that says elsewhere", async () => {
    for (const text of [line(away(2, all)), line(away(9, all), newPrivateKey("thief"))]) {
      await publish(text);
      await powerCut();
      assert.deepEqual(await running(), without(...PREPARED));
      await publish(line(record({ serial: 3 })));
      await done(`systemctl start ${ASK_UNIT}`);
      assert.deepEqual(await running(), all);
    }
  });

  it("holds nothing when the services that need it are restarted on a node that serves", async () => {
    await publish(line(away(4, [140])));
    await run(`systemctl start ${HOLD_UNIT}`);
    assert.deepEqual(await running(), all);
    assert.match(await done("qm config 140"), /^onboot: 1$/m);
    await publish(line(record({ serial: 5 })));
  });

  it("stays on its node while it holds a guest, lets a person release that, and then goes without a trace", async () => {
    await internet(false);
    await powerCut();
    const refused = await script(RETURN_GUARD_REMOVAL);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /it holds guests back: 140 610 ; bring them home or release them first/);
    await done("bash /etc/tappaas-return-guard/program release 140");
    assert.deepEqual(await running(), without(610));
    await done("bash /etc/tappaas-return-guard/program release 610");
    assert.deepEqual(await running(), all);
    await internet(true);
    assert.equal((await script(RETURN_GUARD_REMOVAL)).code, 0);
    assert.equal((await script(RETURN_GUARD_REMOVAL)).code, 0);
    const etc = shell.site.state.path("machines", NODE, "root", "etc");
    const left = readdirSync(etc, { recursive: true }).filter((name) => String(name).includes("tappaas-return"));
    assert.deepEqual(left, ["pve/tappaas-return-guard"]);
    await powerCut();
    assert.deepEqual(await running(), all);
  });
});
