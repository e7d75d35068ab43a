import { strict as assert } from "node:assert";
import { createPrivateKey } from "node:crypto";
import { type lookup } from "node:dns";
import { createServer, type Server } from "node:https";
import { type AddressInfo } from "node:net";

import { askFor, askForNames, nameAlarms, type Way } from "../../../commands/watch/names";
import { issue } from "../../../lab/core/certificate";
import { type TunnelName } from "../../../estate/tunnel";

const named = (name: string): TunnelName => ({
  ...{ name, zoneId: "0".repeat(32), origin: `http://${name.split(".")[0]}:80`, behindAccess: false, vmid: 140 },
});

/** A resolver that knows every name but those that begin with `gone`. */
const found = ((name: string, _options: object, answer: (error: Error | null, found?: unknown) => void) => {
  if (name.startsWith("gone")) answer(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }));
  else answer(null, [{ address: "127.0.0.1", family: 4 }]);
}) as unknown as typeof lookup;

describe("What a watch finds of the names of a site", () => {
  let server: Server;
  let way: Way;
  let status = 200;

  before(async () => {
    const authority = issue({ name: "an authority" });
    const issuer = { name: "an authority", key: createPrivateKey(authority.key) };
    const { key, certificate } = issue({ name: "files.example.org", address: "127.0.0.1", issuer });
    server = createServer({ key, cert: certificate }, (_request, response) => {
      response.writeHead(status).end();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    way = { lookup: found, port: (server.address() as AddressInfo).port, ca: authority.certificate };
  });
  after(() => server.close());

  async function said(name: string, answer: number, other: Partial<Way> = {}): Promise<string> {
    status = answer;
    const names = [named(name)];
    const asked = await askForNames(names, (one) => askFor(one, { ...way, ...other }));
    return nameAlarms(names, asked)
      .map(({ what, text }) => `${what}: ${text}`)
      .join("\n");
  }

  it("is nothing while they answer, also with a login before them or a page that is not there", async () => {
    for (const answer of [200, 302, 404]) assert.equal(await said("files.example.org", answer), "");
  });

  it("is a tunnel without connectors, and a service behind the proxy that does not answer", async () => {
    assert.match(
      await said("files.example.org", 530),
      /name files\.example\.org: the tunnel is down \(530\).*connectors/,
    );
    assert.match(await said("files.example.org", 502), /it answers 502; look at what serves it: http:\/\/files:80/);
  });

  it("is a name that no DNS server knows", async () => {
    assert.match(await said("gone.example.org", 200), /name gone\.example\.org: no DNS server knows it/);
  });

  it("is that nothing answers there, or nobody whose certificate counts", async () => {
    const [closed] = [createServer()];
    await new Promise<void>((ready) => closed.listen(0, "127.0.0.1", ready));
    const { port } = closed.address() as AddressInfo;
    await new Promise((ended) => closed.close(ended));
    assert.match(await said("files.example.org", 200, { port }), /nothing answers: .*ECONNREFUSED/);
    assert.match(await said("other.example.org", 200), /nothing answers: .*certificate/);
  });
});
