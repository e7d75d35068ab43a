import { strict as assert } from "node:assert";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { Alerts } from "../../components";
import { type Site } from "../../lab/core/site";
import { parseToken } from "../../provider/clients/login";
import { PbsClient } from "../../provider/clients/pbs-client";
import { PveClient } from "../../provider/clients/pve-client";
import { ALERT_FORMS, type AlertForm } from "../../estate/units/alert-form";
import { type Fields } from "../../provider/objects/fields";
import { create, diff, read, remove, update } from "../../provider/objects/life-cycle";
import { objectOf } from "../../provider/objects/registry";
import { mockPulumi, settled } from "../support/mocks";
import { TestSite, known } from "../provider/support/test-site";
import { accessTo, ended, prefixOf } from "./support/pve-site";
import { ask } from "./support/pve-client";
import { Receiver, type Received } from "./support/receiver";
import { askPbs, openWholeSite } from "./support/whole-site";

const FAILURES = "/a-topic-nobody-guesses?priority=high";
const HEARTBEAT = "/ping/0b3c-a-heartbeat-nobody-guesses";
const TYPES = ["NotificationTarget", "NotificationMatcher"];

describe("Alerts on a site", () => {
  let lab: Site;
  let close: () => Promise<void>;
  let receiver: Receiver;
  let clients: [PveClient, PbsClient];
  let declared: { type: string; inputs: Fields }[];
  const site = () => ({ ...new TestSite().siteOver(clients[0], clients[1]) });

  before(async () => {
    ({ site: lab, close } = await openWholeSite(prefixOf(74)));
    receiver = await Receiver.open();
    clients = clientsOf(lab);
    declared = await declare(receiver.at(FAILURES), receiver.at(HEARTBEAT));
  });

  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await receiver.close();
    await close();
  });

  const all = () => declared.map(({ type, inputs }) => ({ object: objectOf(type), inputs }));
  const backup = async (parameters: Record<string, unknown>) => {
    const { data } = await ask(accessTo(lab, "tappaas1"), "POST /nodes/tappaas1/vzdump", parameters);
    return ended(accessTo(lab, "tappaas1"), "tappaas1", data);
  };

  it("are made beside the mail to root, which stays as it is", async () => {
    for (const { object, inputs } of all()) {
      const { outputs } = await create(object, site(), known(inputs), false);
      assert.equal(outputs["adopted"], false);
    }
    const { data } = await ask(accessTo(lab, "tappaas1"), "GET /cluster/notifications/matchers");
    const names = (data as { name: string; origin: string }[]).map(({ name, origin }) => `${name} ${origin}`);
    assert.deepEqual(names.sort(), [
      "default-matcher builtin",
      "resilience-failing user-created",
      "resilience-succeeding user-created",
    ]);
  });

  it("read back as they were written, so that the next run changes nothing", async () => {
    for (const { object, inputs } of all()) {
      const outputs =
        (await read(object, site(), String(inputs["name"]), { ...inputs, adopted: false }))?.outputs ?? {};
      assert.deepEqual(diff(object, outputs, known(inputs)), [], object.token);
    }
  });

  it("keep their addresses to themselves, on PVE, on PBS and in the lab's log", async () => {
    const shown = JSON.stringify([
      await ask(accessTo(lab, "tappaas1"), "GET /cluster/notifications/endpoints/webhook"),
      await askPbs(lab, "GET /config/notifications/endpoints/webhook"),
      lab.events.all(),
    ]);
    for (const secret of ["nobody-guesses", Buffer.from(FAILURES.slice(1)).toString("base64")]) {
      assert.equal(shown.includes(secret), false);
    }
  });

  it("say that a backup failed, and then there is no heartbeat", async () => {
    assert.notEqual(await backup({ vmid: "140", storage: "gone" }), "OK");
    const [body = "", ...more] = receiver.bodies(FAILURES);
    assert.match(body, /vzdump backup status \(tappaas1\): backup failed/);
    assert.deepEqual([more, receiver.bodies(HEARTBEAT)], [[], []]);
  });

  it("call outside after a good night and are silent about it else; with the backup server off they say so and do not call", async () => {
    await clients[1].taskEnd(await clients[1].createDatastore({ name: "main", path: "/main" }));
    await storageOf(lab, clients[0]);
    assert.equal(await backup({ vmid: "140", storage: "nightly" }), "OK");
    assert.deepEqual([receiver.bodies(HEARTBEAT).length, receiver.bodies(FAILURES).length], [1, 1]);
    lab.faults.order({ machine: "backup", operation: "*", kind: "down", times: 1_000 });
    assert.notEqual(await backup({ vmid: "140", storage: "nightly" }), "OK");
    lab.faults.clear();
    assert.deepEqual([receiver.bodies(HEARTBEAT).length, receiver.bodies(FAILURES).length], [1, 2]);
  });

  it("say that snapshots are damaged, where PBS found it", async () => {
    await askPbs(lab, "POST /config/verify", { id: "verify-main", store: "main", "ignore-verified": false });
    damage(lab);
    await askPbs(lab, "POST /admin/verify/verify-main/run");
    const before = 2;
    for (let tries = 0; receiver.bodies(FAILURES).length === before && tries < 200; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.match(receiver.bodies(FAILURES).at(-1) ?? "", /Verify Datastore 'main' failed/);
  });

  it("are taken up after the state was lost, and tell the address of the settings even where another was written", async () => {
    const webhook = all().find(
      ({ object, inputs }) => object.token.startsWith("resilience:pve") && inputs["name"] === "resilience-failures",
    );
    assert.ok(webhook !== undefined);
    const elsewhere = { secret: `name=address,value=${Buffer.from("http://127.0.0.1:9/").toString("base64")}` };
    const name = String(webhook.inputs["name"]);
    await ask(accessTo(lab, "tappaas1"), `PUT /cluster/notifications/endpoints/webhook/${name}`, elsewhere);
    const { outputs } = await create(webhook.object, site(), known(webhook.inputs), false);
    assert.equal(outputs["adopted"], true);
    const before = receiver.bodies(FAILURES).length;
    await ask(accessTo(lab, "tappaas1"), `POST /cluster/notifications/targets/${name}/test`);
    assert.equal(receiver.bodies(FAILURES).length, before + 1);
  });

  let last: AlertForm = "text";

  for (const form of ALERT_FORMS) {
    it(`arrive in the form of ${form}, from PVE and from PBS, with a log of many lines`, async () => {
      for (const { object, inputs } of all()) {
        if (!object.token.endsWith("Target") || inputs["name"] !== "resilience-failures") continue;
        const wanted = { ...inputs, form };
        await update(object, site(), { ...inputs, form: last, adopted: false }, known(wanted), false);
        const outputs =
          (await read(object, site(), "resilience-failures", { ...wanted, adopted: false }))?.outputs ?? {};
        assert.deepEqual(diff(object, outputs, known(wanted)), [], object.token);
      }
      last = form;
      const before = receiver.received.length;
      assert.notEqual(await backup({ vmid: "140", storage: "gone" }), "OK");
      await askPbs(lab, "POST /config/notifications/targets/resilience-failures/test");
      const [fromPve, fromPbs] = receiver.received.slice(before).filter(({ path }) => path === FAILURES);
      for (const [message, title, text] of [
        [fromPve, /^vzdump backup status \(tappaas1\): backup failed/, /\n.*gone/],
        [fromPbs, /^Test notification/, /This is a test/],
      ] as const) {
        const { headers, body } = message ?? assert.fail(`${form}: nothing arrived`);
        const said = FORMS[form](body, headers);
        assert.match(said.title, title);
        if (said.message !== undefined) assert.match(said.message, text);
      }
    });
  }

  it("lose the header of a form when they go back to text, and keep the address", async () => {
    const { data } = await ask(accessTo(lab, "tappaas1"), "GET /cluster/notifications/endpoints/webhook");
    assert.match(JSON.stringify(data), /Content-Type/);
    for (const { object, inputs } of all()) {
      if (!object.token.endsWith("Target") || inputs["name"] !== "resilience-failures") continue;
      await update(object, site(), { ...inputs, form: last, adopted: false }, known(inputs), false);
    }
    const { data: after } = await ask(accessTo(lab, "tappaas1"), "GET /cluster/notifications/endpoints/webhook");
    assert.doesNotMatch(JSON.stringify(after), /Content-Type/);
    const before = receiver.bodies(FAILURES).length;
    await ask(accessTo(lab, "tappaas1"), "POST /cluster/notifications/targets/resilience-failures/test");
    assert.equal(receiver.bodies(FAILURES)[before], "Test notification\nThis is a test of the notification target");
  });

  it("change in place to another address, and go when they leave the program", async () => {
    for (const { object, inputs } of all().filter(({ object: { token } }) => token.endsWith("Target"))) {
      const wanted = { ...inputs, address: receiver.at("/another") };
      await update(object, site(), { ...inputs, adopted: false }, known(wanted), false);
    }
    for (const { object, inputs } of all().reverse()) await remove(object, site(), { ...inputs, adopted: false });
    const { data } = await ask(accessTo(lab, "tappaas1"), "GET /cluster/notifications/targets");
    assert.deepEqual(
      (data as { name: string }[]).map(({ name }) => name),
      ["mail-to-root"],
    );
  });
});

