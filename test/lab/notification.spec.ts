import { strict as assert } from "node:assert";

import { type Site } from "../../lab/core/site";
import { accessTo, ended, prefixOf } from "./support/pve-site";
import { ask } from "./support/pve-client";
import { Receiver } from "./support/receiver";
import { askPbs, openWholeSite } from "./support/whole-site";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const SECRET = "a-path-nobody-may-read";

describe("Messages of the lab", () => {
  let site: Site;
  let close: () => Promise<void>;
  let receiver: Receiver;

  before(async () => {
    ({ site, close } = await openWholeSite(prefixOf(71)));
    receiver = await Receiver.open();
  });

  after(async () => {
    await receiver.close();
    await close();
  });

  const pve = (operation: string, parameters?: Record<string, unknown>) =>
    ask(accessTo(site, "tappaas1"), operation, parameters);
  const webhook = () => ({
    name: "receiver",
    method: "post",
    url: receiver.at("/{{ secrets.path }}"),
    header: [`name=X-Severity,value=${base64("{{ severity }}")}`],
    body: base64('{"title": "{{ escape title }}", "type": "{{ fields.type }}"}'),
    secret: [`name=path,value=${base64(SECRET)}`],
  });
  const errors = { name: "errors", "match-severity": ["warning,error"], target: ["receiver"] };

  it("go to root's mail on the first day, as on every installation", async () => {
    const { data } = await pve("GET /cluster/notifications/matchers");
    assert.deepEqual(
      (data as { name: string; target: string[] }[]).map(({ name, target }) => [name, target]),
      [["default-matcher", ["mail-to-root"]]],
    );
    const targets = (await askPbs(site, "GET /config/notifications/targets")) as { name: string }[];
    assert.deepEqual(
      targets.map(({ name }) => name),
      ["mail-to-root"],
    );
  });

  it("show a secret to nobody, on PVE and on PBS", async () => {
    assert.equal((await pve("POST /cluster/notifications/endpoints/webhook", webhook())).status, 200);
    await askPbs(site, "POST /config/notifications/endpoints/webhook", webhook());
    const shown = [
      await pve("GET /cluster/notifications/endpoints/webhook"),
      await pve("GET /cluster/notifications/endpoints/webhook/receiver"),
      await askPbs(site, "GET /config/notifications/endpoints/webhook"),
      site.events.all(),
    ];
    for (const secret of [SECRET, base64(SECRET)]) assert.equal(JSON.stringify(shown).includes(secret), false);
    assert.match(JSON.stringify(shown), /name=path"/);
  });

  it("need a target that is there, and keep it while a matcher names it", async () => {
    assert.equal((await pve("POST /cluster/notifications/matchers", { ...errors, target: ["nobody"] })).status, 404);
    assert.equal((await pve("POST /cluster/notifications/matchers", errors)).status, 200);
    const removed = await pve("DELETE /cluster/notifications/endpoints/webhook/receiver");
    assert.equal(removed.status, 400);
    await askPbs(site, "POST /config/notifications/matchers", errors);
    await assert.rejects(
      askPbs(site, "DELETE /config/notifications/endpoints/webhook/receiver"),
      /referenced by: errors/,
    );
  });

  it("tell of a backup that failed, and the matcher keeps others quiet", async () => {
    const { data } = await pve("POST /nodes/tappaas1/vzdump", { vmid: "140", storage: "nowhere" });
    await ended(accessTo(site, "tappaas1"), "tappaas1", data);
    await askPbs(site, "POST /config/datastore", { name: "main", path: "/main" });
    const [body, ...more] = receiver.bodies(`/${SECRET}`);
    assert.match(body ?? "", /"vzdump backup status .* failed: .*"type": "vzdump"/);
    assert.deepEqual(more, []);
    assert.equal(receiver.received[0]?.headers["x-severity"], "error");
  });

  it("keep a secret that a change does not name", async () => {
    const change = { comment: "the same", method: "post" };
    assert.equal((await pve("PUT /cluster/notifications/endpoints/webhook/receiver", change)).status, 200);
    const before = receiver.bodies(`/${SECRET}`).length;
    assert.equal((await pve("POST /cluster/notifications/targets/receiver/test")).status, 200);
    assert.equal(receiver.bodies(`/${SECRET}`).length, before + 1);
  });
});
