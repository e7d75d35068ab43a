import { strict as assert } from "node:assert";
import { createServer, connect, type AddressInfo, type Socket } from "node:net";

import { Server, utils } from "ssh2";

import { hostKeyOfLine } from "../../../commands/ssh/host-key";
import { openShell } from "../../../commands/ssh/node-shell";

describe("a shell on a node", () => {
  it("does not wait for ever for a node that went away in the middle of a command", async () => {
    const key = utils.generateKeyPairSync("ed25519");
    const sockets: Socket[] = [];
    const cut = () => {
      for (const socket of sockets) socket.unpipe().pause();
    };
    const node = new Server({ hostKeys: [key.private] }, (client) => {
      client.on("authentication", (context) => {
        context.accept();
      });
      client.on("session", (accept) => {
        accept().on("exec", (take) => {
          take();
          setTimeout(cut, 50);
        });
      });
      client.on("error", () => undefined);
    });
    const port = await listening(node);
    // The cable between: once it is cut, neither side hears of the other.
    const cable = createServer((side) => {
      const far = connect(port, "127.0.0.1");
      sockets.push(side.pipe(far), far.pipe(side));
    });
    const at = { host: "127.0.0.1", port: await listening(cable) };

    const shell = await openShell(at, { user: "root", privateKey: key.private }, hostKeyOfLine(key.public), 300);
    const { code } = await shell.run("systemctl reboot");
    assert.equal(code, 255);

    for (const socket of sockets) socket.destroy();
    cable.close();
    node.close();
  });
});

function listening(server: { listen(port: number, host: string, then: () => void): unknown; address(): unknown }) {
  return new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}