/** What a receiver would show of a message, read as its own documentation says. */
const FORMS: Readonly<
  Record<AlertForm, (body: string, headers: Received["headers"]) => { title: string; message?: string }>
> = {
  text: (body) => ({ title: body.split("\n")[0] ?? "", message: body }),
  json: (body, headers) => {
    const { title, message, severity, timestamp } = parsed(body, headers);
    assert.ok(["error", "info"].includes(String(severity)));
    assert.equal(typeof timestamp, "number");
    return { title: String(title), message: `\n${String(message)}` };
  },
  ntfy: (body, headers) => {
    assert.equal(headers["priority"], "high");
    assert.ok(body.length < 4_096);
    return { title: body };
  },
  gotify: (body, headers) => {
    const { title, message, priority } = parsed(body, headers);
    assert.equal(priority, 8);
    return { title: String(title), message: `\n${String(message)}` };
  },
  slack: (body, headers) => {
    const text = String(parsed(body, headers)["text"]);
    const { title = "", message = "" } = /^\*(?<title>[^\n]*)\*(?<message>\n[^]*)$/.exec(text)?.groups ?? {};
    return { title, message };
  },
  discord: (body, headers) => {
    const content = String(parsed(body, headers)["content"]);
    assert.ok(content.length < 2_000);
    return { title: content };
  },
  matrix: (body, headers) => ({ title: String(parsed(body, headers)["text"]) }),
};

