import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { askLab as askControl } from "../../lab/core/control";
import { askLab } from "../../tools/lab-site/lab";
import { observeLabSite, referenceStanding, type LabSite } from "../../tools/lab-site/prepare";
import { inOrder } from "../engine/support/in-order";
import { forgetLabSite, freshLabSite } from "../engine/support/lab-site";
import { meddled, whoMayLogIn } from "./support/cloudflare";
import { receiverAt, type Receiver } from "./support/receiver";
import { dayWithCloudflare, fetched as fetchedOf, makeConnectors, NAMES, writeTunnel } from "./support/tunnel-site";

const NAME = "test-tunnel";
const PREFIX = "127.0.92";
const ELSEWHERE = "dr.example.net";

/** The reference site of three nodes with an account at Cloudflare, and what its modules publish behind a tunnel. */
describe("a site whose services are reached through a tunnel", function () {
  inOrder(this);
  let site: LabSite;
  let receiver: Receiver;

  before(async () => {
    receiver = await receiverAt(`${PREFIX}.99`);
    site = await freshLabSite(NAME, PREFIX, { ...referenceStanding("three-node"), day: dayWithCloudflare(NAME) });
    await makeConnectors(site);
    // What 140 answers is kept at another place, too.
    const more = { alerts: { webhook: true }, failover: { address: ELSEWHERE, services: [140] } };
    await writeTunnel(site, more, { tunnelAlertAddress: receiver.address });
    assert.equal(await observeLabSite(site, true), 0);
  });

  after(() => {
    receiver.close();
    forgetLabSite(NAME);
  });

  const fetched = (name: string, ...words: string[]) => fetchedOf(site, name, ...words);
  const statuses = (): number[] => NAMES.map((name) => fetched(name).status);
  const run = (...args: string[]) =>
    site.stack.command([...args, "--settings", site.places.stackFile], { quiet: true });

  async function applied(): Promise<unknown> {
    const { code, stdout, stderr } = await run("up", "--yes", "--json");
    assert.equal(code, 0, stderr + stdout);
    return (JSON.parse(stdout) as { end: string }).end;
  }

  it("is found by nobody before the first run", () => {
    assert.deepEqual(statuses(), [0, 0, 0]);
  });

  it("is reached by each name afterwards, and what is not for everybody only after a login", async () => {
    assert.equal(await applied(), "applied");
    assert.deepEqual(statuses(), [200, 200, 302]);
    assert.equal(fetched("vaultwarden.example.org", "--logged-in").status, 200);
    assert.deepEqual(fetched("wiki.example.org"), { status: 0, says: "no such name" });
  });

  it("has nothing left to do in the run after", async () => {
    assert.equal(await applied(), "nothing");
  });

  it("is shown where somebody changed it at Cloudflare, and put back: where a name leads, and who may log in", async () => {
    const changed = await meddled(site);
    assert.equal(fetched("nextcloud.example.org").says, "evil.example.net at another place");
    const drift = await run("drift", "--json");
    assert.notEqual(drift.code, 0);
    for (const name of changed) assert.match(drift.stdout, new RegExp(name));
    assert.equal(drift.stdout.includes("identity.example.org"), false);
    assert.equal(await applied(), "applied");
    assert.deepEqual(statuses(), [200, 200, 302]);
    assert.deepEqual(await whoMayLogIn(site), [{ email: { email: "me@example.org" } }]);
    assert.equal(fetched("identity.example.org").through, "connector1");
    assert.equal((await run("drift")).code, 0);
  });

  it("keeps the connectors' token out of everything but the two guests, and the state encrypted", () => {
    const machines = join(site.places.lab, "machines");
    const inGuests = readdirSync(machines).filter((name) => /^vm61[12]-/.test(name));
    const tokens = inGuests.map((name) =>
      readFileSync(join(machines, name, "root/etc/tappaas-tunnel/token"), "utf8").trim(),
    );
    assert.equal(tokens.length, 2);
    const [token = ""] = tokens;
    assert.ok(token.length > 40 && tokens.every((one) => one === token));
    for (const folder of [site.places.backend, site.places.site]) {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
      assert.ok(files.length > 0);
      for (const { parentPath, name } of files)
        assert.equal(readFileSync(join(parentPath, name)).includes(token), false, join(parentPath, name));
    }
    assert.equal(readFileSync(join(site.places.lab, "events.jsonl")).includes(token), false);
  });

  it("loses its names when the program is taken off, which says so, and keeps its tunnel", async () => {
    const { code, stdout, stderr } = await run("down", "--confirm", site.stack.program.stack);
    assert.equal(code, 0, stderr + stdout);
    for (const name of NAMES) assert.match(stdout + stderr, new RegExp(`goes: .*${name}.*DnsRecord`));
    assert.match(stdout + stderr, /stays: .*ZeroTrustTunnelCloudflared\)/);
    assert.deepEqual(statuses(), [0, 0, 0]);
  });

  it("has them again after the next run, by the same tunnel", async () => {
    assert.equal(await applied(), "applied");
    assert.deepEqual(statuses(), [200, 200, 302]);
  });

  it("still answers when the node of a connector dies, with the service that failed over, through the other connector", () => {
    assert.equal(fetched("identity.example.org").through, "connector1");
    askLab(site.places, "pull-plug", "tappaas1");
    askLab(site.places, "pass-time", "600");
    assert.deepEqual(fetched("identity.example.org"), {
      status: 200,
      says: "identity on tappaas2",
      through: "connector2",
    });
  });

  it("tells its owner from outside when the last of them dies too, and not before", async () => {
    const look = () => askControl(join(site.places.lab, "control.sock"), "tunnel-health", {});
    await look();
    assert.deepEqual(receiver.heard, []);
    askLab(site.places, "pull-plug", "tappaas2");
    await look();
    const [told = ""] = receiver.heard;
    assert.match(told, /"new_status":"TUNNEL_STATUS_TYPE_DOWN".*"tunnel_name":"tappaas"/);
  });

  it("is not reached then, but for the name that leads elsewhere then", () => {
    assert.equal(fetched("nextcloud.example.org").status, 530);
    assert.deepEqual(fetched("identity.example.org"), { status: 200, says: `${ELSEWHERE} at another place` });
  });
});
