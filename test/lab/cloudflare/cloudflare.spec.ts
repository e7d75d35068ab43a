import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { rmSync } from "node:fs";

import { type LiveGuest } from "../../../lab/core/live-guest";
import { Site } from "../../../lab/core/site";
import { Account } from "../../../lab/cloudflare/account";
import { cloudflareApi } from "../../../lab/cloudflare/api";
import { fetchName } from "../../../lab/cloudflare/edge";
import { lookAtTunnels } from "../../../lab/cloudflare/health";
import { newStateDirectory, prefixOf } from "../support/pve-site";

// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, as the engine starts it
const { Api } = require("../../../lab/plugins/cloudflare/api.js") as {
  Api: new (base: string, token: string) => object;
};

const ID = "0123456789abcdef".repeat(2);
const TUNNELS = `/accounts/${ID}/cfd_tunnel`;

/** Source: developers.cloudflare.com/api, and Cloudflare's Terraform provider 5.22. */
describe("the lab's Cloudflare", () => {
  const state = newStateDirectory();
  let account: Account;
  let guests: LiveGuest[] = [];

  before(async () => {
    const description = { name: "spec", nodes: [], pbs: [] };
    const site = await Site.open({ state, prefix: prefixOf(93), description });
    site.guestSources.push(() => guests);
    account = new Account(site, ID, { "example.org": ID });
  });

  after(() => {
    rmSync(state, { recursive: true, force: true });
  });

  async function ask(verb: string, path: string, sent?: object, token = account.apiToken) {
    const body = Buffer.from(sent === undefined ? "" : JSON.stringify(sent));
    const headers = { authorization: `Bearer ${token}` };
    const request = { verb, path: `/client/v4${path}`, query: new URLSearchParams(), headers, body };
    const answer = await cloudflareApi(account).answer(request);
    const said = JSON.parse(answer.body.toString()) as { result: never; errors: { message: string }[] };
    return { status: answer.status, result: said.result as { id: string }, says: said.errors[0]?.message };
  }

  it("lets nobody in without its token, nor into another account or zone", async () => {
    assert.equal((await ask("POST", TUNNELS, { name: "a" }, "wrong")).status, 403);
    assert.equal((await ask("POST", `/accounts/${"f".repeat(32)}/cfd_tunnel`, { name: "a" })).status, 403);
    assert.equal((await ask("POST", `/zones/${"f".repeat(32)}/dns_records`, { name: "a" })).status, 403);
  });

  it("refuses what a tunnel cannot have: a name twice, no last rule, and configuration of two places", async () => {
    const { result } = await ask("POST", TUNNELS, { name: "home", config_src: "cloudflare" });
    assert.match(
      (await ask("POST", TUNNELS, { name: "home", config_src: "cloudflare" })).says ?? "",
      /already have a tunnel/,
    );
    const open = { config: { ingress: [{ hostname: "a.example.org", service: "http://a:80" }] } };
    assert.match((await ask("PUT", `${TUNNELS}/${result.id}/configurations`, open)).says ?? "", /last ingress rule/);
    const local = await ask("POST", TUNNELS, { name: "local", config_src: "local" });
    const whole = { config: { ingress: [{ service: "http_status:404" }] } };
    assert.equal((await ask("PUT", `${TUNNELS}/${local.result.id}/configurations`, whole)).status, 400);
  });

  it("answers a name through a connector that lives, after a login where one stands before it, and else says why not", async () => {
    const { result } = await ask("POST", TUNNELS, { name: "edge", config_src: "cloudflare" });
    const ingress = [
      { hostname: "a.example.org", service: "http://wiki.dmz.internal:80" },
      { service: "http_status:404" },
    ];
    await ask("PUT", `${TUNNELS}/${result.id}/configurations`, { config: { ingress } });
    assert.equal(fetchName(account, "a.example.org", false).status, 0);
    const content = `${result.id}.cfargotunnel.com`;
    const record = await ask("POST", `/zones/${ID}/dns_records`, { name: "a.example.org", type: "CNAME", content });
    await ask("POST", `/zones/${ID}/dns_records`, { name: "b.example.org", type: "CNAME", content });
    assert.equal((await ask("POST", `/zones/${ID}/dns_records`, { name: "a.example.org", content })).status, 400);
    assert.equal(fetchName(account, "a.example.org", false).status, 530);

    const token = account.tokenOf(result.id);
    guests = [{ name: "connector", node: "one", tunnelToken: token }];
    assert.equal(fetchName(account, "a.example.org", false).status, 502);
    assert.equal(fetchName(account, "b.example.org", false).status, 404);
    guests = [...guests, { name: "wiki", node: "two", tunnelToken: undefined }];
    assert.deepEqual(fetchName(account, "a.example.org", false), {
      status: 200,
      says: "wiki on two",
      through: "connector",
    });
    assert.match((await ask("DELETE", `${TUNNELS}/${result.id}`)).says ?? "", /active connections/);

    await ask("POST", `/accounts/${ID}/access/apps`, { destinations: [{ type: "public", uri: "a.example.org" }] });
    assert.equal(fetchName(account, "a.example.org", false).status, 302);
    assert.equal(fetchName(account, "a.example.org", true).status, 200);

    guests = [{ name: "wiki", node: "two", tunnelToken: "another" }];
    assert.equal(fetchName(account, "a.example.org", true).status, 530);
    await ask("DELETE", `/zones/${ID}/dns_records/${record.result.id}`);
    assert.equal(fetchName(account, "a.example.org", true).status, 0);
    assert.equal((await ask("DELETE", `${TUNNELS}/${result.id}`)).status, 200);
    assert.equal((await ask("GET", `${TUNNELS}/${result.id}`)).status, 404);
  });

  it("leads a name to the first place that answers, by a load balancer that counts before the record, and home when none does", async () => {
    const { result } = await ask("POST", TUNNELS, { name: "balanced", config_src: "cloudflare" });
    const ingress = [{ hostname: "c.example.org", service: "http://wiki:80" }, { service: "http_status:404" }];
    await ask("PUT", `${TUNNELS}/${result.id}/configurations`, { config: { ingress } });
    const [pools, monitors] = [`/accounts/${ID}/load_balancers/pools`, `/accounts/${ID}/load_balancers/monitors`];
    const { result: monitor } = await ask("POST", monitors, { type: "https" });
    const pool = async (name: string, address: string) => {
      const origins = [{ name: "only", address, enabled: true }];
      return (await ask("POST", pools, { name, origins, monitor: monitor.id })).result.id;
    };
    const [home, away] = [await pool("home", `${result.id}.cfargotunnel.com`), await pool("away", "dr.example.net")];
    const sent = { name: "c.example.org", default_pools: [home, away], fallback_pool: home };
    assert.equal((await ask("POST", `/zones/${ID}/load_balancers`, { ...sent, fallback_pool: "none" })).status, 400);
    const balancer = await ask("POST", `/zones/${ID}/load_balancers`, sent);

    guests = [
      { name: "connector", node: "one", tunnelToken: account.tokenOf(result.id) },
      { name: "wiki", node: "two", tunnelToken: undefined },
    ];
    assert.equal(fetchName(account, "c.example.org", false).says, "wiki on two");
    guests = [];
    assert.equal(fetchName(account, "c.example.org", false).says, "dr.example.net at another place");
    assert.equal((await ask("DELETE", `${pools}/${away}`)).status, 412);
    await ask("DELETE", `/zones/${ID}/load_balancers/${balancer.result.id}`);
    assert.equal(fetchName(account, "c.example.org", false).status, 0);
    assert.equal((await ask("DELETE", `${pools}/${away}`)).status, 200);
  });

  it("tells a webhook when a tunnel goes down and is up again, as its policy says, and not what was so before", async () => {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      request.on("data", (part: Buffer) => heard.push(part.toString()));
      request.on("end", () => response.end());
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const alerting = `/accounts/${ID}/alerting/v3`;
    const { result } = await ask("POST", TUNNELS, { name: "told", config_src: "cloudflare" });
    const url = `http://127.0.0.1:${port}/`;
    const hook = (await ask("POST", `${alerting}/destinations/webhooks`, { name: "told", url })).result.id;
    const sent = { alert_type: "tunnel_health_event", name: "told", mechanisms: { webhooks: [{ id: hook }] } };
    const filters = { tunnel_id: [result.id], new_status: ["TUNNEL_STATUS_TYPE_DOWN", "TUNNEL_STATUS_TYPE_HEALTHY"] };
    for (const wrong of [{ alert_type: "tunnel*health*event" }, { mechanisms: {} }, { filters: { tunnels: ["a"] } }]) {
      assert.equal((await ask("POST", `${alerting}/policies`, { ...sent, ...wrong })).status, 400);
    }
    await ask("POST", `${alerting}/policies`, { ...sent, filters });
    assert.equal((await ask("DELETE", `${alerting}/destinations/webhooks/${hook}`)).status, 412);

    const statuses: unknown[] = [];
    const look = async (...up: LiveGuest[]) => {
      guests = up;
      statuses.push((await lookAtTunnels(account))["told"]);
    };
    const connector = { name: "connector", node: "one", tunnelToken: account.tokenOf(result.id) };
    await look();
    await look(connector);
    assert.deepEqual(heard, []);
    await look();
    await look();
    await look(connector);
    server.close();
    const [inactive, healthy, down] = ["INACTIVE", "HEALTHY", "DOWN"].map((one) => `TUNNEL_STATUS_TYPE_${one}`);
    assert.deepEqual(statuses, [inactive, healthy, down, down, healthy]);
    const told = heard.map((body) => (JSON.parse(body) as { data: { new_status: string } }).data.new_status);
    assert.deepEqual(told, [down, healthy]);
  });

  it("is all that the lab's plugin reaches: it refuses the real one", () => {
    assert.throws(
      () => new Api("https://api.cloudflare.com/client/v4", "t"),
      /reaches loopback only, not api\.cloudflare\.com/,
    );
    assert.doesNotThrow(() => new Api("https://127.0.0.250:8443/client/v4", "t"));
  });
});