function parsed(body: string, headers: Received["headers"]): Record<string, unknown> {
  assert.equal(headers["content-type"], "application/json");
  return JSON.parse(body) as Record<string, unknown>;
}

/** A storage through which the nodes reach the datastore, as the lab's own login. */
async function storageOf(lab: Site, pve: PveClient): Promise<void> {
  const { address, fingerprint, logins } = lab.sheet.content.pbs["backup"]!;
  const login = { username: logins.token.id, password: logins.token.secret };
  const where = { server: address, datastore: "main", fingerprint };
  await pve.createStorage({ storage: "nightly", type: "pbs", content: "backup", ...where, ...login });
}

/** Takes away a chunk, as a bad disk would. */
function damage(lab: Site): void {
  const chunks = join(lab.state.root, "machines/backup/disk/main/.chunks");
  const [victim] = readdirSync(chunks, { recursive: true })
    .map(String)
    .filter((path) => statSync(join(chunks, path)).isFile());
  rmSync(join(chunks, victim!));
}

/** What the component hands to the engine, webhooks first, as the engine would make them. */
async function declare(failures: string, heartbeat: string) {
  const registrations = await mockPulumi();
  const addresses = { failureAddress: pulumi.secret(failures), heartbeatAddress: pulumi.secret(heartbeat) };
  new Alerts("resilience", addresses);
  await settled();
  const found = TYPES.flatMap((kind) =>
    ["pve", "pbs"].flatMap((sender) => {
      const type = `resilience:${sender}:${kind}`;
      return Object.values(registrations.ofType(type)).map((inputs) => ({ type, inputs: opened(inputs) }));
    }),
  );
  assert.equal(found.length, 6);
  return found;
}

/** Inputs as the provider gets them: what reaches the engine is marked as secret. */
function opened(inputs: Record<string, unknown>): Fields {
  const plain = (value: unknown) =>
    typeof value === "object" && value !== null && "value" in value ? value.value : value;
  return Object.fromEntries(
    Object.entries(inputs)
      .map(([name, value]) => [name, plain(value)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function clientsOf(lab: Site): [PveClient, PbsClient] {
  const { nodes, pbs, ca } = lab.sheet.content;
  const [node, backup] = [nodes["tappaas1"]!, pbs["backup"]!];
  const line = (token: { id: string; secret: string }, sign: string) => `${token.id}${sign}${token.secret}`;
  return [
    new PveClient({
      endpoint: node.api,
      trust: { authority: readFileSync(ca, "utf8") },
      login: parseToken(line(node.logins.token, "="), "PVE"),
    }),
    new PbsClient({
      endpoint: backup.api,
      trust: { fingerprint: backup.fingerprint },
      login: parseToken(line(backup.logins.token, ":"), "PBS"),
    }),
  ];
}
