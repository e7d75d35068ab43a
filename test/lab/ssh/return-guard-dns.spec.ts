import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import { signed } from "../../../commands/drill/signature";
import { DnsRecord } from "../../../commands/guard/dns-record";
import { RETURN_GUARD_SCRIPT } from "../../../components/recovery/return-guard-script";
import { ASK_UNIT } from "../../../estate/units/return-guard-places";
import { AT_HOME, RETURN_NAMESPACE, returnRecordLine, returnRecordText } from "../../../estate/units/return-record";
import { newPrivateKey } from "../../../lab/ssh/ssh-key";
import { publicKeyOf } from "../../../provider/keys/ssh-public-key";
import { describedSite, prefixOf } from "../support/pve-site";
import { ShellSite } from "../support/shell-site";

const NODE = "tappaas1";
const NAME = "_return.example.org";
const ZONE = "0123456789abcdef".repeat(2);

/** The same guard with no other place of record than a name on the internet, which many people can write. */
describe("a node that comes back and asks a DNS record where its guests serve", () => {
  let shell: ShellSite;
  let key: string;
  let record: DnsRecord;
  let base: string;
  const done = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await shell.run(NODE, command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const control = (name: string, fields = {}) => shell.site.control.run(name, fields);
  const line = (serial: number, serves: string, guests: number[], by = key) => {
    const at = (offset: number) => new Date(Date.now() + offset).toISOString().replace(/\.\d+Z$/, "Z");
    const until = serves === AT_HOME ? at(86_400_000) : undefined;
    const text = returnRecordText({ site: "home", serial, at: at(0), until, serves, guests });
    return returnRecordLine(text, signed(text, by, RETURN_NAMESPACE).signature);
  };
  const runs = async (vmid: number) => (await done(`qm status ${vmid}`)).includes("running");
  const powerCut = async () => {
    await control("pull-plug", { node: NODE });
    await control("plug-in", { node: NODE });
    await control("pass-time", { seconds: 120 });
    await control("booted");
  };
  const decision = () => done("bash /etc/tappaas-return-guard/program show");

  before(async () => {
    const cloudflare = { host: 80, account: ZONE, zones: { "example.org": ZONE } };
    shell = await ShellSite.start(prefixOf(90), { ...describedSite(), cloudflare });
    key = newPrivateKey("site");
    const { api, apiToken } = shell.site.sheet.content.cloudflare!;
    base = api.replace("/client/v4", "");
    const place = { name: NAME, zoneId: ZONE, resolver: `${base}/dns-query`, api };
    record = new DnsRecord(place, apiToken, readFileSync(shell.site.sheet.content.ca, "utf8"));
    for (const vmid of [130, 140]) await done(`qm set ${vmid} --onboot 1`);
    const lines = [
      ...["site=home", `node=${NODE}`, "limit=0", "outside=110", "prepared=140"],
      ...[`signer=${publicKeyOf(key)} home`, `place=dns|dns|${base}/dns-query|${NAME}||`],
    ];
    await done(`bash -c '${RETURN_GUARD_SCRIPT.replaceAll("'", "'\\''")}' <<'LINES'\n${lines.join("\n")}\nLINES`);
  });
  after(async () => {
    await record.close();
    await shell.stop();
  });

  it("starts them when it says home, and shows the command what it shows the node", async () => {
    assert.deepEqual(await record.seen(), []);
    const home = line(1, AT_HOME, []);
    await record.write(home);
    assert.deepEqual(await record.seen(), [home]);
    await powerCut();
    assert.match(await decision(), /answer=home[\s\S]*place=dns: record 1 says home/);
    assert.ok((await runs(130)) && (await runs(140)));
  });

  it("keeps off what it names, though it is longer than one string of a record", async () => {
    const many = Array.from({ length: 40 }, (_, index) => 200 + index);
    const away = line(2, "dr-host", [140, ...many]);
    assert.ok(away.length > 255);
    await record.write(away);
    assert.deepEqual(await record.seen(), [away]);
    await powerCut();
    assert.ok((await runs(130)) && !(await runs(140)));
  });

  it("starts nothing and stops nothing at the word of whoever owns the zone alone", async () => {
    for (const text of [line(9, AT_HOME, [], newPrivateKey("thief")), line(1, AT_HOME, []), "v=spf1 -all"]) {
      await record.write(text);
      assert.notEqual((await shell.run(NODE, `systemctl start ${ASK_UNIT}`)).code, 0);
      assert.equal(await runs(140), false);
    }
    await record.write(line(9, "dr-host", [130], newPrivateKey("thief")));
    await powerCut();
    assert.ok((await runs(130)) && !(await runs(140)));
  });

  it("says that the line is cut where it is, and goes on by what it knew", async () => {
    await record.write(line(3, AT_HOME, []));
    await control("cut-line", { machines: [NODE] });
    await powerCut();
    assert.match(await decision(), /place=dns: no answer: curl: \(7\) Failed to connect .*unreachable/);
    assert.equal(await runs(140), false);
    await control("cut-line", { machines: [] });
    await done(`systemctl start ${ASK_UNIT}`);
    assert.equal(await runs(140), true);
  });
});
