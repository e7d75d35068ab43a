import { strict as assert } from "node:assert";
import { createServer, type Server } from "node:https";
import { type AddressInfo } from "node:net";

import { answeringNode } from "../../commands/answering-node";
import { testCertificate } from "../provider/support/certificate";

describe("the node that is asked", () => {
  let server: Server;
  let alive = "";
  const asked: (string | undefined)[] = [];

  before(async () => {
    const { certificate: cert, key } = testCertificate();
    server = createServer({ cert, key }, (request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    alive = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  const ssh = { host: "127.0.0.1", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" };
  const nodes = (...apis: string[]) =>
    Object.fromEntries(apis.map((api, index) => [`tappaas${index + 1}`, { api, ssh }]));
  const dead = "https://127.0.0.1:1";

  it("is the first one as long as it answers", async () => {
    assert.equal(await answeringNode(nodes(alive, alive)), "tappaas1");
  });

  it("is the next one when the first is lost, for each answers for the whole cluster", async () => {
    assert.equal(await answeringNode(nodes(dead, alive)), "tappaas2");
  });

  it("is none when all are lost", async () => {
    assert.equal(await answeringNode(nodes(dead, dead)), undefined);
  });

  it("gets no login before anybody knows who it is", () => {
    assert.deepEqual(
      asked.filter((header) => header !== undefined),
      [],
    );
  });
});
