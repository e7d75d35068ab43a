import { strict as assert } from "node:assert";

import { CONNECT, CONNECTED, DISCONNECT } from "../../../provider/objects/connector-scripts";
import { create, diff, read, remove, update } from "../../../provider/objects/life-cycle";
import { tunnelConnector } from "../../../provider/objects/tunnel-connector";
import { Refused } from "../support/fake-server";
import { eachOnItsOwnSite, known } from "../support/test-site";

const WANTED = { vmid: 130, machine: "backup-130", token: "eyJhIjoiMSJ9" };

describe("The connector of a tunnel", () => {
  const own = eachOnItsOwnSite();
  const machine = () => own.at.pve.machine;
  const made = async () => (await create(tunnelConnector, own.at.site, known(WANTED), false)).outputs;

  it("gets its token through the guest agent, and among no process's arguments", async () => {
    await made();
    assert.equal(machine().connectorToken, WANTED.token);
    const orders = own.at.pve.server.seen.filter(({ path }) => path.endsWith("/agent/exec"));
    assert.ok(orders.length > 0);
    for (const { parameters } of orders) assert.equal(parameters["command"], "/bin/bash");
    assert.ok(own.at.pve.server.seen.every(({ path }) => !path.includes(WANTED.token)));
  });

  it("keeps its token through a refresh and has nothing to change", async () => {
    const outputs = await made();
    const again = await read(tunnelConnector, own.at.site, "130", outputs);
    assert.deepEqual(again?.outputs, outputs);
    assert.deepEqual(diff(tunnelConnector, outputs, known(WANTED)), []);
  });

  it("dials in with another token when the tunnel has one", async () => {
    const outputs = await made();
    assert.deepEqual(diff(tunnelConnector, outputs, known({ ...WANTED, token: "other" })), ["token"]);
    await update(tunnelConnector, own.at.site, outputs, known({ ...WANTED, token: "other" }), false);
    assert.equal(machine().connectorToken, "other");
  });

  it("is set up again when somebody took its token out of the machine", async () => {
    const outputs = await made();
    machine().connectorToken = "";
    assert.equal(await read(tunnelConnector, own.at.site, "130", outputs), undefined);
  });

  it("leaves the machine without its token when it is taken away", async () => {
    const outputs = await made();
    await remove(tunnelConnector, own.at.site, outputs);
    assert.equal(machine().connectorToken, "");
  });

  it("gets the token of today after a lost state, whatever it had", async () => {
    machine().connectorToken = "of-before";
    await made();
    assert.equal(machine().connectorToken, WANTED.token);
  });

  it("does nothing in a machine of somebody else's that has the number", async () => {
    machine().name = "webshop";
    await assert.rejects(made(), /guest 130 on tappaas1 is "webshop" and not "backup-130"; nothing was done in it/);
    assert.ok(!machine().ran.includes("connect"));
  });

  it("is not taken for gone while the machine is off, and says what to start", async () => {
    const outputs = await made();
    machine().beforeStep = () => {
      throw new Refused(500, "QEMU guest agent is not running");
    };
    await assert.rejects(read(tunnelConnector, own.at.site, "130", outputs), /not running/);
  });

  it("stops with the machine's own words, and never with its token", async () => {
    machine().failing.set("connect", "pkg.cloudflare.com does not answer\n");
    await assert.rejects(made(), (error: Error) => {
      assert.match(error.message, /could not set it up: pkg\.cloudflare\.com does not answer/);
      return !error.message.includes(WANTED.token);
    });
  });

  it("previews without touching the machine", async () => {
    await create(tunnelConnector, own.at.site, known(WANTED), true);
    assert.ok(!machine().ran.includes("connect"));
  });

  it("never shows the token in what it only asks, and writes it for root alone", () => {
    assert.ok(!CONNECTED.includes("token\n") && !CONNECTED.includes("cat "));
    assert.match(CONNECT, /umask 077\nwritten \/etc\/tappaas-tunnel\/token "\$token"/);
    assert.match(DISCONNECT, /rm -f \/etc\/tappaas-tunnel\/token/);
  });
});
